// Product of a matrix of units: group slots or blocks. Declared in src/ops/kernels/block_spmm.ts,
// which chooses the entry point:
//   registers     up to 16 rows of a row of units x 4 VECTORS columns for an invocation;
//   shared_tiles  16 rows of a row of units x 64 columns for a workgroup, its operands in workgroup memory.

//! use grid
//! use lists
//! use pointwise
//! use products
//! use stretches
/// Inputs of a unit: 1 or a multiple of 4.
override WIDTH: u32 = 1u;
/// Whether units reach over the edge where x ends.
override RAGGED: bool = false;
/// Vectors of four rows that an invocation of `registers` holds: 1, 2 or 4.
override ROWS4: u32 = 4u;
/// Vectors of four columns that it holds: 1 to 8.
override VECTORS: u32 = 4u;
/// Whether its columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> extra: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  capacity: u32,
  wide: u32,
  epilogue: u32,
  height: u32,
  width: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

/// The inputs of four neighbours from `at` on, which counts inputs of units.
fn inputs_of(at: u32) -> vec4u {
  if (WIDTH > 1u) {
    return vec4u(entry_of(at / WIDTH) * WIDTH + at % WIDTH) + vec4u(0u, 1u, 2u, 3u);
  }
  if (WIDE) {
    return vec4u(index[at], index[at + 1u], index[at + 2u], index[at + 3u]);
  }
  let low = index[at / 2u];
  let high = index[at / 2u + 1u];
  return vec4u(low & 0xffffu, low >> 16u, high & 0xffffu, high >> 16u);
}

/// The biases of four rows, 0 where there is none.
fn biases_of(row4: u32) -> vec4f {
  if (params.epilogue % EPILOGUE_FORMS == EPILOGUE_BIAS) {
    return extra[row4];
  }
  return vec4f();
}

/// Stores a vector of y, unless its row lies beyond the edge.
fn store(part: vec4f, bias: f32, row: u32, column4: u32) {
  if (row >= params.rows) {
    return;
  }
  let at = row * (params.columns / 4u) + column4;
  var sum = part;
  if (!FIRST) {
    sum += y[at];
  }
  if (!LAST) {
    y[at] = sum;
    return;
  }
  var result = pointwise(sum + bias);
  if (params.epilogue % EPILOGUE_FORMS == EPILOGUE_GATE) {
    result = pointwise_gradient(sum, extra[at]);
  }
  y[at] = result;
}

@compute @workgroup_size(64)
fn registers(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = params.columns / 4u;
  let lanes = stride / VECTORS;
  let i = invocation(group, groups, lane);
  let row4 = ROWS4 * (i / lanes);
  if (4u * row4 >= params.rows) {
    return;
  }
  let step = select(lanes, 1u, ADJACENT);
  let column = select(1u, VECTORS, ADJACENT) * (i % lanes);
  let list = span[4u * row4 / params.height];
  //! repeat r 0 16
  //! repeat v 0 8
  var sum${r}_${v} = vec4f();
  //! end
  //! end
  let height4 = params.height / 4u;
  let inner4 = row4 % height4;
  let begin = list.x * WIDTH + params.firstTerm;
  let end = min(list.y * WIDTH, begin + params.someTerms);
  for (var at = begin; at < end; at += 4u) {
    let inputs = inputs_of(at);
    var places = inputs * stride + column;
    if (RAGGED) {
      places = min(inputs, vec4u(params.inputs - 1u)) * stride + column;
    }
    //! repeat c 0 4
    {
      let w = (at + ${c}u) * height4 + inner4;
      //! repeat v 0 8
      var x${v} = vec4f();
      if (${v}u < VECTORS) {
        x${v} = x[places[${c}] + ${v}u * step];
        if (RAGGED) {
          x${v} = select(vec4f(), x${v}, inputs[${c}] < params.inputs);
        }
      }
      //! end
      //! repeat q 0 4
      if (${q}u < ROWS4) {
        let w${q} = values[w + ${q}u];
        //! repeat v 0 8
        if (${v}u < VECTORS) {
          //! repeat e 0 4
          sum${4*q+e}_${v} += w${q}[${e}] * x${v};
          //! end
        }
        //! end
      }
      //! end
    }
    //! end
  }
  //! repeat q 0 4
  if (${q}u < ROWS4) {
    let biases = biases_of(row4 + ${q}u);
    //! repeat e 0 4
    //! repeat v 0 8
    if (${v}u < VECTORS) {
      store(sum${4*q+e}_${v}, biases[${e}], 4u * (row4 + ${q}u) + ${e}u, column + ${v}u * step);
    }
    //! end
    //! end
  }
  //! end
}

// ---- shared: 16 inputs of the list at a time; 4 rows x 4 columns in an invocation.

var<workgroup> tile_x: array<vec4f, 256>;
var<workgroup> tile_values: array<vec4f, 64>;

@compute @workgroup_size(64)
fn shared_tiles(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = params.columns / 4u;
  let tiles = (stride + 15u) / 16u;
  let tile = group.y * groups.x + group.x;
  let height4 = params.height / 4u;
  let row4 = 4u * (tile / tiles);
  let column = 16u * (tile % tiles) + lane % 16u;
  let part = lane / 16u;
  // A workgroup beyond the last row has no list.
  let list = select(vec2u(), span[row4 / height4], 4u * row4 < params.rows);
  let steps = (list.y - list.x) * WIDTH;
  let first = list.x * WIDTH * height4 + row4 % height4;
  //! repeat e 0 4
  var sum${e} = vec4f();
  //! end
  let end = min(steps, params.firstTerm + params.someTerms);
  for (var step = params.firstTerm; step < end; step += 16u) {
    //! repeat v 0 4
    var x${v} = vec4f();
    {
      let s = step + part + ${4*v}u;
      if (s < steps && column < stride) {
        let input = entry_of(list.x + s / WIDTH) * WIDTH + s % WIDTH;
        if (input < params.inputs) {
          x${v} = x[input * stride + column];
        }
      }
    }
    //! end
    var w = vec4f();
    if (step + lane / 4u < steps) {
      w = values[first + (step + lane / 4u) * height4 + lane % 4u];
    }
    workgroupBarrier();
    //! repeat v 0 4
    tile_x[lane + ${64*v}u] = x${v};
    //! end
    tile_values[lane] = w;
    workgroupBarrier();
    //! repeat s 0 16
    {
      let w4 = tile_values[${4*s}u + part];
      let x4 = tile_x[${16*s}u + lane % 16u];
      //! repeat e 0 4
      sum${e} += w4[${e}] * x4;
      //! end
    }
    //! end
  }
  if (column < stride) {
    let biases = biases_of(row4 + part);
    //! repeat e 0 4
    store(sum${e}, biases[${e}], 4u * (row4 + part) + ${e}u, column);
    //! end
  }
}
