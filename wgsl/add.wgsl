// y = a + b.
// Declared in src/ops/kernels/add.ts. One invocation: four elements.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

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
  y[i] = a[i] + b[i];
}
