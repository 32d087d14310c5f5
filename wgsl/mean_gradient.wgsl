// dx[c] = dout / examples for the real examples, 0 on padding.
// Declared in src/ops/kernels/mean_gradient.ts. One invocation: four elements.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read> dout: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

struct Params {
  columns: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (4u * i >= params.columns) {
    return;
  }
  let column = 4u * vec4u(i) + vec4u(0u, 1u, 2u, 3u);
  let examples = step[STEP_EXAMPLES];
  dx[i] = select(vec4f(), vec4f(dout[0] / f32(examples)), column < vec4u(examples));
}
