// Pointwise operations on f32, and their derivatives. Written by `deno task generate` from src/ops/pointwise.
/// Number of the operation; 0 leaves everything as it is.
override POINTWISE: u32 = 0u;

fn gelu(x: f32) -> f32 {
  let v0 = 0.0 - x;
  let v1 = max(x, v0);
  let v2 = min(v1, 13.0);
  let v3 = 0.23164189 * v2;
  let v4 = 1.0 + v3;
  let v5 = 1.0 / v4;
  let v6 = 0.5307027 * v5;
  let v7 = -0.72657601 + v6;
  let v8 = v7 * v5;
  let v9 = 0.7107069 + v8;
  let v10 = v9 * v5;
  let v11 = -0.142248368 + v10;
  let v12 = v11 * v5;
  let v13 = 0.1274148 + v12;
  let v14 = v13 * v5;
  let v15 = -0.5 * v2;
  let v16 = v15 * v2;
  let v17 = exp(v16);
  let v18 = v14 * v17;
  let v19 = 1.0 - v18;
  let v20 = select(v18, v19, x > 0.0);
  return x * v20;
}

fn gelu_gradient(dy: f32, x: f32) -> f32 {
  let v0 = 0.0 - x;
  let v1 = max(x, v0);
  let v2 = min(v1, 13.0);
  let v3 = 0.23164189 * v2;
  let v4 = 1.0 + v3;
  let v5 = 1.0 / v4;
  let v6 = 0.5307027 * v5;
  let v7 = -0.72657601 + v6;
  let v8 = v7 * v5;
  let v9 = 0.7107069 + v8;
  let v10 = v9 * v5;
  let v11 = -0.142248368 + v10;
  let v12 = v11 * v5;
  let v13 = 0.1274148 + v12;
  let v14 = v13 * v5;
  let v15 = -0.5 * v2;
  let v16 = v15 * v2;
  let v17 = exp(v16);
  let v18 = v14 * v17;
  let v19 = 1.0 - v18;
  let v20 = select(v18, v19, x > 0.0);
  let v21 = 0.3989423 * x;
  let v22 = v21 * v17;
  let v23 = v20 + v22;
  return dy * v23;
}

fn gelu_tanh(x: f32) -> f32 {
  let v0 = min(x, 9.5);
  let v1 = max(v0, -9.5);
  let v2 = v1 * v1;
  let v3 = 0.071354816 * v2;
  let v4 = 1.59576912 + v3;
  let v5 = v1 * v4;
  let v6 = 0.0 - v5;
  let v7 = max(v5, v6);
  let v8 = 0.0 - v7;
  let v9 = exp(v8);
  let v10 = select(v9, 1.0, x > 0.0);
  let v11 = 1.0 + v9;
  let v12 = 1.0 / v11;
  let v13 = v10 * v12;
  return x * v13;
}

fn gelu_tanh_gradient(dy: f32, x: f32) -> f32 {
  let v0 = min(x, 9.5);
  let v1 = max(v0, -9.5);
  let v2 = v1 * v1;
  let v3 = 0.071354816 * v2;
  let v4 = 1.59576912 + v3;
  let v5 = v1 * v4;
  let v6 = 0.0 - v5;
  let v7 = max(v5, v6);
  let v8 = 0.0 - v7;
  let v9 = exp(v8);
  let v10 = select(v9, 1.0, x > 0.0);
  let v11 = 1.0 + v9;
  let v12 = 1.0 / v11;
  let v13 = v10 * v12;
  let v14 = v9 * v12;
  let v15 = v14 * v12;
  let v16 = v1 * v15;
  let v17 = 0.21406445 * v2;
  let v18 = 1.59576912 + v17;
  let v19 = v16 * v18;
  let v20 = v13 + v19;
  return dy * v20;
}

fn relu(x: f32) -> f32 {
  return max(x, 0.0);
}

fn relu_gradient(dy: f32, y: f32) -> f32 {
  return select(0.0, dy, y > 0.0);
}

fn scaled(x: f32) -> f32 {
  let v0 = 0.5 * x;
  return v0 * x;
}

fn scaled_gradient(dy: f32, x: f32) -> f32 {
  return dy * x;
}

fn tanh(x: f32) -> f32 {
  let v0 = 0.0 - x;
  let v1 = max(x, v0);
  let v2 = min(v1, 10.0);
  let v3 = -2.0 * v2;
  let v4 = exp(v3);
  let v5 = 1.0 - v4;
  let v6 = 1.0 + v4;
  let v7 = v5 / v6;
  let v8 = 0.0 - v7;
  return select(v8, v7, x > 0.0);
}

fn tanh_gradient(dy: f32, y: f32) -> f32 {
  let v0 = y * y;
  let v1 = 1.0 - v0;
  return dy * v1;
}

/// The operation that is chosen.
fn pointwise(x: f32) -> f32 {
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
fn pointwise_gradient(dy: f32, operand: f32) -> f32 {
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
