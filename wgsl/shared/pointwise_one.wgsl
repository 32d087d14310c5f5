// Pointwise operations on f32, and their derivatives. Written by `deno task generate` from src/ops/pointwise.
/// Number of the operation; 0 leaves everything as it is.
override POINTWISE: u32 = 0u;

fn relu(x: f32) -> f32 {
  return max(x, 0.0);
}

fn relu_gradient(dy: f32, y: f32) -> f32 {
  return select(0.0, dy, y > 0.0);
}

/// The operation that is chosen.
fn pointwise(x: f32) -> f32 {
  var result = x;
  if (POINTWISE == 1u) {
    result = relu(x);
  }
  return result;
}

/// The gradient before it, from `dy` behind it and what its derivative is computed of.
fn pointwise_gradient(dy: f32, operand: f32) -> f32 {
  var result = dy;
  if (POINTWISE == 1u) {
    result = relu_gradient(dy, operand);
  }
  return result;
}
