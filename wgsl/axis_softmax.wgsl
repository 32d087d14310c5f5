// The softmax along an axis. Declared in src/ops/kernels/axis_softmax.ts, which runs two entry points:
//   statistics  the largest of a line, and the sum of exp(x - largest);
//   shares      one element.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> scratch: array<vec2f>;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn statistics(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.outer * params.inner) {
    return;
  }
  let begin = i / params.inner * params.length * params.inner + i % params.inner;
  var largest = x[begin];
  var sum = 0.0;
  if (!FIRST) {
    largest = scratch[i].x;
    sum = scratch[i].y;
  }
  for (var l = params.firstTerm; l < params.firstTerm + params.someTerms; l++) {
    let value = x[begin + l * params.inner];
    let more = max(largest, value);
    sum = sum * exp(largest - more) + exp(value - more);
    largest = more;
  }
  scratch[i] = vec2f(largest, sum);
}

@compute @workgroup_size(64)
fn shares(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.outer * params.length * params.inner) {
    return;
  }
  let line = scratch[i / params.inner / params.length * params.inner + i % params.inner];
  y[i] = exp(x[i] - line.x) / line.y;
}
