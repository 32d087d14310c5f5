//! Pointwise operations and their derivatives. Written by `deno task generate` from `src/ops/pointwise`.
use super::softmax::Exponential;
use crate::simd::F32x4;

/// The operations by their numbers; 0 is none.
pub const NAMES: &[&str] = &["", "gelu", "gelu_tanh", "relu", "scaled", "tanh"];

const NUMBERS: [f32; 18] = [
    1.0,
    0.1274148,
    -0.142248368,
    0.7107069,
    -0.72657601,
    0.5307027,
    0.23164189,
    13.0,
    -0.5,
    0.3989423,
    9.5,
    -9.5,
    1.59576912,
    0.071354816,
    0.21406445,
    0.5,
    -2.0,
    10.0,
];

/// What the operations compute with.
#[derive(Clone, Copy)]
pub struct Constants {
    numbers: [F32x4; NUMBERS.len()],
    exp: Exponential,
}

impl Constants {
    /// As they are written.
    #[inline(always)]
    pub fn written() -> Self {
        Self { numbers: NUMBERS.map(F32x4::splat), exp: Exponential::written() }
    }

    /// Held in vectors, for loops: V8 would otherwise make each anew in every round.
    #[inline(always)]
    pub fn held() -> Self {
        let numbers = core::hint::black_box(NUMBERS.map(F32x4::splat));
        Self { numbers, exp: Exponential::held() }
    }

    /// The operation of a number; 0 leaves everything as it is.
    #[inline(always)]
    pub fn value(&self, operation: usize, x: F32x4) -> F32x4 {
        match operation {
            1 => self.gelu(x),
            2 => self.gelu_tanh(x),
            3 => self.relu(x),
            4 => self.scaled(x),
            5 => self.tanh(x),
            _ => x,
        }
    }

    /// The gradient before it, from `dy` behind it and what its derivative is computed of.
    #[inline(always)]
    pub fn gradient(&self, operation: usize, dy: F32x4, operand: F32x4) -> F32x4 {
        match operation {
            1 => self.gelu_gradient(dy, operand),
            2 => self.gelu_tanh_gradient(dy, operand),
            3 => self.relu_gradient(dy, operand),
            4 => self.scaled_gradient(dy, operand),
            5 => self.tanh_gradient(dy, operand),
            _ => dy,
        }
    }

    #[inline(always)]
    fn gelu(&self, x: F32x4) -> F32x4 {
        let v0 = F32x4::zero() - x;
        let v1 = x.max(v0);
        let v2 = v1.min(self.numbers[7]);
        let v3 = self.numbers[0].madd(self.numbers[6], v2);
        let v4 = self.numbers[0] / v3;
        let v5 = self.numbers[4].madd(self.numbers[5], v4);
        let v6 = self.numbers[3].madd(v5, v4);
        let v7 = self.numbers[2].madd(v6, v4);
        let v8 = self.numbers[1].madd(v7, v4);
        let v9 = v8 * v4;
        let v10 = self.numbers[8] * v2;
        let v11 = v10 * v2;
        let v12 = self.exp.of(v11);
        let v13 = v9 * v12;
        let v14 = self.numbers[0] - v13;
        let v15 = v14.select(v13, x);
        x * v15
    }

    #[inline(always)]
    fn gelu_gradient(&self, dy: F32x4, x: F32x4) -> F32x4 {
        let v0 = F32x4::zero() - x;
        let v1 = x.max(v0);
        let v2 = v1.min(self.numbers[7]);
        let v3 = self.numbers[0].madd(self.numbers[6], v2);
        let v4 = self.numbers[0] / v3;
        let v5 = self.numbers[4].madd(self.numbers[5], v4);
        let v6 = self.numbers[3].madd(v5, v4);
        let v7 = self.numbers[2].madd(v6, v4);
        let v8 = self.numbers[1].madd(v7, v4);
        let v9 = v8 * v4;
        let v10 = self.numbers[8] * v2;
        let v11 = v10 * v2;
        let v12 = self.exp.of(v11);
        let v13 = v9 * v12;
        let v14 = self.numbers[0] - v13;
        let v15 = v14.select(v13, x);
        let v16 = self.numbers[9] * x;
        let v17 = v15.madd(v16, v12);
        dy * v17
    }

    #[inline(always)]
    fn gelu_tanh(&self, x: F32x4) -> F32x4 {
        let v0 = x.min(self.numbers[10]);
        let v1 = v0.max(self.numbers[11]);
        let v2 = v1 * v1;
        let v3 = self.numbers[12].madd(self.numbers[13], v2);
        let v4 = v1 * v3;
        let v5 = F32x4::zero() - v4;
        let v6 = v4.max(v5);
        let v7 = F32x4::zero() - v6;
        let v8 = self.exp.of(v7);
        let v9 = self.numbers[0].select(v8, x);
        let v10 = self.numbers[0] + v8;
        let v11 = self.numbers[0] / v10;
        let v12 = v9 * v11;
        x * v12
    }

    #[inline(always)]
    fn gelu_tanh_gradient(&self, dy: F32x4, x: F32x4) -> F32x4 {
        let v0 = x.min(self.numbers[10]);
        let v1 = v0.max(self.numbers[11]);
        let v2 = v1 * v1;
        let v3 = self.numbers[12].madd(self.numbers[13], v2);
        let v4 = v1 * v3;
        let v5 = F32x4::zero() - v4;
        let v6 = v4.max(v5);
        let v7 = F32x4::zero() - v6;
        let v8 = self.exp.of(v7);
        let v9 = self.numbers[0].select(v8, x);
        let v10 = self.numbers[0] + v8;
        let v11 = self.numbers[0] / v10;
        let v12 = v9 * v11;
        let v13 = v8 * v11;
        let v14 = v13 * v11;
        let v15 = v1 * v14;
        let v16 = self.numbers[12].madd(self.numbers[14], v2);
        let v17 = v12.madd(v15, v16);
        dy * v17
    }

    #[inline(always)]
    fn relu(&self, x: F32x4) -> F32x4 {
        x.max(F32x4::zero())
    }

    #[inline(always)]
    fn relu_gradient(&self, dy: F32x4, y: F32x4) -> F32x4 {
        dy.gate(y)
    }

    #[inline(always)]
    fn scaled(&self, x: F32x4) -> F32x4 {
        let v0 = self.numbers[15] * x;
        v0 * x
    }

    #[inline(always)]
    fn scaled_gradient(&self, dy: F32x4, x: F32x4) -> F32x4 {
        dy * x
    }

    #[inline(always)]
    fn tanh(&self, x: F32x4) -> F32x4 {
        let v0 = F32x4::zero() - x;
        let v1 = x.max(v0);
        let v2 = v1.min(self.numbers[17]);
        let v3 = self.numbers[16] * v2;
        let v4 = self.exp.of(v3);
        let v5 = self.numbers[0] - v4;
        let v6 = self.numbers[0] + v4;
        let v7 = v5 / v6;
        let v8 = F32x4::zero() - v7;
        v7.select(v8, x)
    }

    #[inline(always)]
    fn tanh_gradient(&self, dy: F32x4, y: F32x4) -> F32x4 {
        let v0 = y * y;
        let v1 = self.numbers[0] - v0;
        dy * v1
    }
}

/// What a product does to its result: `2 operation` is an operation, `2 operation + 1` its derivative. Those of long
/// expressions are left to [`finish_far`], since a call among vectors that are in registers costs products more than a half.
#[inline(always)]
pub fn finish(code: usize, result: F32x4, operand: impl FnOnce() -> F32x4) -> F32x4 {
    let all = Constants::written();
    match code {
        6 => all.relu(result),
        7 => all.relu_gradient(result, operand()),
        8 => all.scaled(result),
        9 => all.scaled_gradient(result, operand()),
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
    let all = Constants::written();
    if code % 2 == 0 {
        all.value(code / 2, result)
    } else {
        all.gradient(code / 2, result, operand)
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
