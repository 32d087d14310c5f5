// Gradient of the image of a sparse convolution. Declared in src/ops/kernels/conv_spmm_transposed.ts.
// One invocation: one channel x 4 VECTORS columns of one pixel, held in registers over the lists of all
// taps that a window has there. Channels lie next to each other, so that neighbours read the same
// windows.

//! use grid
//! use products
//! use tiles
//! use epilogue
//! use pointwise
//! use windows
//! use stretches
/// Vectors of four columns that an invocation holds: 1, 2 or 4.
override VECTORS: u32 = 4u;
/// Whether an invocation's columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<vec2u>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<vec4f>;
@group(0) @binding(4) var<storage, read> extra: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;

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
  capacity: u32,
  wide: u32,
  epilogue: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

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
  let channel = i / lanes % params.channels;
  let pixel = i / lanes / params.channels;
  if (pixel >= image_pixels()) {
    return;
  }
  let image = vec2u(pixel / params.width, pixel % params.width);
  let plane = out_pixels() * stride;
  //! repeat v 0 4
  var sum${v} = vec4f();
  //! end
  for (var tap = 0u; tap < taps(); tap++) {
    let source = out_pixel(image, tap_of(tap));
    if (source == OUTSIDE) {
      continue;
    }
    let list = span[channel * taps() + tap];
    let begin = list.x + params.firstTerm;
    let end = min(list.y, begin + params.someTerms);
    for (var tile = begin / 4u; tile < (end + 3u) / 4u; tile++) {
      let at = inputs_of(tile) * plane + source * stride + column;
      let w = values[tile];
      //! repeat v 0 4
      if (${v}u < VECTORS) {
        //! repeat e 0 4
        sum${v} += w[${e}] * dy[at[${e}] + ${v}u * step];
        //! end
      }
      //! end
    }
  }
  let to = (channel * image_pixels() + pixel) * stride + column;
  //! repeat v 0 4
  if (${v}u < VECTORS) {
    let to${v} = to + ${v}u * step;
    if (!FIRST) {
      sum${v} += dx[to${v}];
    }
    if (LAST) {
      sum${v} = finish(sum${v}, channel, to${v});
    }
    dx[to${v}] = sum${v};
  }
  //! end
}
