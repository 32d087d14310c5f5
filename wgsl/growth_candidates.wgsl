// The inactive inputs of largest gradient, for every row. Declared in
// src/ops/kernels/growth_candidates.ts, which has three dispatches for each block of rows:
//   scores  the block's dense gradient; one invocation: 8 rows x 8 inputs in registers;
//   mark    strikes the active inputs out; one invocation: one row;
//   choose  the best of every row, exactly; one workgroup: one row.
// Between them the gradient lies in scratch memory as keys: the bits of its magnitude plus one, which
// sort as the magnitudes do, and 0 for an active input.

//! use grid
//! use products
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;

const ACTIVE: u32 = 0u;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> input: array<u32>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
@group(0) @binding(6) var<storage, read_write> scratch: array<u32>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  wide: u32,
  count: u32,
  firstRow: u32,
  blockRows: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

/// The key of a gradient.
fn key_of(products: vec4f) -> u32 {
  let sum = (products.x + products.y) + (products.z + products.w);
  return (bitcast<u32>(sum) & 0x7fffffffu) + 1u;
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let tiles = (params.inputs + 7u) / 8u;
  let column = 8u * (i % tiles);
  let row = 8u * (i / tiles);
  if (row >= params.blockRows) {
    return;
  }
  let stride = params.columns / 4u;
  // Rows and inputs beyond the edge repeat the last one and are not stored.
  //! repeat r 0 8
  let row${r} = (params.firstRow + min(row + ${r}u, params.blockRows - 1u)) * stride;
  let input${r} = min(column + ${r}u, params.inputs - 1u) * stride;
  //! repeat c 0 8
  var sum${r}${c} = vec4f();
  //! end
  //! end
  for (var at = 0u; at < stride; at++) {
    //! repeat c 0 8
    let x${c} = x[input${c} + at];
    //! end
    //! repeat r 0 8
    let d${r} = dy[row${r} + at];
    //! repeat c 0 8
    sum${r}${c} += d${r} * x${c};
    //! end
    //! end
  }
  //! repeat r 0 8
  if (row + ${r}u < params.blockRows) {
    //! repeat c 0 8
    if (column + ${c}u < params.inputs) {
      scratch[(row + ${r}u) * params.inputs + column + ${c}u] = key_of(sum${r}${c});
    }
    //! end
  }
  //! end
}

/// The input of a slot.
fn input_of(slot: u32) -> u32 {
  if (WIDE) {
    return index[slot];
  }
  return (index[slot / 2u] >> (16u * (slot % 2u))) & 0xffffu;
}

@compute @workgroup_size(64)
fn mark(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = invocation(group, groups, lane);
  if (row >= params.blockRows) {
    return;
  }
  let list = span[params.firstRow + row];
  for (var slot = list.x; slot < list.y; slot++) {
    scratch[row * params.inputs + input_of(slot)] = ACTIVE;
  }
}

// ---- choose: the key of the last chosen input is found digit by digit from the top, eight bits at a
// time. Every invocation then takes its own stretch of inputs, so that the order stays.

var<workgroup> histogram: array<atomic<u32>, 256>;
var<workgroup> counts: array<u32, 64>;
/// The digits found so far.
var<workgroup> found: u32;
/// How many inputs to take among those that share these digits.
var<workgroup> wanted: u32;

/// Sum of the counts of the invocations before `lane`.
fn counts_before(lane: u32) -> u32 {
  var sum = 0u;
  for (var i = 0u; i < lane; i++) {
    sum += counts[i];
  }
  return sum;
}

@compute @workgroup_size(64)
fn choose(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.blockRows) {
    return;
  }
  let keysOfRow = row * params.inputs;
  let firstOut = (params.firstRow + row) * params.count;
  if (lane == 0u) {
    found = 0u;
    wanted = min(params.count, params.inputs);
  }
  for (var digit = 0u; digit < 4u; digit++) {
    let shift = 24u - 8u * digit;
    //! repeat b 0 4
    atomicStore(&histogram[lane + ${64*b}u], 0u);
    //! end
    workgroupBarrier();
    // The bits above this digit; none at first.
    let above = 0xffffff00u << shift;
    let prefix = found;
    for (var i = lane; i < params.inputs; i += 64u) {
      let key = scratch[keysOfRow + i];
      if ((key & above) == prefix) {
        atomicAdd(&histogram[(key >> shift) & 0xffu], 1u);
      }
    }
    workgroupBarrier();
    counts[lane] = atomicLoad(&histogram[4u * lane]) + atomicLoad(&histogram[4u * lane + 1u]) +
      atomicLoad(&histogram[4u * lane + 2u]) + atomicLoad(&histogram[4u * lane + 3u]);
    workgroupBarrier();
    if (lane == 0u) {
      // The bins together hold `wanted` keys or more, so that both searches end in time.
      var rest = wanted;
      var four = 63u;
      while (four > 0u && counts[four] < rest) {
        rest -= counts[four];
        four--;
      }
      var bin = 4u * four + 3u;
      while (bin > 4u * four && atomicLoad(&histogram[bin]) < rest) {
        rest -= atomicLoad(&histogram[bin]);
        bin--;
      }
      wanted = rest;
      found = prefix | (bin << shift);
    }
    workgroupBarrier();
  }
  let last = found;
  let ties = select(wanted, 0u, last == ACTIVE);

  let stretch = (params.inputs + 63u) / 64u;
  let begin = lane * stretch;
  let end = min(begin + stretch, params.inputs);
  var larger = 0u;
  var equal = 0u;
  for (var i = begin; i < end; i++) {
    let key = scratch[keysOfRow + i];
    larger += u32(key > last);
    equal += u32(key == last);
  }
  counts[lane] = equal;
  workgroupBarrier();
  var free = ties - min(ties, counts_before(lane));
  workgroupBarrier();
  counts[lane] = larger + min(free, equal);
  workgroupBarrier();
  var out = firstOut + counts_before(lane);
  for (var i = begin; i < end; i++) {
    let key = scratch[keysOfRow + i];
    let tie = key == last && free > 0u;
    if (key > last || tie) {
      input[out] = i;
      score[out] = bitcast<f32>(key - 1u);
      out++;
      free -= u32(tie);
    }
  }
  for (var i = counts_before(64u) + lane; i < params.count; i += 64u) {
    input[firstOut + i] = NONE;
    score[firstOut + i] = 0.0;
  }
}
