//! Pointwise operations and their derivatives. Written by `deno task generate` from `src/ops/pointwise`.
use super::softmax::exp;
use crate::simd::F32x4;

#[inline(always)]
fn gelu(x: F32x4) -> F32x4 {
    let v0 = F32x4::zero() - x;
    let v1 = x.max(v0);
    let v2 = v1.min(F32x4::splat(13.0));
    let v3 = F32x4::splat(1.0).madd(F32x4::splat(0.23164189), v2);
    let v4 = F32x4::splat(1.0) / v3;
    let v5 = F32x4::splat(-0.72657601).madd(F32x4::splat(0.5307027), v4);
    let v6 = F32x4::splat(0.7107069).madd(v5, v4);
    let v7 = F32x4::splat(-0.142248368).madd(v6, v4);
    let v8 = F32x4::splat(0.1274148).madd(v7, v4);
    let v9 = v8 * v4;
    let v10 = F32x4::splat(-0.5) * v2;
    let v11 = v10 * v2;
    let v12 = exp(v11);
    let v13 = v9 * v12;
    let v14 = F32x4::splat(1.0) - v13;
    let v15 = v14.select(v13, x);
    x * v15
}

#[inline(always)]
fn gelu_gradient(dy: F32x4, x: F32x4) -> F32x4 {
    let v0 = F32x4::zero() - x;
    let v1 = x.max(v0);
    let v2 = v1.min(F32x4::splat(13.0));
    let v3 = F32x4::splat(1.0).madd(F32x4::splat(0.23164189), v2);
    let v4 = F32x4::splat(1.0) / v3;
    let v5 = F32x4::splat(-0.72657601).madd(F32x4::splat(0.5307027), v4);
    let v6 = F32x4::splat(0.7107069).madd(v5, v4);
    let v7 = F32x4::splat(-0.142248368).madd(v6, v4);
    let v8 = F32x4::splat(0.1274148).madd(v7, v4);
    let v9 = v8 * v4;
    let v10 = F32x4::splat(-0.5) * v2;
    let v11 = v10 * v2;
    let v12 = exp(v11);
    let v13 = v9 * v12;
    let v14 = F32x4::splat(1.0) - v13;
    let v15 = v14.select(v13, x);
    let v16 = F32x4::splat(0.3989423) * x;
    let v17 = v15.madd(v16, v12);
    dy * v17
}

#[inline(always)]
fn gelu_tanh(x: F32x4) -> F32x4 {
    let v0 = x.min(F32x4::splat(9.5));
    let v1 = v0.max(F32x4::splat(-9.5));
    let v2 = v1 * v1;
    let v3 = F32x4::splat(1.59576912).madd(F32x4::splat(0.071354816), v2);
    let v4 = v1 * v3;
    let v5 = F32x4::zero() - v4;
    let v6 = v4.max(v5);
    let v7 = F32x4::zero() - v6;
    let v8 = exp(v7);
    let v9 = F32x4::splat(1.0).select(v8, x);
    let v10 = F32x4::splat(1.0) + v8;
    let v11 = F32x4::splat(1.0) / v10;
    let v12 = v9 * v11;
    x * v12
}

#[inline(always)]
fn gelu_tanh_gradient(dy: F32x4, x: F32x4) -> F32x4 {
    let v0 = x.min(F32x4::splat(9.5));
    let v1 = v0.max(F32x4::splat(-9.5));
    let v2 = v1 * v1;
    let v3 = F32x4::splat(1.59576912).madd(F32x4::splat(0.071354816), v2);
    let v4 = v1 * v3;
    let v5 = F32x4::zero() - v4;
    let v6 = v4.max(v5);
    let v7 = F32x4::zero() - v6;
    let v8 = exp(v7);
    let v9 = F32x4::splat(1.0).select(v8, x);
    let v10 = F32x4::splat(1.0) + v8;
    let v11 = F32x4::splat(1.0) / v10;
    let v12 = v9 * v11;
    let v13 = v8 * v11;
    let v14 = v13 * v11;
    let v15 = v1 * v14;
    let v16 = F32x4::splat(1.59576912).madd(F32x4::splat(0.21406445), v2);
    let v17 = v12.madd(v15, v16);
    dy * v17
}

#[inline(always)]
fn relu(x: F32x4) -> F32x4 {
    x.max(F32x4::zero())
}

#[inline(always)]
fn relu_gradient(dy: F32x4, y: F32x4) -> F32x4 {
    dy.gate(y)
}

#[inline(always)]
fn scaled(x: F32x4) -> F32x4 {
    let v0 = F32x4::splat(0.5) * x;
    v0 * x
}

#[inline(always)]
fn scaled_gradient(dy: F32x4, x: F32x4) -> F32x4 {
    dy * x
}

#[inline(always)]
fn tanh(x: F32x4) -> F32x4 {
    let v0 = F32x4::zero() - x;
    let v1 = x.max(v0);
    let v2 = v1.min(F32x4::splat(10.0));
    let v3 = F32x4::splat(-2.0) * v2;
    let v4 = exp(v3);
    let v5 = F32x4::splat(1.0) - v4;
    let v6 = F32x4::splat(1.0) + v4;
    let v7 = v5 / v6;
    let v8 = F32x4::zero() - v7;
    v7.select(v8, x)
}

#[inline(always)]
fn tanh_gradient(dy: F32x4, y: F32x4) -> F32x4 {
    let v0 = y * y;
    let v1 = F32x4::splat(1.0) - v0;
    dy * v1
}

/// The operations by their numbers; 0 is none.
pub const NAMES: &[&str] = &["", "gelu", "gelu_tanh", "relu", "scaled", "tanh"];

/// The operation of a number; 0 leaves everything as it is.
#[inline(always)]
pub fn value(operation: usize, x: F32x4) -> F32x4 {
    match operation {
        1 => gelu(x),
        2 => gelu_tanh(x),
        3 => relu(x),
        4 => scaled(x),
        5 => tanh(x),
        _ => x,
    }
}

/// The gradient before it, from `dy` behind it and what its derivative is computed of.
#[inline(always)]
pub fn gradient(operation: usize, dy: F32x4, operand: F32x4) -> F32x4 {
    match operation {
        1 => gelu_gradient(dy, operand),
        2 => gelu_tanh_gradient(dy, operand),
        3 => relu_gradient(dy, operand),
        4 => scaled_gradient(dy, operand),
        5 => tanh_gradient(dy, operand),
        _ => dy,
    }
}

/// What a product does to its result: `2 operation` is an operation, `2 operation + 1` its derivative. Those of long
/// expressions are left to [`finish_far`], since a call among vectors that are in registers costs products more than a half.
#[inline(always)]
pub fn finish(code: usize, result: F32x4, operand: impl FnOnce() -> F32x4) -> F32x4 {
    match code {
        6 => relu(result),
        7 => relu_gradient(result, operand()),
        8 => scaled(result),
        9 => scaled_gradient(result, operand()),
        _ => result,
    }
}

/// Whether [`finish`] leaves a code to [`finish_far`].
#[inline(always)]
pub fn is_far(code: usize) -> bool {
    [2, 3, 4, 5, 10, 11].contains(&code)
}

/// What [`finish`] leaves.
#[inline(never)]
pub fn finish_far(code: usize, result: F32x4, operand: F32x4) -> F32x4 {
    if code % 2 == 0 {
        value(code / 2, result)
    } else {
        gradient(code / 2, result, operand)
    }
}

/// Calls `body::<OPERATION>(...)` for the operation of a number, so that the choice is made once, outside of loops.
macro_rules! monomorphic {
    ($operation:expr, $body:ident($($argument:expr),*)) => {
        match $operation {
            1 => $body::<1>($($argument),*),
            2 => $body::<2>($($argument),*),
            3 => $body::<3>($($argument),*),
            4 => $body::<4>($($argument),*),
            5 => $body::<5>($($argument),*),
            _ => $body::<0>($($argument),*),
        }
    };
}
pub(super) use monomorphic;
