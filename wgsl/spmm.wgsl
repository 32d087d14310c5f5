// Sparse product: one row of y is a sum of rows of x.
// Declared in src/ops/kernels/spmm.ts. One invocation: one row x 4 VECTORS columns, held in
// registers over all connections of the row.

//! use grid
//! use products
/// Vectors of four columns that an invocation holds: 1, 2, 4 or 8.
override VECTORS: u32 = 4u;
/// Whether an invocation's columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<vec2u>;
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
}
@group(0) @binding(6) var<uniform> params: Params;

/// The four inputs of list tile `tile`.
fn inputs_of(tile: u32) -> vec4u {
  if (WIDE) {
    return vec4u(index[2u * tile], index[2u * tile + 1u]);
  }
  let pairs = index[tile];
  return vec4u(pairs.x & 0xffffu, pairs.x >> 16u, pairs.y & 0xffffu, pairs.y >> 16u);
}

/// The result of an epilogue that needs `extra`; `at` is the vector's place in y.
fn finish(sum: vec4f, row: u32, at: u32) -> vec4f {
  if (params.epilogue == EPILOGUE_NONE) {
    return sum;
  }
  if (params.epilogue == EPILOGUE_GATE) {
    return select(vec4f(), sum, extra[at] > vec4f());
  }
  let biased = sum + extra[row / 4u][row % 4u];
  return select(biased, max(biased, vec4f()), params.epilogue == EPILOGUE_BIAS_RELU);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = params.columns / 4u;
  let lanes = stride / VECTORS;
  let i = invocation(group, groups, lane);
  let row = i / lanes;
  if (row >= params.rows) {
    return;
  }
  let step = select(lanes, 1u, ADJACENT);
  let column = select(1u, VECTORS, ADJACENT) * (i % lanes);
  let list = span[row];
  //! repeat v 0 8
  var sum${v} = vec4f();
  //! end
  for (var tile = list.x / 4u; tile < (list.y + 3u) / 4u; tile++) {
    let at = inputs_of(tile) * stride + column;
    let w = values[tile];
    //! repeat v 0 8
    if (${v}u < VECTORS) {
      //! repeat e 0 4
      sum${v} += w[${e}] * x[at[${e}] + ${v}u * step];
      //! end
    }
    //! end
  }
  //! repeat v 0 8
  if (${v}u < VECTORS) {
    let at${v} = row * stride + column + ${v}u * step;
    y[at${v}] = finish(sum${v}, row, at${v});
  }
  //! end
}
