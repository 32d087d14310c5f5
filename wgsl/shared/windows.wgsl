// The windows of images: see src/ops/kernels/convolution.ts. Pixels and taps are (down, across); sizes
// of windows are constants, because it is they that invocations divide by again and again.
override KERNEL_HEIGHT: u32 = 1u;
override KERNEL_WIDTH: u32 = 1u;
override STRIDE: u32 = 1u;

/// No pixel.
const OUTSIDE: u32 = 0xffffffffu;

/// Taps of a window.
fn taps() -> u32 {
  return KERNEL_HEIGHT * KERNEL_WIDTH;
}

/// Inputs of the matrix.
fn window_inputs() -> u32 {
  return params.channels * taps();
}

/// Pixels of a channel of the image.
fn image_pixels() -> u32 {
  return params.height * params.width;
}

/// Pixels of a row of the result.
fn out_pixels() -> u32 {
  return params.outHeight * params.outWidth;
}

/// A tap by its number.
fn tap_of(number: u32) -> vec2u {
  return vec2u(number / KERNEL_WIDTH, number % KERNEL_WIDTH);
}

/// The pixel of the image under a tap of the window of pixel `out`; OUTSIDE where that is padding.
fn image_pixel(out: vec2u, tap: vec2u) -> u32 {
  // What lies before the image wraps around and is larger than any size.
  let at = out * STRIDE + tap - params.padding;
  let inside = at[0] < params.height && at[1] < params.width;
  return select(OUTSIDE, at[0] * params.width + at[1], inside);
}

/// The pixel of the result whose window has pixel `image` under a tap; OUTSIDE if there is none.
fn out_pixel(image: vec2u, tap: vec2u) -> u32 {
  let shifted = image + params.padding - tap;
  let at = shifted / STRIDE;
  let inside = all(at * STRIDE == shifted) && at[0] < params.outHeight && at[1] < params.outWidth;
  return select(OUTSIDE, at[0] * params.outWidth + at[1], inside);
}
