// Gradient of the image of a dense convolution. Declared in src/ops/kernels/conv_transposed.ts. One
// invocation: four channels x 4 VECTORS columns of one pixel, held in registers over some rows; all of
// them, unless that takes too many steps. Channels lie next to each other, so that neighbours read the
// same pixels.

//! use grid
//! use products
//! use epilogue
//! use pointwise
//! use windows
/// Vectors of four columns that an invocation holds: 1, 2 or 4.
override VECTORS: u32 = 4u;
/// Whether an invocation's columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> extra: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;

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
  epilogue: u32,
  firstRow: u32,
  someRows: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// Stores a sum over some rows in channel `channel`, or adds it to that over the rows before.
fn store(part: vec4f, channel: u32, at: u32) {
  var sum = part;
  if (params.firstRow > 0u) {
    sum += dx[at];
  }
  if (params.firstRow + params.someRows == params.rows) {
    sum = finish(sum, channel, at);
  }
  dx[at] = sum;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = params.columns / 4u;
  let lanes = stride / VECTORS;
  let step = select(lanes, 1u, ADJACENT);
  let i = invocation(group, groups, lane);
  let column = select(1u, VECTORS, ADJACENT) * (i % lanes);
  let blocks = (params.channels + 3u) / 4u;
  let pixel = i / lanes / blocks;
  if (pixel >= image_pixels()) {
    return;
  }
  let image = vec2u(pixel / params.width, pixel % params.width);
  let channel = 4u * (i / lanes % blocks);
  let inputs = window_inputs();
  let plane = out_pixels() * stride;
  // Channels beyond the last one repeat it and are not stored.
  //! repeat c 0 4
  let weights${c} = min(channel + ${c}u, params.channels - 1u) * taps();
  //! repeat v 0 4
  var sum${c}_${v} = vec4f();
  //! end
  //! end
  for (var tap = 0u; tap < taps(); tap++) {
    let source = out_pixel(image, tap_of(tap));
    if (source == OUTSIDE) {
      continue;
    }
    for (var row = params.firstRow; row < params.firstRow + params.someRows; row++) {
      let input = row * inputs + tap;
      let at = row * plane + source * stride + column;
      //! repeat c 0 4
      let w${c} = weight[weights${c} + input];
      //! end
      //! repeat v 0 4
      if (${v}u < VECTORS) {
        let d${v} = dy[at + ${v}u * step];
        //! repeat c 0 4
        sum${c}_${v} += w${c} * d${v};
        //! end
      }
      //! end
    }
  }
  //! repeat c 0 4
  if (channel + ${c}u < params.channels) {
    let to${c} = ((channel + ${c}u) * image_pixels() + pixel) * stride + column;
    //! repeat v 0 4
    if (${v}u < VECTORS) {
      store(sum${c}_${v}, channel + ${c}u, to${c} + ${v}u * step);
    }
    //! end
  }
  //! end
}
