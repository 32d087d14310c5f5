// Sums along an axis, times a factor.
// Declared in src/ops/kernels/axis_sum.ts. One invocation: one sum, in blocks, lest small terms are lost in many.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  scale: f32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

/// Terms of a block.
const BLOCK: u32 = 256u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.outer * params.inner) {
    return;
  }
  let begin = i / params.inner * params.length * params.inner + i % params.inner;
  let end = params.firstTerm + params.someTerms;
  var sum = 0.0;
  if (!FIRST) {
    sum = y[i];
  }
  for (var first = params.firstTerm; first < end; first += BLOCK) {
    var block = 0.0;
    for (var l = first; l < min(first + BLOCK, end); l++) {
      block += x[begin + l * params.inner];
    }
    sum += block;
  }
  y[i] = select(sum, params.scale * sum, LAST);
}
