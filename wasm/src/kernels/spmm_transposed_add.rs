//! `spmm_transposed_add`: product with the transpose of a matrix of single connections, added to what is
//! there. See `src/ops/kernels/spmm_transposed_add.ts`.
//!
//! Threads share the inputs. The connections of a thread's inputs are sorted by input first, which takes a
//! few hundredths of the time and spares the matrix a view by columns; then each input keeps its 8 vectors
//! of sums in registers over all its connections.
use core::ops::Range;

use super::lists::{Index, Lists, Narrow, Wide, TILE, VECTORS};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y += transpose(W) x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/spmm_transposed_add.ts` declares.
pub unsafe fn spmm_transposed_add(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(5), args.word(6), args.word(7));
    let starts: *mut u32 = share.scratch.cast();
    let call = Call {
        lists: Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows },
        values: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        y: args.write(4),
        columns,
        starts,
        sorted: starts.add(inputs + 1).cast(),
    };
    let inputs = share.range(inputs);
    if args.word(9) != 0 {
        call.sort::<Wide>(inputs.clone());
    } else {
        call.sort::<Narrow>(inputs.clone());
    }
    for column in (0..columns).step_by(TILE) {
        for input in inputs.clone() {
            call.add(input, input - inputs.start, column);
        }
    }
}

/// A connection of an input: its value and its row.
#[derive(Clone, Copy)]
#[repr(C)]
struct Connection {
    value: f32,
    row: u32,
}

struct Call {
    lists: Lists,
    values: *const f32,
    x: *const f32,
    y: *mut f32,
    columns: usize,
    /// Where the connections of each input of this thread end in `sorted`.
    starts: *mut u32,
    sorted: *mut Connection,
}

impl Call {
    /// Sorts the connections of `inputs` by input, those of an input by row.
    unsafe fn sort<I: Index>(&self, inputs: Range<usize>) {
        for i in 0..=inputs.len() {
            *self.starts.add(i) = 0;
        }
        for row in 0..self.lists.rows {
            for slot in self.lists.row(row) {
                let input = I::one(self.lists.index, slot).wrapping_sub(inputs.start);
                if input < inputs.len() {
                    *self.starts.add(input + 1) += 1;
                }
            }
        }
        let mut before = 0;
        for i in 0..=inputs.len() {
            before += *self.starts.add(i);
            *self.starts.add(i) = before;
        }
        for row in 0..self.lists.rows {
            for slot in self.lists.row(row) {
                let input = I::one(self.lists.index, slot).wrapping_sub(inputs.start);
                if input < inputs.len() {
                    let place = self.starts.add(input);
                    let value = *self.values.add(slot);
                    *self.sorted.add(*place as usize) = Connection { value, row: row as u32 };
                    *place += 1;
                }
            }
        }
    }

    /// Adds what the connections of the `place`th input of this thread give in a tile of columns.
    #[inline(always)]
    unsafe fn add(&self, input: usize, place: usize, column: usize) {
        let begin = if place == 0 { 0 } else { *self.starts.add(place - 1) as usize };
        let end = *self.starts.add(place) as usize;
        if begin == end {
            return;
        }
        let x = self.x.add(column);
        let mut sums = [F32x4::zero(); VECTORS];
        for i in begin..end {
            let Connection { value, row } = *self.sorted.add(i);
            let (value, x) = (F32x4::splat(value), x.add(row as usize * self.columns));
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = sum.madd(value, F32x4::load(x.add(4 * i)));
            }
        }
        let y = self.y.add(input * self.columns + column);
        for (i, sum) in sums.into_iter().enumerate() {
            (F32x4::load(y.add(4 * i)) + sum).store(y.add(4 * i));
        }
    }
}
