// Pointwise operations on vec4f, and their derivatives. Written by `deno task generate` from src/ops/pointwise.
/// Number of the operation; 0 leaves everything as it is.
override POINTWISE: u32 = 0u;

fn gelu(x: vec4f) -> vec4f {
  let v0 = vec4f(0.0) - x;
  let v1 = max(x, v0);
  let v2 = min(v1, vec4f(13.0));
  let v3 = vec4f(0.23164189) * v2;
  let v4 = vec4f(1.0) + v3;
  let v5 = vec4f(1.0) / v4;
  let v6 = vec4f(0.5307027) * v5;
  let v7 = vec4f(-0.72657601) + v6;
  let v8 = v7 * v5;
  let v9 = vec4f(0.7107069) + v8;
  let v10 = v9 * v5;
  let v11 = vec4f(-0.142248368) + v10;
  let v12 = v11 * v5;
  let v13 = vec4f(0.1274148) + v12;
  let v14 = v13 * v5;
  let v15 = vec4f(-0.5) * v2;
  let v16 = v15 * v2;
  let v17 = exp(v16);
  let v18 = v14 * v17;
  let v19 = vec4f(1.0) - v18;
  let v20 = select(v18, v19, x > vec4f(0.0));
  return x * v20;
}

fn gelu_gradient(dy: vec4f, x: vec4f) -> vec4f {
  let v0 = vec4f(0.0) - x;
  let v1 = max(x, v0);
  let v2 = min(v1, vec4f(13.0));
  let v3 = vec4f(0.23164189) * v2;
  let v4 = vec4f(1.0) + v3;
  let v5 = vec4f(1.0) / v4;
  let v6 = vec4f(0.5307027) * v5;
  let v7 = vec4f(-0.72657601) + v6;
  let v8 = v7 * v5;
  let v9 = vec4f(0.7107069) + v8;
  let v10 = v9 * v5;
  let v11 = vec4f(-0.142248368) + v10;
  let v12 = v11 * v5;
  let v13 = vec4f(0.1274148) + v12;
  let v14 = v13 * v5;
  let v15 = vec4f(-0.5) * v2;
  let v16 = v15 * v2;
  let v17 = exp(v16);
  let v18 = v14 * v17;
  let v19 = vec4f(1.0) - v18;
  let v20 = select(v18, v19, x > vec4f(0.0));
  let v21 = vec4f(0.3989423) * x;
  let v22 = v21 * v17;
  let v23 = v20 + v22;
  return dy * v23;
}

fn gelu_tanh(x: vec4f) -> vec4f {
  let v0 = min(x, vec4f(9.5));
  let v1 = max(v0, vec4f(-9.5));
  let v2 = v1 * v1;
  let v3 = vec4f(0.071354816) * v2;
  let v4 = vec4f(1.59576912) + v3;
  let v5 = v1 * v4;
  let v6 = vec4f(0.0) - v5;
  let v7 = max(v5, v6);
  let v8 = vec4f(0.0) - v7;
  let v9 = exp(v8);
  let v10 = select(v9, vec4f(1.0), x > vec4f(0.0));
  let v11 = vec4f(1.0) + v9;
  let v12 = vec4f(1.0) / v11;
  let v13 = v10 * v12;
  return x * v13;
}

fn gelu_tanh_gradient(dy: vec4f, x: vec4f) -> vec4f {
  let v0 = min(x, vec4f(9.5));
  let v1 = max(v0, vec4f(-9.5));
  let v2 = v1 * v1;
  let v3 = vec4f(0.071354816) * v2;
  let v4 = vec4f(1.59576912) + v3;
  let v5 = v1 * v4;
  let v6 = vec4f(0.0) - v5;
  let v7 = max(v5, v6);
  let v8 = vec4f(0.0) - v7;
  let v9 = exp(v8);
  let v10 = select(v9, vec4f(1.0), x > vec4f(0.0));
  let v11 = vec4f(1.0) + v9;
  let v12 = vec4f(1.0) / v11;
  let v13 = v10 * v12;
  let v14 = v9 * v12;
  let v15 = v14 * v12;
  let v16 = v1 * v15;
  let v17 = vec4f(0.21406445) * v2;
  let v18 = vec4f(1.59576912) + v17;
  let v19 = v16 * v18;
  let v20 = v13 + v19;
  return dy * v20;
}

fn relu(x: vec4f) -> vec4f {
  return max(x, vec4f(0.0));
}

fn relu_gradient(dy: vec4f, y: vec4f) -> vec4f {
  return select(vec4f(0.0), dy, y > vec4f(0.0));
}

fn scaled(x: vec4f) -> vec4f {
  let v0 = vec4f(0.5) * x;
  return v0 * x;
}

fn scaled_gradient(dy: vec4f, x: vec4f) -> vec4f {
  return dy * x;
}

fn tanh(x: vec4f) -> vec4f {
  let v0 = vec4f(0.0) - x;
  let v1 = max(x, v0);
  let v2 = min(v1, vec4f(10.0));
  let v3 = vec4f(-2.0) * v2;
  let v4 = exp(v3);
  let v5 = vec4f(1.0) - v4;
  let v6 = vec4f(1.0) + v4;
  let v7 = v5 / v6;
  let v8 = vec4f(0.0) - v7;
  return select(v8, v7, x > vec4f(0.0));
}

fn tanh_gradient(dy: vec4f, y: vec4f) -> vec4f {
  let v0 = y * y;
  let v1 = vec4f(1.0) - v0;
  return dy * v1;
}

/// The operation that is chosen.
fn pointwise(x: vec4f) -> vec4f {
  var result = x;
  if (POINTWISE == 1u) {
    result = gelu(x);
  }
  if (POINTWISE == 2u) {
    result = gelu_tanh(x);
  }
  if (POINTWISE == 3u) {
    result = relu(x);
  }
  if (POINTWISE == 4u) {
    result = scaled(x);
  }
  if (POINTWISE == 5u) {
    result = tanh(x);
  }
  return result;
}

/// The gradient before it, from `dy` behind it and what its derivative is computed of.
fn pointwise_gradient(dy: vec4f, operand: vec4f) -> vec4f {
  var result = dy;
  if (POINTWISE == 1u) {
    result = gelu_gradient(dy, operand);
  }
  if (POINTWISE == 2u) {
    result = gelu_tanh_gradient(dy, operand);
  }
  if (POINTWISE == 3u) {
    result = relu_gradient(dy, operand);
  }
  if (POINTWISE == 4u) {
    result = scaled_gradient(dy, operand);
  }
  if (POINTWISE == 5u) {
    result = tanh_gradient(dy, operand);
  }
  return result;
}
