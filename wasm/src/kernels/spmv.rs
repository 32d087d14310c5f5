//! `spmv`: sparse product with one vector. See `src/ops/kernels/spmv.ts`.
//!
//! Single connections are gathered four to a vector, sixteen at a time into four sums, so that no
//! addition waits for the one before. What is gathered from is addressed two at a time: instructions are what
//! bounds this kernel, not memory. Units go over the rows of a unit, which lie side by side.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::gemv::store;
use super::lists::{Elements, Index, Lists, Narrow, Wide, LIST_TILE};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = W x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/spmv.ts` declares.
pub unsafe fn spmv(args: Args, share: Share) {
    let (rows, inputs, wide) = (args.word(6), args.word(7), args.word(9) != 0);
    let (height, width) = (args.word(11), args.word(12));
    let call = Call {
        lists: Lists {
            span: args.word(0) as *const u32,
            index: args.word(1) as *const u32,
            rows: rows.div_ceil(height),
        },
        values: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        epilogue: Epilogue { kind: args.word(10), extra: args.word(4) as *const f32, stride: 1 },
        y: args.write(5),
        rows,
        inputs,
    };
    if height == 1 && width == 1 {
        let part = call.lists.share(share.thread, share.threads);
        if wide {
            call.connections::<Wide>(part);
        } else {
            call.connections::<Narrow>(part);
        }
    } else {
        call.units(share.range(call.lists.rows), height, width, wide);
    }
}

struct Call {
    lists: Lists,
    values: *const f32,
    x: *const f32,
    epilogue: Epilogue,
    y: *mut f32,
    rows: usize,
    inputs: usize,
}

impl Call {
    unsafe fn connections<I: Index>(&self, rows: Range<usize>) {
        let x = Elements::of(self.x);
        for row in rows {
            store(&self.epilogue, self.row::<I>(row, x), row, self.y);
        }
    }

    /// The sum of the products of a row.
    #[inline(always)]
    unsafe fn row<I: Index>(&self, row: usize, x: Elements) -> f32 {
        let Range { start, end } = self.lists.row(row);
        let mut sums = [F32x4::zero(); 4];
        // What is left of the list; it begins at a multiple of 4.
        let mut index = self.lists.index.add(start / LIST_TILE * I::WORDS);
        let mut values = self.values.add(start);
        let mut left = end - start;
        while left >= 4 * LIST_TILE {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = four::<I>(index.add(I::WORDS * i), values.add(LIST_TILE * i), x, *sum);
            }
            index = index.add(4 * I::WORDS);
            values = values.add(4 * LIST_TILE);
            left -= 4 * LIST_TILE;
        }
        while left >= LIST_TILE {
            sums[0] = four::<I>(index, values, x, sums[0]);
            index = index.add(I::WORDS);
            values = values.add(LIST_TILE);
            left -= LIST_TILE;
        }
        let mut sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum();
        if left > 0 {
            // Padding is not multiplied: what it points at may not be finite.
            for (i, element) in I::elements(index, x).into_iter().enumerate().take(left) {
                sum += *values.add(i) * *element;
            }
        }
        sum
    }

    unsafe fn units(&self, lists: Range<usize>, height: usize, width: usize, wide: bool) {
        const MOST: usize = 32;
        debug_assert!(height <= MOST);
        for list in lists {
            let mut sums = [0.0f32; MOST];
            let sums = &mut sums[..height];
            for slot in self.lists.row(list) {
                let entry = if wide {
                    *self.lists.index.add(slot) as usize
                } else {
                    usize::from(*self.lists.index.cast::<u16>().add(slot))
                };
                for c in 0..width.min(self.inputs - entry * width) {
                    let value = self.values.add((slot * width + c) * height);
                    let x = F32x4::splat(*self.x.add(entry * width + c));
                    for r in (0..height).step_by(4) {
                        let at = sums.as_mut_ptr().add(r);
                        F32x4::load(at).madd(F32x4::load(value.add(r)), x).store(at);
                    }
                }
            }
            let first = list * height;
            for (i, &sum) in sums.iter().enumerate().take(self.rows - first) {
                store(&self.epilogue, sum, first + i, self.y);
            }
        }
    }
}

/// `sum` plus the products of four connections with the elements of `x` that they read.
#[inline(always)]
unsafe fn four<I: Index>(index: *const u32, values: *const f32, x: Elements, sum: F32x4) -> F32x4 {
    sum.madd(F32x4::load(values), F32x4::gather(I::elements(index, x)))
}
