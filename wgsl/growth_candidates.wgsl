// The inactive entries of largest gradient, for every window of every list. Declared in
// src/ops/kernels/growth_candidates.ts, which takes three of them for each block of lists:
//   scores        the block's dense gradient, 16 rows x 16 inputs in registers, and the scores of the units
//                 in it; one invocation: one such tile, or those of a larger unit;
//   mark          strikes the active entries out; sixteen invocations: one list;
//   choose        the best of every window, exactly; one workgroup: one window;
//   choose_alone  the same for short windows, on software for longer ones too; one invocation: one window.
// Between them the scores lie in scratch memory as keys: the bits of the score plus one, which sort as
// the scores do, and 0 for an active entry.

//! use grid
//! use lists
//! use products
/// Size of a unit: 1, 4, 8, 16 or 32 rows, 1 input or as many as rows.
override HEIGHT: u32 = 1u;
override WIDTH: u32 = 1u;

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
  height: u32,
  width: u32,
  window: u32,
  norm: u32,
  firstList: u32,
  blockLists: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

/// Columns of units: what a list's entries are below.
fn entries() -> u32 {
  return (params.inputs + WIDTH - 1u) / WIDTH;
}

/// Windows of a list.
fn windows_of_list() -> u32 {
  return (entries() + params.window - 1u) / params.window;
}

// ---- scores: the tile is computed transposed, four rows in a vector. Norms are collected over the
// rows of a unit for each of 16 inputs, then over its inputs.

/// Gradients as the norm collects them; 0, which no norm feels, where they do not exist.
fn parts_of(sums: vec4f, inside: vec4<bool>, exists: bool) -> vec4f {
  let parts = select(abs(sums), sums * sums, params.norm == NORM_L2);
  return select(vec4f(), parts, inside & vec4<bool>(exists));
}

/// Two collected parts of a norm as one.
fn merge(a: f32, b: f32) -> f32 {
  return select(a + b, max(a, b), params.norm == NORM_MAX);
}

/// Four collected parts as one.
fn merge4(parts: vec4f) -> f32 {
  return merge(merge(parts.x, parts.y), merge(parts.z, parts.w));
}

/// Stores the key of a unit, unless it lies beyond the edge.
fn store(collected: f32, number: u32, entry: u32) {
  if (number >= params.blockLists || entry >= entries()) {
    return;
  }
  var result = collected;
  if (params.norm == NORM_L2) {
    result = sqrt(collected);
  } else if (params.norm == NORM_MEAN) {
    let height = min(HEIGHT, params.rows - (params.firstList + number) * HEIGHT);
    let width = min(WIDTH, params.inputs - entry * WIDTH);
    result = collected / f32(height * width);
  }
  scratch[number * entries() + entry] = bitcast<u32>(result) + 1u;
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let stride = params.columns / 4u;
  let across = max(WIDTH, 16u);
  let tiles = (params.inputs + across - 1u) / across;
  let firstInput = across * (i % tiles);
  let firstRow = params.firstList * HEIGHT + max(HEIGHT, 16u) * (i / tiles);
  let endRow = min((params.firstList + params.blockLists) * HEIGHT, params.rows);
  if (firstRow >= endRow) {
    return;
  }
  let number = firstRow / HEIGHT - params.firstList;
  var whole = 0.0;
  for (var column = firstInput; column < firstInput + across; column += 16u) {
    // Rows and inputs beyond the edge repeat the last one and do not count.
    //! repeat c 0 16
    let exists${c} = column + ${c}u < params.inputs;
    let input${c} = min(column + ${c}u, params.inputs - 1u) * stride;
    //! repeat q 0 4
    var part${c}_${q} = 0.0;
    //! end
    //! end
    for (var row = firstRow; row < firstRow + max(HEIGHT, 16u); row += 16u) {
      //! repeat r 0 16
      let row${r} = min(row + ${r}u, endRow - 1u) * stride;
      //! end
      //! repeat c 0 16
      //! repeat q 0 4
      var sum${c}_${q} = vec4f();
      //! end
      //! end
      for (var at = 0u; at < stride; at++) {
        //! repeat q 0 4
        //! repeat e 0 4
        let d${q}${e} = dy[row${4*q+e} + at];
        //! end
        //! repeat s 0 4
        let t${q}_${s} = vec4f(d${q}0[${s}], d${q}1[${s}], d${q}2[${s}], d${q}3[${s}]);
        //! end
        //! end
        //! repeat c 0 16
        let x${c} = x[input${c} + at];
        //! repeat q 0 4
        //! repeat s 0 4
        sum${c}_${q} += x${c}[${s}] * t${q}_${s};
        //! end
        //! end
        //! end
      }
      if (HEIGHT == 1u) {
        //! repeat r 0 16
        if (row + ${r}u < endRow) {
          let keys = (number + ${r}u) * params.inputs + column;
          //! repeat c 0 16
          if (exists${c}) {
            scratch[keys + ${c}u] = bitcast<u32>(abs(sum${c}_${r/4}[${r%4}])) + 1u;
          }
          //! end
        }
        //! end
      } else {
        //! repeat q 0 4
        let inside${q} = vec4u(row + ${4*q}u) + vec4u(0u, 1u, 2u, 3u) < vec4u(endRow);
        //! repeat c 0 16
        part${c}_${q} = merge(part${c}_${q}, merge4(parts_of(sum${c}_${q}, inside${q}, exists${c})));
        //! end
        //! end
      }
    }
    // Of one input: units of 4 rows are one part each, those of 8 are two, larger ones all four.
    //! repeat c 0 16
    let upper${c} = merge(part${c}_0, part${c}_1);
    let lower${c} = merge(part${c}_2, part${c}_3);
    let all${c} = merge(upper${c}, lower${c});
    if (HEIGHT > 1u && WIDTH == 1u) {
      if (HEIGHT == 4u) {
        //! repeat q 0 4
        store(part${c}_${q}, number + ${q}u, column + ${c}u);
        //! end
      } else if (HEIGHT == 8u) {
        store(upper${c}, number, column + ${c}u);
        store(lower${c}, number + 1u, column + ${c}u);
      } else {
        store(all${c}, number, column + ${c}u);
      }
    }
    //! end
    //! repeat b 0 4
    if (WIDTH == 4u) {
      //! repeat q 0 4
      store(
        merge4(vec4f(part${4*b}_${q}, part${4*b+1}_${q}, part${4*b+2}_${q}, part${4*b+3}_${q})),
        number + ${q}u,
        column / 4u + ${b}u,
      );
      //! end
    }
    let upperFour${b} = merge4(vec4f(upper${4*b}, upper${4*b+1}, upper${4*b+2}, upper${4*b+3}));
    let lowerFour${b} = merge4(vec4f(lower${4*b}, lower${4*b+1}, lower${4*b+2}, lower${4*b+3}));
    whole = merge(whole, merge(upperFour${b}, lowerFour${b}));
    //! end
    if (WIDTH == 8u) {
      //! repeat b 0 2
      store(merge(upperFour${2*b}, upperFour${2*b+1}), number, column / 8u + ${b}u);
      store(merge(lowerFour${2*b}, lowerFour${2*b+1}), number + 1u, column / 8u + ${b}u);
      //! end
    }
  }
  if (WIDTH >= 16u) {
    store(whole, number, firstInput / WIDTH);
  }
}

@compute @workgroup_size(64)
fn mark(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let number = i / 16u;
  if (number >= params.blockLists) {
    return;
  }
  let list = span[params.firstList + number];
  for (var slot = list.x + i % 16u; slot < list.y; slot += 16u) {
    scratch[number * entries() + entry_of(slot)] = ACTIVE;
  }
}

// ---- choose: the key of the last chosen entry is found digit by digit from the top, eight bits at a
// time. Every invocation then takes its own stretch of entries, so that the order stays.

var<workgroup> histogram: array<atomic<u32>, 256>;
var<workgroup> counts: array<u32, 64>;
/// The digits found so far.
var<workgroup> found: u32;
/// How many entries to take among those that share these digits.
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
  let windows = windows_of_list();
  let window = group.y * groups.x + group.x;
  if (window >= params.blockLists * windows) {
    return;
  }
  let firstEntry = window % windows * params.window;
  let length = min(params.window, entries() - firstEntry);
  let firstKey = window / windows * entries() + firstEntry;
  let firstOut = (params.firstList * windows + window) * params.count;
  if (lane == 0u) {
    found = 0u;
    wanted = min(params.count, length);
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
    for (var i = lane; i < length; i += 64u) {
      let key = scratch[firstKey + i];
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

  let stretch = (length + 63u) / 64u;
  let begin = lane * stretch;
  let end = min(begin + stretch, length);
  var larger = 0u;
  var equal = 0u;
  for (var i = begin; i < end; i++) {
    let key = scratch[firstKey + i];
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
    let key = scratch[firstKey + i];
    let tie = key == last && free > 0u;
    if (key > last || tie) {
      input[out] = firstEntry + i;
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

// ---- choose_alone: the same key, four bits at a time, by comparing every key with the 16 numbers that
// the next digit leaves.

@compute @workgroup_size(64)
fn choose_alone(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let windows = windows_of_list();
  let window = invocation(group, groups, lane);
  if (window >= params.blockLists * windows) {
    return;
  }
  let firstEntry = window % windows * params.window;
  let length = min(params.window, entries() - firstEntry);
  let firstKey = window / windows * entries() + firstEntry;
  let endKey = firstKey + length;
  let wanted = min(params.count, length);
  var last = 0u;
  for (var digit = 0u; digit < 8u; digit++) {
    let shift = 28u - 4u * digit;
    //! repeat j 0 4
    let least${j} = vec4u(last) + ((vec4u(0u, 1u, 2u, 3u) + vec4u(${4*j}u)) << vec4u(shift));
    var reaching${j} = vec4u();
    //! end
    for (var i = firstKey; i < endKey; i++) {
      let key = vec4u(scratch[i]);
      //! repeat j 0 4
      reaching${j} += vec4u(key >= least${j});
      //! end
    }
    // The fewer keys reach a number the larger it is, and all that count reach the first.
    var enough = vec4u();
    //! repeat j 0 4
    enough += vec4u(reaching${j} >= vec4u(wanted));
    //! end
    last += (enough.x + enough.y + enough.z + enough.w - 1u) << shift;
  }
  var larger = 0u;
  for (var i = firstKey; i < endKey; i++) {
    larger += u32(scratch[i] > last);
  }
  var ties = select(wanted - larger, 0u, last == ACTIVE);
  var out = (params.firstList * windows + window) * params.count;
  let endOut = out + params.count;
  for (var i = firstKey; i < endKey; i++) {
    let key = scratch[i];
    let tie = key == last && ties > 0u;
    if (key > last || tie) {
      input[out] = firstEntry + i - firstKey;
      score[out] = bitcast<f32>(key - 1u);
      out++;
      ties -= u32(tie);
    }
  }
  for (; out < endOut; out++) {
    input[out] = NONE;
    score[out] = 0.0;
  }
}
