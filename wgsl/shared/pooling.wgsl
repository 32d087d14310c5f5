// Regions of pooling along one dimension. Mirrors wasm/src/kernels/pooling.rs.

/// The pixels of region `at` that lie inside an image of `size`: the first, and the one behind the last.
fn pixels_of(at: u32, size: u32, region: u32, stride: u32) -> vec2u {
  let first = at * stride;
  let end = first + region - params.padding;
  return vec2u(max(first, params.padding) - params.padding, min(end, size));
}

/// The regions that pixel `at` lies in, of `count`: the first, and the one behind the last.
fn regions_of(at: u32, count: u32, region: u32, stride: u32) -> vec2u {
  let place = at + params.padding;
  let first = (max(place + stride, region) - region) / stride;
  return vec2u(first, min(place / stride + 1u, count));
}
