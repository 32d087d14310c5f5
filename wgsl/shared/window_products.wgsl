// Dot products of rows of dy with inputs of all windows, by a workgroup: four rows x four inputs over
// some pixels, of which it takes eight at a time. Needs the snippet `windows`.

/// The products of each of four rows with four inputs.
var<workgroup> window_products: array<vec4f, 256>;

/// Computes `window_products`; row r of the four is `window_products[64 * r]`. What lies beyond the matrix repeats its edge.
fn multiply_windows(firstRow: u32, inputs: vec4u, lane: u32) {
  let stride = params.columns / 4u;
  //! repeat r 0 4
  let row${r} = min(firstRow + ${r}u, params.rows - 1u) * out_pixels();
  var sum${r} = vec4f();
  //! end
  //! repeat e 0 4
  let input${e} = min(inputs[${e}], window_inputs() - 1u);
  let plane${e} = input${e} / taps() * image_pixels();
  let tap${e} = tap_of(input${e} % taps());
  //! end
  let endPixel = params.firstPixel + params.somePixels;
  for (var pixel = params.firstPixel + lane / 8u; pixel < endPixel; pixel += 8u) {
    let out = vec2u(pixel / params.outWidth, pixel % params.outWidth);
    //! repeat e 0 4
    let source${e} = image_pixel(out, tap${e});
    let at${e} = select(plane${e} + source${e}, 0u, source${e} == OUTSIDE) * stride;
    //! end
    for (var column = lane % 8u; column < stride; column += 8u) {
      // What reads the padding reads the first pixel instead, as 0.
      //! repeat e 0 4
      let x${e} = select(x[at${e} + column], vec4f(), source${e} == OUTSIDE);
      //! end
      //! repeat r 0 4
      let d${r} = dy[(row${r} + pixel) * stride + column];
      sum${r} += vec4f(dot(d${r}, x0), dot(d${r}, x1), dot(d${r}, x2), dot(d${r}, x3));
      //! end
    }
  }
  //! repeat r 0 4
  window_products[lane + ${64*r}u] = sum${r};
  //! end
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      //! repeat r 0 4
      window_products[lane + ${64*r}u] += window_products[lane + half + ${64*r}u];
      //! end
    }
  }
  workgroupBarrier();
}
