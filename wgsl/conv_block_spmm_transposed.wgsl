// Gradient of the image of a convolution by a matrix of units. Declared in
// src/ops/kernels/conv_block_spmm_transposed.ts. One invocation: one channel x 4 VECTORS columns of one
// pixel, held in registers over the lists of all taps that a window has there. Channels lie next to each
// other, so that neighbours read the same windows.

//! use grid
//! use lists
//! use products
//! use epilogue
//! use pointwise
//! use windows
//! use stretches
/// Inputs of a unit: 1 or a multiple of 4.
override WIDTH: u32 = 1u;
/// Vectors of four columns that an invocation holds: 1, 2 or 4.
override VECTORS: u32 = 4u;
/// Whether an invocation's columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> slot: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read> extra: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4f>;

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
  unitHeight: u32,
  unitWidth: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

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
  let height4 = params.unitHeight / 4u;
  //! repeat v 0 4
  var sum${v} = vec4f();
  //! end
  for (var tap = 0u; tap < taps(); tap++) {
    let source = out_pixel(image, tap_of(tap));
    if (source == OUTSIDE) {
      continue;
    }
    let input = channel * taps() + tap;
    let list = span[input / WIDTH];
    let begin = list.x + params.firstTerm;
    let end = min(list.y, begin + params.someTerms);
    for (var entry = begin; entry < end; entry++) {
      let w4 = (slot[entry] * WIDTH + input % WIDTH) * height4;
      let row = entry_of(entry) * params.unitHeight;
      for (var inner4 = 0u; inner4 < height4; inner4++) {
        let w = values[w4 + inner4];
        // Rows beyond the last one have values of 0 and repeat it.
        let rows = min(vec4u(row + 4u * inner4) + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u));
        let at = rows * plane + source * stride + column;
        //! repeat v 0 4
        if (${v}u < VECTORS) {
          //! repeat e 0 4
          sum${v} += w[${e}] * dy[at[${e}] + ${v}u * step];
          //! end
        }
        //! end
      }
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
