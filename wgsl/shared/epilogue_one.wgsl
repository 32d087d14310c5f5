// What a product of numbers does with its sums; needs the snippets `products` and `pointwise_one`.

/// The result of a sum in row `row`; `at` is its place in the result.
fn finish(sum: f32, row: u32, at: u32) -> f32 {
  let form = params.epilogue % EPILOGUE_FORMS;
  if (form == EPILOGUE_GATE) {
    return pointwise_gradient(sum, extra[at]);
  }
  var biased = sum;
  if (form == EPILOGUE_BIAS) {
    biased += extra[row];
  }
  return pointwise(biased);
}
