// Running statistics follow those of a batch.
// Declared in src/ops/kernels/batch_norm_track.ts. One invocation: one row.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read_write> running: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;

struct Params {
  rows: u32,
  runs: u32,
  momentum: f32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = invocation(group, groups, lane);
  if (row >= params.rows) {
    return;
  }
  let count = max(params.runs * step[STEP_EXAMPLES], 2u);
  let unbiased = f32(count) / f32(count - 1u);
  let spread = params.rows + row;
  running[row] += params.momentum * (statistics[row] - running[row]);
  running[spread] += params.momentum * (statistics[spread] * unbiased - running[spread]);
}
