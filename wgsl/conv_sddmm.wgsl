// Gradient of the active values of a sparse convolution. Declared in src/ops/kernels/conv_sddmm.ts. One
// workgroup: four connections of a row over some pixels, of which it takes eight at a time; all of them,
// unless that takes too many steps.

//! use grid
//! use rows
//! use tiles
//! use windows

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<vec2u>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4f>;

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
  firstPixel: u32,
  somePixels: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let slot = 4u * tile;
  let row = row_of(slot);
  let end = span[row].y;
  var sum = vec4f();
  if (slot < end) {
    let stride = params.columns / 4u;
    let inputs = inputs_of(tile);
    //! repeat e 0 4
    let plane${e} = inputs[${e}] / taps() * image_pixels();
    let tap${e} = tap_of(inputs[${e}] % taps());
    //! end
    let endPixel = params.firstPixel + params.somePixels;
    for (var pixel = params.firstPixel + lane / 8u; pixel < endPixel; pixel += 8u) {
      let out = vec2u(pixel / params.outWidth, pixel % params.outWidth);
      let line = (row * out_pixels() + pixel) * stride;
      // What reads the padding reads the first pixel instead and is not added.
      //! repeat e 0 4
      let source${e} = image_pixel(out, tap${e});
      let at${e} = select(plane${e} + source${e}, 0u, source${e} == OUTSIDE) * stride;
      //! end
      for (var column = lane % 8u; column < stride; column += 8u) {
        let d = dy[line + column];
        //! repeat e 0 4
        sum[${e}] += select(dot(d, x[at${e} + column]), 0.0, source${e} == OUTSIDE);
        //! end
      }
    }
  }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
  }
  if (lane == 0u && slot < params.capacity) {
    var total = select(vec4f(), sums[0], vec4u(slot) + vec4u(0u, 1u, 2u, 3u) < vec4u(end));
    if (params.firstPixel > 0u) {
      total += gradient[tile];
    }
    gradient[tile] = total;
  }
}
