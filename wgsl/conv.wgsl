// Dense convolution. Declared in src/ops/kernels/conv.ts. One invocation: four rows x 4 VECTORS columns
// of one pixel, held in registers over some channels; all of them, unless that takes too many steps.
// Rows lie next to each other, so that neighbours read the same pixels.

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
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> extra: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

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
  firstChannel: u32,
  someChannels: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// Stores a sum over some channels in row `row`, or adds it to that over the channels before.
fn store(part: vec4f, row: u32, at: u32) {
  var sum = part;
  if (params.firstChannel > 0u) {
    sum += y[at];
  }
  if (params.firstChannel + params.someChannels == params.channels) {
    sum = finish(sum, row, at);
  }
  y[at] = sum;
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
  let blocks = (params.rows + 3u) / 4u;
  let pixel = i / lanes / blocks;
  if (pixel >= out_pixels()) {
    return;
  }
  let out = vec2u(pixel / params.outWidth, pixel % params.outWidth);
  let row = 4u * (i / lanes % blocks);
  let inputs = window_inputs();
  let plane = image_pixels() * stride;
  // Rows beyond the last one repeat it and are not stored.
  //! repeat r 0 4
  let weights${r} = min(row + ${r}u, params.rows - 1u) * inputs;
  //! repeat v 0 4
  var sum${r}_${v} = vec4f();
  //! end
  //! end
  for (var tap = 0u; tap < taps(); tap++) {
    let source = image_pixel(out, tap_of(tap));
    if (source == OUTSIDE) {
      continue;
    }
    let endChannel = params.firstChannel + params.someChannels;
    for (var channel = params.firstChannel; channel < endChannel; channel++) {
      let input = channel * taps() + tap;
      let at = channel * plane + source * stride + column;
      //! repeat r 0 4
      let w${r} = weight[weights${r} + input];
      //! end
      //! repeat v 0 4
      if (${v}u < VECTORS) {
        let x${v} = x[at + ${v}u * step];
        //! repeat r 0 4
        sum${r}_${v} += w${r} * x${v};
        //! end
      }
      //! end
    }
  }
  //! repeat r 0 4
  if (row + ${r}u < params.rows) {
    let to${r} = ((row + ${r}u) * out_pixels() + pixel) * stride + column;
    //! repeat v 0 4
    if (${v}u < VECTORS) {
      store(sum${r}_${v}, row + ${r}u, to${r} + ${v}u * step);
    }
    //! end
  }
  //! end
}
