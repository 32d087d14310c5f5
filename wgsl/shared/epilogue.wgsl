// What a product of vectors does with its sums; needs the snippets `products` and `pointwise`.

/// The result of a sum in row `row`; `at` is the vector's place in the result.
fn finish(sum: vec4f, row: u32, at: u32) -> vec4f {
  let form = params.epilogue % EPILOGUE_FORMS;
  if (form == EPILOGUE_GATE) {
    return pointwise_gradient(sum, extra[at]);
  }
  var biased = sum;
  if (form == EPILOGUE_BIAS) {
    biased += extra[row / 4u][row % 4u];
  }
  return pointwise(biased);
}
