// Gradient of the active units: a dot product over the batch for every connection. Declared in
// src/ops/kernels/block_sddmm.ts, which chooses the entry point:
//   registers     a tile of up to 16 rows x 16 inputs for an invocation;
//   shared_tiles  such a tile for a workgroup, its operands in workgroup memory.
// A tile's inputs are those of UNITS neighbouring units of one list, or 16 of a larger unit. Tiles are
// numbered so that none lies in two lists: list l begins with tile (begin + l (UNITS - 1)) / UNITS,
// which leaves it enough of them.

//! use grid
//! use lists
//! use stretches
/// Vectors of four rows in a tile: 1, 2 or 4.
override ROWS4: u32 = 4u;
/// Units in a tile.
override UNITS: u32 = 1u;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4f>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  capacity: u32,
  wide: u32,
  height: u32,
  width: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

/// Where a tile lies.
struct Place {
  /// Its first row, in vectors of four.
  row4: u32,
  /// That row's place in the unit.
  inner4: u32,
  /// The tile's first input, as `slot * width + c`.
  first: u32,
  /// Where the inputs of its list end, as `first` is.
  end: u32,
  /// Where the next list begins.
  limit: u32,
}

fn place_of(number: u32) -> Place {
  let height4 = params.height / 4u;
  let downward = height4 / ROWS4;
  let across = params.width * UNITS / 16u;
  let part = number % (downward * across);
  let tile = number / (downward * across);
  // The last list that begins with this tile or before; of those that share one, the last.
  let lists = (params.rows + params.height - 1u) / params.height;
  var low = 0u;
  var high = lists;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if ((span[middle].x + middle * (UNITS - 1u)) / UNITS <= tile) {
      low = middle;
    } else {
      high = middle;
    }
  }
  let list = span[low];
  let slot = list.x + UNITS * (tile - (list.x + low * (UNITS - 1u)) / UNITS);
  var limit = params.capacity;
  if (low + 1u < lists) {
    limit = span[low + 1u].x;
  }
  let inner4 = ROWS4 * (part / across);
  return Place(
    low * height4 + inner4,
    inner4,
    slot * params.width + 16u * (part % across),
    list.y * params.width,
    limit * params.width,
  );
}

/// The input at `slot * width + c`; `params.inputs` or more if there is none.
fn input_at(i: u32, end: u32) -> u32 {
  if (i >= end) {
    return params.inputs;
  }
  return entry_of(i / params.width) * params.width + i % params.width;
}

/// Which of four rows from `row` on lie inside the matrix.
fn rows_inside(row: u32) -> vec4<bool> {
  return vec4u(row) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.rows);
}

@compute @workgroup_size(64)
fn registers(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = place_of(invocation(group, groups, lane));
  if (place.first >= place.limit) {
    return;
  }
  let stride = params.columns / 4u;
  // Rows and inputs that do not exist repeat others; their products are not kept.
  //! repeat r 0 16
  let row${r} = min(4u * place.row4 + ${r}u, params.rows - 1u) * stride;
  //! end
  //! repeat c 0 16
  let input${c} = input_at(place.first + ${c}u, place.end);
  let at${c} = min(input${c}, params.inputs - 1u) * stride;
  //! repeat q 0 4
  var sum${c}_${q} = vec4f();
  //! end
  //! end
  let last = (params.firstTerm + params.someTerms) / 4u;
  let length = select(0u, last, place.first < place.end);
  for (var i = params.firstTerm / 4u; i < length; i++) {
    //! repeat q 0 4
    //! repeat s 0 4
    var d${q}_${s} = vec4f();
    //! end
    if (${q}u < ROWS4) {
      //! repeat e 0 4
      let r${e} = dy[row${4*q+e} + i];
      //! end
      //! repeat s 0 4
      d${q}_${s} = vec4f(r0[${s}], r1[${s}], r2[${s}], r3[${s}]);
      //! end
    }
    //! end
    //! repeat c 0 16
    let x${c} = x[at${c} + i];
    //! repeat q 0 4
    if (${q}u < ROWS4) {
      //! repeat s 0 4
      sum${c}_${q} += x${c}[${s}] * d${q}_${s};
      //! end
    }
    //! end
    //! end
  }
  //! repeat c 0 16
  if (place.first + ${c}u < place.limit) {
    //! repeat q 0 4
    if (${q}u < ROWS4) {
      let kept = rows_inside(4u * (place.row4 + ${q}u)) & vec4<bool>(input${c} < params.inputs);
      let out = (place.first + ${c}u) * (params.height / 4u) + place.inner4 + ${q}u;
      var total = select(vec4f(), sum${c}_${q}, kept);
      if (!FIRST) {
        total += gradient[out];
      }
      gradient[out] = total;
    }
    //! end
  }
  //! end
}

// ---- shared: 32 columns at a time, transposed: four rows or inputs in a vector. An invocation holds
// 4 rows x 4 inputs of a share of the columns; the shares are added at the end, in order.

var<workgroup> tile_dy: array<vec4f, 128>;
var<workgroup> tile_x: array<vec4f, 128>;
var<workgroup> sums: array<vec4f, 256>;

@compute @workgroup_size(64)
fn shared_tiles(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = place_of(group.y * groups.x + group.x);
  let stride = params.columns / 4u;
  let height4 = params.height / 4u;
  // What this invocation loads: the vectors at `column` of four inputs or four rows.
  let column = lane % 8u;
  let four = lane / 8u % 4u;
  let loadsRows = lane >= 32u;
  //! repeat e 0 4
  let input${e} = min(input_at(place.first + 4u * four + ${e}u, place.end), params.inputs - 1u);
  let row${e} = min(4u * (place.row4 + four) + ${e}u, params.rows - 1u);
  //! end
  // What it computes.
  let row4 = lane % ROWS4;
  let input4 = lane / ROWS4 % 4u;
  let share = lane / ROWS4 / 4u;
  let shares = 16u / ROWS4;
  //! repeat e 0 4
  var sum${e} = vec4f();
  //! end
  let last = (params.firstTerm + params.someTerms) / 4u;
  let length = select(0u, last, place.first < min(place.end, place.limit));
  for (var i = params.firstTerm / 4u; i < length; i += 8u) {
    var line0 = vec4f();
    var line1 = vec4f();
    var line2 = vec4f();
    var line3 = vec4f();
    if (loadsRows) {
      //! repeat e 0 4
      line${e} = dy[row${e} * stride + i + column];
      //! end
    } else {
      //! repeat e 0 4
      line${e} = x[input${e} * stride + i + column];
      //! end
    }
    workgroupBarrier();
    //! repeat s 0 4
    {
      let across = vec4f(line0[${s}], line1[${s}], line2[${s}], line3[${s}]);
      if (loadsRows) {
        tile_dy[4u * (4u * column + ${s}u) + four] = across;
      } else {
        tile_x[4u * (4u * column + ${s}u) + four] = across;
      }
    }
    //! end
    workgroupBarrier();
    for (var s = share; s < 32u; s += shares) {
      let d = tile_dy[4u * s + row4];
      let inputs = tile_x[4u * s + input4];
      //! repeat e 0 4
      sum${e} += inputs[${e}] * d;
      //! end
    }
  }
  //! repeat e 0 4
  sums[(share * 16u + 4u * input4 + ${e}u) * ROWS4 + row4] = sum${e};
  //! end
  workgroupBarrier();
  let c = lane / ROWS4;
  if (c < 16u && place.first + c < place.limit) {
    var sum = sums[lane];
    for (var other = 1u; other < shares; other++) {
      sum += sums[other * 16u * ROWS4 + lane];
    }
    let input = input_at(place.first + c, place.end);
    let kept = rows_inside(4u * (place.row4 + row4)) & vec4<bool>(input < params.inputs);
    let out = (place.first + c) * height4 + place.inner4 + row4;
    var total = select(vec4f(), sum, kept);
    if (!FIRST) {
      total += gradient[out];
    }
    gradient[out] = total;
  }
}
