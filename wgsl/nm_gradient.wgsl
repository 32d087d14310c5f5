// The gradient of a weight under a mask.
// Declared in src/ops/kernels/nm_gradient.ts. One invocation: four elements.

//! use grid
//! use masks
@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> bits: array<u32>;
@group(0) @binding(3) var<storage, read> control: array<u32>;

struct Params {
  rows: u32,
  inputs: u32,
  exact: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let words = (params.inputs + 31u) / 32u;
  let beta = select(1.0, bitcast<f32>(control[MASK_BETA]), params.exact == 1u);
  let decay = bitcast<f32>(control[MASK_DECAY]);
  let first = 4u * invocation(group, groups, lane);
  for (var at = first; at < min(first + 4u, params.rows * params.inputs); at++) {
    let row = at / params.inputs;
    let input = at % params.inputs;
    if (((bits[row * words + input / 32u] >> (input % 32u)) & 1u) == 0u) {
      gradient[at] = beta * gradient[at] + decay * values[at];
    }
  }
}
