// The gradient of a table of which tokens name rows.
// Declared in src/ops/kernels/embedding_gradient.ts. One invocation: one element of the gradient.

//! use grid
//! use stretches
//! use embedding_places
@group(0) @binding(0) var<storage, read> start: array<u32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

struct Params {
  vocabulary: u32,
  features: u32,
  positions: u32,
  columns: u32,
  weighted: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(5) var<uniform> params: Params;
