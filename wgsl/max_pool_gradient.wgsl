// Gradient of the largest pixel of every region.
// Declared in src/ops/kernels/max_pool_gradient.ts. One invocation: one element.

//! use grid
//! use pooling
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

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
@group(0) @binding(4) var<uniform> params: Params;

/// Whether no pixel of the region (wy, wx) before (py, px) equals `value`; `first` is the channel's first row.
fn is_first(first: u32, wy: u32, wx: u32, py: u32, px: u32, column: u32, value: f32) -> bool {
  let down = pixels_of(wy, params.height, params.regionHeight, params.strideHeight);
  let across = pixels_of(wx, params.width, params.regionWidth, params.strideWidth);
  for (var row = down.x; row <= py; row++) {
    let end = select(across.y, px, row == py);
    for (var at = across.x; at < end; at++) {
      if (x[((first + row) * params.width + at) * params.columns + column] == value) {
        return false;
      }
    }
  }
  return true;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let pixel = i / params.columns;
  let row = pixel / params.width;
  let channel = row / params.height;
  if (channel >= params.channels) {
    return;
  }
  let py = row % params.height;
  let px = pixel % params.width;
  let down = regions_of(py, params.outHeight, params.regionHeight, params.strideHeight);
  let across = regions_of(px, params.outWidth, params.regionWidth, params.strideWidth);
  let column = i % params.columns;
  let value = x[i];
  var sum = 0.0;
  for (var wy = down.x; wy < down.y; wy++) {
    for (var wx = across.x; wx < across.y; wx++) {
      let at = ((channel * params.outHeight + wy) * params.outWidth + wx) * params.columns + column;
      if (value == y[at] && is_first(channel * params.height, wy, wx, py, px, column, value)) {
        sum += dy[at];
      }
    }
  }
  dx[i] = sum;
}
