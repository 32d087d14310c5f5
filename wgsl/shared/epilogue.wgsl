// What a product of vectors does with its sums; needs the snippet `products`.

/// The result of a sum in row `row`; `at` is the vector's place in the result.
fn finish(sum: vec4f, row: u32, at: u32) -> vec4f {
  if (params.epilogue == EPILOGUE_NONE) {
    return sum;
  }
  if (params.epilogue == EPILOGUE_GATE) {
    return select(vec4f(), sum, extra[at] > vec4f());
  }
  let biased = sum + extra[row / 4u][row % 4u];
  return select(biased, max(biased, vec4f()), params.epilogue == EPILOGUE_BIAS_RELU);
}
