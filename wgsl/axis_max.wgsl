// The largest along an axis, and where it is.
// Declared in src/ops/kernels/axis_max.ts. One invocation: one of them.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> place: array<u32>;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// Whether the bits are those of NaN: compilers may take any comparison of numbers for one without NaN.
fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

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
  var largest = x[begin];
  var at = 0u;
  if (!FIRST) {
    largest = y[i];
    at = place[i];
  }
  for (var l = params.firstTerm; l < params.firstTerm + params.someTerms; l++) {
    let value = x[begin + l * params.inner];
    if (!is_nan(largest) && (is_nan(value) || value > largest)) {
      largest = value;
      at = l;
    }
  }
  y[i] = largest;
  place[i] = at;
}
