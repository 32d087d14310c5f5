//! Pointwise operations and their derivatives. Written by `deno task generate` from `src/ops/pointwise`.
use crate::simd::F32x4;

#[inline(always)]
fn relu(x: F32x4) -> F32x4 {
    x.max(F32x4::zero())
}

#[inline(always)]
fn relu_gradient(dy: F32x4, y: F32x4) -> F32x4 {
    dy.gate(y)
}

/// The operations by their numbers; 0 is none.
pub const NAMES: &[&str] = &["", "relu"];

/// The operation of a number; 0 leaves everything as it is.
#[inline(always)]
pub fn value(operation: usize, x: F32x4) -> F32x4 {
    match operation {
        1 => relu(x),
        _ => x,
    }
}

/// The gradient before it, from `dy` behind it and what its derivative is computed of.
#[inline(always)]
pub fn gradient(operation: usize, dy: F32x4, operand: F32x4) -> F32x4 {
    match operation {
        1 => relu_gradient(dy, operand),
        _ => dy,
    }
}

/// What a product does to its result: `2 operation` is an operation, `2 operation + 1` its derivative. Long expressions are
/// called, so that products stay short.
#[inline(always)]
pub fn finish(code: usize, result: F32x4, operand: impl FnOnce() -> F32x4) -> F32x4 {
    match code {
        0 => result,
        2 => relu(result),
        3 => relu_gradient(result, operand()),
        _ if code % 2 == 0 => value_far(code / 2, result),
        _ => gradient_far(code / 2, result, operand()),
    }
}

#[inline(never)]
fn value_far(operation: usize, x: F32x4) -> F32x4 {
    value(operation, x)
}

#[inline(never)]
fn gradient_far(operation: usize, dy: F32x4, operand: F32x4) -> F32x4 {
    gradient(operation, dy, operand)
}

/// Calls `body::<OPERATION>(...)` for the operation of a number, so that the choice is made once, outside of loops.
macro_rules! monomorphic {
    ($operation:expr, $body:ident($($argument:expr),*)) => {
        match $operation {
            1 => $body::<1>($($argument),*),
            _ => $body::<0>($($argument),*),
        }
    };
}
pub(super) use monomorphic;
