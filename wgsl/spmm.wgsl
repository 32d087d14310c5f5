// Sparse product: one row of y is a sum of rows of x.
// Declared in src/ops/kernels/spmm.ts. One invocation: one row x 4 VECTORS columns, held in
// registers over all connections of the row.

//! use grid
//! use products
//! use tiles
//! use epilogue
//! use pointwise
//! use stretches
/// Vectors of four columns that an invocation holds: 1, 2, 4 or 8.
override VECTORS: u32 = 4u;
/// Whether an invocation's columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;

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
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

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
  let begin = list.x + params.firstTerm;
  let end = min(list.y, begin + params.someTerms);
  for (var tile = begin / 4u; tile < (end + 3u) / 4u; tile++) {
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
    if (!FIRST) {
      sum${v} += y[at${v}];
    }
    if (LAST) {
      sum${v} = finish(sum${v}, row, at${v});
    }
    y[at${v}] = sum${v};
  }
  //! end
}
