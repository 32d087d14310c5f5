// The softmax of a column of `logits` [classes, columns], as far as its kernels share it: the largest
// logit is subtracted first, so that no exponential overflows.

/// The largest logit of a column, and the sum of exp(logit - largest).
fn softmax_parts(column: u32) -> vec2f {
  let size = params.classes * params.columns;
  var largest = logits[column];
  for (var i = column + params.columns; i < size; i += params.columns) {
    largest = max(largest, logits[i]);
  }
  var sum = 0.0;
  for (var i = column; i < size; i += params.columns) {
    sum += exp(logits[i] - largest);
  }
  return vec2f(largest, sum);
}
