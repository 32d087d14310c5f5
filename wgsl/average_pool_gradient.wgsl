// Gradient of the mean of every region.
// Declared in src/ops/kernels/average_pool_gradient.ts. One invocation: one element.

//! use grid
//! use pooling
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;

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
  let down = regions_of(row % params.height, params.outHeight, params.regionHeight, params.strideHeight);
  let across = regions_of(pixel % params.width, params.outWidth, params.regionWidth, params.strideWidth);
  let first = channel * params.outHeight;
  let column = i % params.columns;
  var sum = 0.0;
  for (var wy = down.x; wy < down.y; wy++) {
    let rows = pixels_of(wy, params.height, params.regionHeight, params.strideHeight);
    for (var wx = across.x; wx < across.y; wx++) {
      let columns = pixels_of(wx, params.width, params.regionWidth, params.strideWidth);
      let gradient = dy[((first + wy) * params.outWidth + wx) * params.columns + column];
      sum += gradient / f32((rows.y - rows.x) * (columns.y - columns.x));
    }
  }
  dx[i] = sum;
}
