// Mean of the first `examples` entries. Declared in src/ops/kernels/mean.ts. One workgroup: a part of
// the entries; many entries are cut into several, which another workgroup puts together.

//! use step
//! use lanes
//! use parts

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<f32>;

struct Params {
  columns: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// The sum of the part that begins at `first`, of which an invocation adds every 64th entry.
fn part_sum(first: u32, lane: u32) -> f32 {
  let end = min(step[STEP_EXAMPLES], part_end(first, params.columns));
  var sum = 0.0;
  for (var i = first + lane; i < end; i += 64u) {
    sum += x[i];
  }
  return sum_lanes(sum, lane);
}

@compute @workgroup_size(64)
fn parts(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = group.y * groups.x + group.x;
  // A workgroup beyond the last part repeats it.
  let last = part_count(params.columns) - 1u;
  let total = part_sum(min(part, last) * PART, lane);
  if (lane == 0u && part <= last) {
    scratch[part] = total;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var total = 0.0;
  if (PART == WHOLE) {
    total = part_sum(0u, lane);
  } else {
    var sum = 0.0;
    for (var part = lane; part < part_count(params.columns); part += 64u) {
      sum += scratch[part];
    }
    total = sum_lanes(sum, lane);
  }
  if (lane == 0u) {
    out[0] = total / f32(step[STEP_EXAMPLES]);
  }
}
