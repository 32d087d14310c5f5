// dx = dy where y > 0, else 0.
// Declared in src/ops/kernels/relu_gradient.ts. One invocation: four elements.

@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

struct Params {
  length: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// The element (four at a time) of this invocation, over a two-dimensional grid.
fn element(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = element(group, groups, lane);
  if (4u * i >= params.length) {
    return;
  }
  dx[i] = select(vec4f(), dy[i], y[i] > vec4f());
}
