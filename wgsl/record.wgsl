// Copies a scalar into its ring. Declared in src/ops/kernels/record.ts. One invocation.

//! use step
@group(0) @binding(0) var<storage, read> value: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> ring: array<f32>;

struct Params {
  size: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  ring[step[STEP_SLOT] % params.size] = value[0];
}
