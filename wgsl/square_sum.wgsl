// Sums of squares by chunks of 4096 (SQUARE_CHUNK). Declared in src/ops/kernels/square_sum.ts.
// One workgroup: one chunk.

//! use lanes
const SQUARE_CHUNK: u32 = 4096u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;

struct Params {
  length: u32,
  offset: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = group.y * groups.x + group.x;
  let begin = chunk * SQUARE_CHUNK;
  let end = min(begin + SQUARE_CHUNK, params.length);
  var sum = vec4f();
  for (var i = begin + 4u * lane; i < end; i += 256u) {
    // The last vector may reach behind the end.
    let inside = vec4u(i) + vec4u(0u, 1u, 2u, 3u) < vec4u(end);
    let four = select(vec4f(), x[i / 4u], inside);
    sum += four * four;
  }
  let total = sum_lanes((sum.x + sum.y) + (sum.z + sum.w), lane);
  if (lane == 0u && begin < params.length) {
    partial[params.offset + chunk] = total;
  }
}
