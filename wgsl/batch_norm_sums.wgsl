// Gradients of scale and shift: sums over every row.
// Declared in src/ops/kernels/batch_norm_sums.ts. One workgroup: one row.

//! use pairs
@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> dscale: array<f32>;
@group(0) @binding(4) var<storage, read_write> dshift: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
}
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) {
    return;
  }
  let length = params.columns / 4u;
  let center = statistics[row];
  var products = vec4f();
  var sum = vec4f();
  let end = (row + 1u) * length;
  for (var i = row * length + lane; i < end; i += 1024u) {
    //! repeat b 0 4
    if (i + ${256*b}u < end) {
      let four = dy[i + ${256*b}u];
      products += four * (x[i + ${256*b}u] - center);
      sum += four;
    }
    //! end
  }
  let sums = sum_pairs(vec2f(sum_of(products), sum_of(sum)), lane);
  if (lane == 0u) {
    dscale[row] = sums.x * inverseSqrt(statistics[params.rows + row] + params.epsilon);
    dshift[row] = sums.y;
  }
}
