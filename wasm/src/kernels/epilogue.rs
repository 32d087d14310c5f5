//! What a product does with its result before it is stored. Mirrors `EPILOGUE` of
//! `src/ops/kernels/constants.ts`; a test compares the two.
use crate::simd::F32x4;

/// Nothing.
pub const NONE: usize = 0;
/// Adds `extra[row]`.
pub const BIAS: usize = 1;
/// Adds `extra[row]`, then takes max(., 0).
pub const BIAS_RELU: usize = 2;
/// Keeps the result where `extra[row, column] > 0`, else 0.
pub const GATE: usize = 3;
/// Takes the absolute value; for kernels here alone, not part of the contract.
pub const ABSOLUTE: usize = 4;

/// An epilogue with its operand.
#[derive(Clone, Copy)]
pub struct Epilogue {
    /// One of the constants of this module.
    pub kind: usize,
    /// The bias `[rows]` or the gate `[rows, stride]`; not read where the kind needs none.
    pub extra: *const f32,
    /// Elements from one row of the gate to the next.
    pub stride: usize,
}

impl Epilogue {
    /// What every element of a row starts from: its bias or 0.
    ///
    /// # Safety
    /// `row` must be a row of `extra`.
    #[inline(always)]
    pub unsafe fn start(&self, row: usize) -> f32 {
        match self.kind {
            BIAS | BIAS_RELU => *self.extra.add(row),
            _ => 0.0,
        }
    }

    /// Finishes four elements of which the first is (`row`, `column`); the bias is already in.
    ///
    /// # Safety
    /// The four elements must lie inside the gate, if there is one.
    #[inline(always)]
    pub unsafe fn finish(&self, value: F32x4, row: usize, column: usize) -> F32x4 {
        match self.kind {
            BIAS_RELU => value.max(F32x4::zero()),
            GATE => value.gate(F32x4::load(self.extra.add(row * self.stride + column))),
            ABSOLUTE => value.abs(),
            _ => value,
        }
    }

    /// [`Epilogue::finish`] for one element.
    ///
    /// # Safety
    /// The element must lie inside the gate, if there is one.
    #[inline(always)]
    pub unsafe fn finish_one(&self, value: f32, row: usize, column: usize) -> f32 {
        match self.kind {
            BIAS_RELU if value < 0.0 => 0.0,
            GATE if *self.extra.add(row * self.stride + column) > 0.0 => value,
            GATE => 0.0,
            ABSOLUTE => value.abs(),
            _ => value,
        }
    }
}
