// The largest pixel of every region.
// Declared in src/ops/kernels/max_pool.ts. One invocation: one element.

//! use grid
//! use pooling
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Params {
  channels: u32,
  height: u32,
  width: u32,
  regionHeight: u32,
  regionWidth: u32,
  strideHeight: u32,
  strideWidth: u32,
  padding: u32,
  outHeight: u32,
  outWidth: u32,
  columns: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

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
  let pixel = i / params.columns;
  let row = pixel / params.outWidth;
  let channel = row / params.outHeight;
  if (channel >= params.channels) {
    return;
  }
  let down = pixels_of(row % params.outHeight, params.height, params.regionHeight, params.strideHeight);
  let across = pixels_of(pixel % params.outWidth, params.width, params.regionWidth, params.strideWidth);
  let first = channel * params.height;
  let column = i % params.columns;
  var largest = x[((first + down.x) * params.width + across.x) * params.columns + column];
  for (var py = down.x; py < down.y; py++) {
    for (var px = across.x; px < across.y; px++) {
      let value = x[((first + py) * params.width + px) * params.columns + column];
      if (is_nan(value) || (value > largest && !is_nan(largest))) {
        largest = value;
      }
    }
  }
  y[i] = largest;
}
