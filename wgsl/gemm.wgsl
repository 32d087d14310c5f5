// Dense product c = op(a) op(b). Declared in src/ops/kernels/gemm.ts, which chooses the entry point:
//   registers    a tile of 16 x 16 of c in the registers of an invocation, for software adapters;
//   shared_tiles a tile of 64 x 64 of c for a workgroup, its operands in workgroup memory;
//   plain        one element of c for an invocation: shapes that vectors of four do not fit.
// Buffers have two names, because an entry point sees them as vectors or as numbers.

//! use grid
//! use pointwise_one
//! use products
//! use stretches
//! use dense_product
/// The form of the epilogue.
override EPILOGUE: u32 = 0u;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> extra: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(0) var<storage, read> a4: array<vec4f>;
@group(0) @binding(1) var<storage, read> b4: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c4: array<vec4f>;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  transposeA: u32,
  transposeB: u32,
  epilogue: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// The element of c at [row, column], from its sum.
fn finish(sum: f32, row: u32, column: u32) -> f32 {
  if (!LAST) {
    return sum;
  }
  if (EPILOGUE == EPILOGUE_GATE) {
    return pointwise_gradient(sum, extra[row * params.n + column]);
  }
  var biased = sum;
  if (EPILOGUE == EPILOGUE_BIAS) {
    biased += extra[row];
  }
  return pointwise(biased);
}
