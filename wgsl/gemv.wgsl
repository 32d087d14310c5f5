// Dense product with one vector. Declared in src/ops/kernels/gemv.ts. One workgroup: one row, whose products its
// invocations add up in strides, then the first of them adds up theirs.

//! use grid
//! use epilogue_one
//! use pointwise_one
//! use products
//! use stretches
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> extra: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Params {
  m: u32,
  k: u32,
  epilogue: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  var sum = 0.0;
  if (row < params.m) {
    for (var i = params.firstTerm + lane; i < params.firstTerm + params.someTerms; i += 64u) {
      sum += a[row * params.k + i] * x[i];
    }
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (row >= params.m || lane > 0u) {
    return;
  }
  var total = 0.0;
  for (var i = 0u; i < 64u; i++) {
    total += sums[i];
  }
  if (!FIRST) {
    total += y[row];
  }
  if (!LAST) {
    y[row] = total;
    return;
  }
  y[row] = finish(total, row, row);
}
