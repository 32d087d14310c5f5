// The inactive entries of largest gradient, for every window of every list. Declared in
// src/ops/kernels/growth_candidates.ts, which has three dispatches for each block of lists:
//   scores         the block's dense gradient; one invocation: 8 rows x 8 inputs in registers;
//   unit_scores    the same of units of several connections; one invocation: as many eights of rows and
//                  inputs as a unit has;
//   mark           strikes the active entries out; one invocation: one list;
//   choose         the best of every window, exactly; one workgroup: one window;
//   choose_small   the same of windows of a few entries; one invocation: one window.
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
  if (row >= params.blockLists) {
    return;
  }
  let stride = params.columns / 4u;
  // Rows and inputs beyond the edge repeat the last one and are not stored.
  //! repeat r 0 8
  let row${r} = (params.firstList + min(row + ${r}u, params.blockLists - 1u)) * stride;
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
  if (row + ${r}u < params.blockLists) {
    //! repeat c 0 8
    if (column + ${c}u < params.inputs) {
      scratch[(row + ${r}u) * params.inputs + column + ${c}u] = key_of(sum${r}${c});
    }
    //! end
  }
  //! end
}

// ---- unit_scores: rows by eights, inside of inputs by eights. A norm is collected in two halves of
// four rows for each input, then over the inputs.

/// A gradient as the norm collects it; 0, which no norm feels, if it does not exist.
fn part_of(products: vec4f, exists: bool) -> f32 {
  let sum = (products.x + products.y) + (products.z + products.w);
  let part = select(abs(sum), sum * sum, params.norm == NORM_L2);
  return select(0.0, part, exists);
}

/// Two collected parts of a norm as one.
fn merge(a: f32, b: f32) -> f32 {
  return select(a + b, max(a, b), params.norm == NORM_MAX);
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
fn unit_scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let stride = params.columns / 4u;
  let across = max(WIDTH, 8u);
  let tiles = (params.inputs + across - 1u) / across;
  let firstInput = across * (i % tiles);
  let firstRow = params.firstList * HEIGHT + max(HEIGHT, 8u) * (i / tiles);
  let endRow = min((params.firstList + params.blockLists) * HEIGHT, params.rows);
  if (firstRow >= endRow) {
    return;
  }
  let number = firstRow / HEIGHT - params.firstList;
  var whole = 0.0;
  for (var column = firstInput; column < firstInput + across; column += 8u) {
    //! repeat c 0 8
    let inside${c} = column + ${c}u < params.inputs;
    let input${c} = min(column + ${c}u, params.inputs - 1u) * stride;
    var upper${c} = 0.0;
    var lower${c} = 0.0;
    //! end
    for (var row = firstRow; row < firstRow + max(HEIGHT, 8u); row += 8u) {
      // Rows and inputs beyond the edge repeat the last one and do not count.
      //! repeat r 0 8
      let row${r} = min(row + ${r}u, endRow - 1u) * stride;
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
      //! repeat c 0 8
      //! repeat r 0 4
      upper${c} = merge(upper${c}, part_of(sum${r}${c}, inside${c} && row + ${r}u < endRow));
      lower${c} = merge(lower${c}, part_of(sum${r+4}${c}, inside${c} && row + ${r+4}u < endRow));
      //! end
      //! end
    }
    if (WIDTH == 1u) {
      //! repeat c 0 8
      if (HEIGHT == 4u) {
        store(upper${c}, number, column + ${c}u);
        store(lower${c}, number + 1u, column + ${c}u);
      } else {
        store(merge(upper${c}, lower${c}), number, column + ${c}u);
      }
      //! end
    } else if (WIDTH == 4u) {
      //! repeat h 0 2
      store(
        merge(merge(upper${4*h}, upper${4*h+1}), merge(upper${4*h+2}, upper${4*h+3})),
        number,
        column / 4u + ${h}u,
      );
      store(
        merge(merge(lower${4*h}, lower${4*h+1}), merge(lower${4*h+2}, lower${4*h+3})),
        number + 1u,
        column / 4u + ${h}u,
      );
      //! end
    } else {
      //! repeat c 0 8
      whole = merge(whole, merge(upper${c}, lower${c}));
      //! end
    }
  }
  if (WIDTH >= 8u) {
    store(whole, number, firstInput / WIDTH);
  }
}

@compute @workgroup_size(64)
fn mark(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = invocation(group, groups, lane);
  if (number >= params.blockLists) {
    return;
  }
  let list = span[params.firstList + number];
  for (var slot = list.x; slot < list.y; slot++) {
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

// ---- choose_small: the key of the last chosen entry is found from the largest down.

@compute @workgroup_size(64)
fn choose_small(
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
  let firstKey = window / windows * entries() + firstEntry;
  let endKey = firstKey + min(params.window, entries() - firstEntry);
  var last = 0xffffffffu;
  // How many entries to take whose key is the last one.
  var ties = 0u;
  var wanted = params.count;
  while (wanted > 0u && last != ACTIVE) {
    var next = ACTIVE;
    var equal = 0u;
    for (var i = firstKey; i < endKey; i++) {
      let key = scratch[i];
      if (key < last && key >= next) {
        equal = select(1u, equal + 1u, key == next);
        next = key;
      }
    }
    last = next;
    ties = select(min(equal, wanted), 0u, next == ACTIVE);
    wanted -= min(equal, wanted);
  }
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
