// The inactive inputs of largest gradient for every row of a sparse convolution. Declared in
// src/ops/kernels/conv_growth_candidates.ts. For each block of rows
//   scores  computes the block's dense gradient over some pixels; one workgroup: four rows x four inputs;
// and the entry points of shared/candidates.wgsl choose among its magnitudes.

//! use grid
//! use lists
//! use products
//! use windows
//! use window_products
//! use candidates

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> input: array<u32>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
@group(0) @binding(6) var<storage, read_write> scratch: array<u32>;

struct Params {
  rows: u32,
  channels: u32,
  height: u32,
  width: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  outHeight: u32,
  outWidth: u32,
  columns: u32,
  wide: u32,
  count: u32,
  firstList: u32,
  blockLists: u32,
  firstPixel: u32,
  somePixels: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

/// Inputs: what a list's entries are below.
fn entries() -> u32 {
  return window_inputs();
}

/// Entries from which the best are chosen together.
fn segment_length() -> u32 {
  return window_inputs();
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (entries() + 3u) / 4u;
  let tile = group.y * groups.x + group.x;
  let firstNumber = 4u * (tile / across);
  let firstInput = 4u * (tile % across);
  multiply_windows(params.firstList + firstNumber, firstInput, lane);
  let number = firstNumber + lane / 4u;
  let entry = firstInput + lane % 4u;
  if (lane < 16u && number < params.blockLists && entry < entries()) {
    let at = number * entries() + entry;
    var sum = window_products[64u * (lane / 4u)][lane % 4u];
    // Before the last pixel scratch memory holds a sum, then a key.
    if (params.firstPixel > 0u) {
      sum += bitcast<f32>(scratch[at]);
    }
    let last = params.firstPixel + params.somePixels == out_pixels();
    scratch[at] = select(bitcast<u32>(sum), bitcast<u32>(abs(sum)) + 1u, last);
  }
}
