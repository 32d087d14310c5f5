// Gradient of the weight of a dense convolution. Declared in src/ops/kernels/conv_gradient.ts. One
// workgroup: four rows x four inputs over some pixels; all of them, unless that takes too many steps.

//! use grid
//! use windows
//! use window_products

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;

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
  firstPixel: u32,
  somePixels: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (window_inputs() + 3u) / 4u;
  let tile = group.y * groups.x + group.x;
  let firstRow = 4u * (tile / across);
  let firstInput = 4u * (tile % across);
  multiply_windows(firstRow, vec4u(firstInput) + vec4u(0u, 1u, 2u, 3u), lane);
  let row = firstRow + lane / 4u;
  let input = firstInput + lane % 4u;
  if (lane < 16u && row < params.rows && input < window_inputs()) {
    let at = row * window_inputs() + input;
    var sum = window_products[64u * (lane / 4u)][lane % 4u];
    if (params.firstPixel > 0u) {
      sum += gradient[at];
    }
    gradient[at] = sum;
  }
}
