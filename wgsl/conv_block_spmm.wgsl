// Sparse convolution by a matrix of units: group slots or blocks. Declared in
// src/ops/kernels/conv_block_spmm.ts. One invocation: 4 ROWS4 rows of a row of units x 4 VECTORS columns of
// one pixel, held in registers over all inputs of their list. Rows lie next to each other, so that
// neighbours read the same windows.

//! use grid
//! use lists
//! use products
//! use epilogue
//! use pointwise
//! use windows
//! use stretches
/// Inputs of a unit: 1 or a multiple of 4.
override WIDTH: u32 = 1u;
/// Vectors of four rows that an invocation holds: 1 or 4.
override ROWS4: u32 = 1u;
/// Vectors of four columns that it holds: 1 or 4.
override VECTORS: u32 = 4u;
/// Whether its columns lie side by side, as caches like it, and not its neighbours' vectors.
override ADJACENT: bool = false;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> extra: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;

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
@group(0) @binding(6) var<uniform> params: Params;

/// Stores a vector of a row of y, unless the row lies beyond the edge.
fn store(part: vec4f, row: u32, place: u32) {
  if (row >= params.rows) {
    return;
  }
  let at = row * out_pixels() * (params.columns / 4u) + place;
  var sum = part;
  if (!FIRST) {
    sum += y[at];
  }
  if (LAST) {
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
  let parts = (params.rows + 4u * ROWS4 - 1u) / (4u * ROWS4);
  let row4 = ROWS4 * (i / lanes % parts);
  let pixel = i / lanes / parts;
  if (pixel >= out_pixels()) {
    return;
  }
  let out = vec2u(pixel / params.outWidth, pixel % params.outWidth);
  let height4 = params.unitHeight / 4u;
  let inner4 = row4 % height4;
  let list = span[row4 / height4];
  //! repeat q 0 4
  //! repeat e 0 4
  //! repeat v 0 4
  var sum${4*q+e}_${v} = vec4f();
  //! end
  //! end
  //! end
  let begin = list.x * WIDTH + params.firstTerm;
  let end = min(list.y * WIDTH, begin + params.someTerms);
  for (var at = begin; at < end; at++) {
    let input = entry_of(at / WIDTH) * WIDTH + at % WIDTH;
    // What reads the padding, or lies beyond the inputs, reads the first pixel instead, as 0.
    let source = image_pixel(out, tap_of(input % taps()));
    let outside = source == OUTSIDE || input >= window_inputs();
    let place = select(input / taps() * image_pixels() + source, 0u, outside) * stride + column;
    //! repeat v 0 4
    var x${v} = vec4f();
    if (${v}u < VECTORS) {
      x${v} = select(x[place + ${v}u * step], vec4f(), outside);
    }
    //! end
    //! repeat q 0 4
    if (${q}u < ROWS4) {
      let w${q} = values[at * height4 + inner4 + ${q}u];
      //! repeat v 0 4
      if (${v}u < VECTORS) {
        //! repeat e 0 4
        sum${4*q+e}_${v} += w${q}[${e}] * x${v};
        //! end
      }
      //! end
    }
    //! end
  }
  let to = pixel * stride + column;
  //! repeat q 0 4
  if (${q}u < ROWS4) {
    //! repeat e 0 4
    //! repeat v 0 4
    if (${v}u < VECTORS) {
      store(sum${4*q+e}_${v}, 4u * (row4 + ${q}u) + ${e}u, to + ${v}u * step);
    }
    //! end
    //! end
  }
  //! end
}
