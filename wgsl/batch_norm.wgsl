// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, each of the row; then the operation of the epilogue.
// Declared in src/ops/kernels/batch_norm.ts. One invocation: four elements.

//! use grid
//! use pointwise
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> statistics: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> shift: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
  epilogue: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

/// Four elements of one row, normalised.
fn normalised(four: vec4f, row: u32) -> vec4f {
  let factor = scale[row] * inverseSqrt(statistics[params.rows + row] + params.epsilon);
  return (four - statistics[row]) * factor + shift[row];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let length = params.rows * params.columns;
  if (4u * i >= length) {
    return;
  }
  let four = x[i];
  var result = normalised(four, 4u * i / params.columns);
  // Where columns are not padded, four elements may be of four rows.
  if (params.columns % 4u != 0u) {
    //! repeat e 1 4
    let row${e} = min((4u * i + ${e}u) / params.columns, params.rows - 1u);
    result[${e}] = normalised(four, row${e})[${e}];
    //! end
  }
  result = pointwise(result);
  if (4u * i + 4u > length) {
    result = select(y[i], result, below(i, length));
  }
  y[i] = result;
}
