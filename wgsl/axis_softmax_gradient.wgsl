// Gradient of the softmax along an axis. Declared in src/ops/kernels/axis_softmax_gradient.ts, which runs two entry points:
//   products  the sum of y dy along a line;
//   slopes    one element.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<f32>;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn products(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.outer * params.inner) {
    return;
  }
  let begin = i / params.inner * params.length * params.inner + i % params.inner;
  var sum = 0.0;
  if (!FIRST) {
    sum = scratch[i];
  }
  for (var l = params.firstTerm; l < params.firstTerm + params.someTerms; l++) {
    sum += y[begin + l * params.inner] * dy[begin + l * params.inner];
  }
  scratch[i] = sum;
}

@compute @workgroup_size(64)
fn slopes(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.outer * params.length * params.inner) {
    return;
  }
  let product = scratch[i / params.inner / params.length * params.inner + i % params.inner];
  dx[i] = y[i] * (dy[i] - product);
}
