//! What a product does with its result before it is stored: see `src/ops/kernels/epilogue.ts`. Mirrors `EPILOGUE` of
//! `src/ops/kernels/constants.ts`; a test compares the two.
use super::elementwise::Lanes;
use super::pointwise_operations::{finish, finish_far, is_far};
use crate::simd::F32x4;

/// Nothing but an operation, if there is one.
pub const NONE: usize = 0;
/// Adds `extra[row]` first.
pub const BIAS: usize = 1;
/// Takes the gradient before an operation, whose derivative is computed of `extra[row, column]`.
pub const GATE: usize = 2;
/// A number above every form; the rest of an epilogue is the number of an operation.
pub const EPILOGUE_FORMS: usize = 4;
/// Takes the absolute value; for kernels here alone, not part of the contract.
pub const ABSOLUTE: usize = usize::MAX - 1;

// A kind is bias + 2 code, with the codes of `pointwise_operations::finish`: one choice is enough.
const _: () = assert!(BIAS == 1 && GATE == 2 && EPILOGUE_FORMS == 4);

/// An epilogue with its operand.
#[derive(Clone, Copy)]
pub struct Epilogue {
    /// A form, and [`EPILOGUE_FORMS`] times an operation; or [`ABSOLUTE`].
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
        if self.kind % 2 == BIAS {
            *self.extra.add(row)
        } else {
            0.0
        }
    }

    /// Finishes four elements of which the first is (`row`, `column`); the bias is already in. What is stored then goes through
    /// [`Epilogue::finish_stored`].
    ///
    /// # Safety
    /// The four elements must lie inside the gate, if there is one.
    #[inline(always)]
    pub unsafe fn finish(&self, value: F32x4, row: usize, column: usize) -> F32x4 {
        if self.kind == ABSOLUTE {
            return value.abs();
        }
        // SAFETY: an operand is asked for where there is a gate.
        finish(self.kind / 2, value, || unsafe {
            F32x4::load(self.extra.add(row * self.stride + column))
        })
    }

    /// [`Epilogue::finish`] for one element.
    ///
    /// # Safety
    /// The element must lie inside the gate, if there is one.
    #[inline(always)]
    pub unsafe fn finish_one(&self, value: f32, row: usize, column: usize) -> f32 {
        if self.kind == ABSOLUTE {
            return value.abs();
        }
        // SAFETY: an operand is asked for where there is a gate.
        let operand = || unsafe { F32x4::splat(*self.extra.add(row * self.stride + column)) };
        finish(self.kind / 2, F32x4::splat(value), operand).to_array()[0]
    }

    /// Does what [`Epilogue::finish`] has left to `rows` rows of `length` elements that are stored in `y`, `apart` from one row to
    /// the next, of which the first is at `place`.
    ///
    /// # Safety
    /// The elements must be writable, and lie inside the gate, if there is one.
    #[inline(always)]
    pub unsafe fn finish_stored(
        &self,
        y: *mut f32,
        apart: usize,
        rows: usize,
        length: usize,
        place: [usize; 2],
    ) {
        if is_far(self.kind / 2) {
            self.finish_rest(y, apart, rows, length, place);
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn finish_rest(
        &self,
        y: *mut f32,
        apart: usize,
        rows: usize,
        length: usize,
        [row, column]: [usize; 2],
    ) {
        for row in row..row + rows {
            let y = y.add(row * apart + column);
            let extra = self.extra.wrapping_add(row * self.stride + column);
            for i in (0..length).step_by(4) {
                let lanes = Lanes::first(length - i);
                let gated = self.kind & GATE != 0;
                let operand = if gated { lanes.load(extra.add(i)) } else { F32x4::zero() };
                let result = finish_far(self.kind / 2, lanes.load(y.add(i)), operand);
                lanes.store(result, y.add(i));
            }
        }
    }
}
