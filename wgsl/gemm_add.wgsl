// Dense product, added to what is there: c += op(a) op(b). Declared in src/ops/kernels/gemm_add.ts, which chooses the entry
// point among those of gemm.wgsl.

//! use grid
//! use stretches
//! use dense_product
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(0) var<storage, read> a4: array<vec4f>;
@group(0) @binding(1) var<storage, read> b4: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c4: array<vec4f>;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  transposeA: u32,
  transposeB: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// The element of c at [row, column], from its sum.
fn finish(sum: f32, row: u32, column: u32) -> f32 {
  return sum;
}
