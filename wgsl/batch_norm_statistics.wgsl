// Mean and biased variance of every row, without the padding.
// Declared in src/ops/kernels/batch_norm_statistics.ts. One workgroup: one row.

//! use grid
//! use pairs
//! use step
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
  batch: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// Vector `i` of a row with `center` subtracted; 0 where it is padding.
fn deviation(first: u32, i: u32, center: f32, examples: u32) -> vec4f {
  let four = x[first + i] - center;
  if (examples >= params.batch) {
    return four;
  }
  return select(vec4f(), four, below(i % (params.batch / 4u), examples));
}

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
  let first = row * length;
  let examples = min(step[STEP_EXAMPLES], params.batch);
  let count = f32(max(params.columns / params.batch * examples, 1u));
  var sum = vec4f();
  for (var i = lane; i < length; i += 1024u) {
    //! repeat b 0 4
    if (i + ${256*b}u < length) {
      sum += deviation(first, i + ${256*b}u, 0.0, examples);
    }
    //! end
  }
  let center = sum_pairs(vec2f(sum_of(sum), 0.0), lane).x / count;
  var deviations = vec4f();
  var squares = vec4f();
  for (var i = lane; i < length; i += 1024u) {
    //! repeat b 0 4
    if (i + ${256*b}u < length) {
      let four = deviation(first, i + ${256*b}u, center, examples);
      deviations += four;
      squares += four * four;
    }
    //! end
  }
  let sums = sum_pairs(vec2f(sum_of(deviations), sum_of(squares)), lane) / count;
  if (lane == 0u) {
    // What rounding left of the mean.
    statistics[row] = center + sums.x;
    statistics[params.rows + row] = max(sums.y - sums.x * sums.x, 0.0);
  }
}
