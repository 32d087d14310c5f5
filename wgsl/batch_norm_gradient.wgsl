// Gradient of what was normalised; 0 where columns are padding.
// Declared in src/ops/kernels/batch_norm_gradient.ts. One invocation: four elements.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> dscale: array<f32>;
@group(0) @binding(5) var<storage, read> dshift: array<f32>;
@group(0) @binding(6) var<storage, read> step: array<u32>;
@group(0) @binding(7) var<storage, read_write> dx: array<vec4f>;

struct Params {
  rows: u32,
  columns: u32,
  batch: u32,
  epsilon: f32,
}
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (4u * i >= params.rows * params.columns) {
    return;
  }
  let row = 4u * i / params.columns;
  let examples = min(step[STEP_EXAMPLES], params.batch);
  let count = f32(max(params.columns / params.batch * examples, 1u));
  let inverse = inverseSqrt(statistics[params.rows + row] + params.epsilon);
  let slope = inverse * (dscale[row] / count);
  let rest = dy[i] - dshift[row] / count - (x[i] - statistics[row]) * slope;
  // Runs hold whole vectors, so that the place in a run follows from the vector's number.
  let real = below(i % (params.batch / 4u), examples);
  dx[i] = select(vec4f(), scale[row] * inverse * rest, real);
}
