// Pointwise operations on vec4f, and their derivatives. Written by `deno task generate` from src/ops/pointwise.
/// Number of the operation; 0 leaves everything as it is.
override POINTWISE: u32 = 0u;

fn relu(x: vec4f) -> vec4f {
  return max(x, vec4f(0.0));
}

fn relu_gradient(dy: vec4f, y: vec4f) -> vec4f {
  return select(vec4f(0.0), dy, y > vec4f(0.0));
}

/// The operation that is chosen.
fn pointwise(x: vec4f) -> vec4f {
  var result = x;
  if (POINTWISE == 1u) {
    result = relu(x);
  }
  return result;
}

/// The gradient before it, from `dy` behind it and what its derivative is computed of.
fn pointwise_gradient(dy: vec4f, operand: vec4f) -> vec4f {
  var result = dy;
  if (POINTWISE == 1u) {
    result = relu_gradient(dy, operand);
  }
  return result;
}
