//! `spmm_transposed_add`: product with the transpose of a matrix of single connections, added to what is
//! there. See `src/ops/kernels/spmm_transposed_add.ts`.
//!
//! Two ways, with the same bits: what an input adds is summed up from 0 in the order of its rows, then added.
//!
//! *Gather.* Threads share the inputs. The connections of a thread's inputs are sorted by input first, which takes a
//! quarter of the time and spares the matrix a view by columns; then each input keeps its 8 vectors of
//! sums in registers over all its connections, as a row of `spmm` does.
//!
//! *Scatter*, where most of `x` is 0, as the gradient of a loss is that most labels have met: threads share the columns. Each
//! vector of `x` that is not 0 is added to the sums of its row's inputs in scratch memory.
use core::ops::Range;

use super::lists::{
    sum, vanishes_mostly, Index, Lists, Narrow, Tile, Wide, LIST_TILE, TILE, VECTORS,
};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y += transpose(W) x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/spmm_transposed_add.ts` declares.
pub unsafe fn spmm_transposed_add(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(5), args.word(6), args.word(7));
    let room = args.word(8) + (LIST_TILE - 1) * inputs;
    let tile: *mut f32 = share.scratch.cast();
    let values = tile.add(TILE * rows.max(inputs));
    let index: *mut u32 = values.add(room).cast();
    let call = Call {
        lists: Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows },
        values: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        y: args.write(4),
        inputs,
        columns,
        tile,
        sorted: Sorted { values, index, ends: index.add(room) },
    };
    let scatters = vanishes_mostly(call.x, rows * columns);
    match (scatters, args.word(9) != 0) {
        (true, true) => call.scatter::<Wide>(share.range(columns / 4)),
        (true, false) => call.scatter::<Narrow>(share.range(columns / 4)),
        (false, true) => call.gather::<Wide>(share.range(inputs)),
        (false, false) => call.gather::<Narrow>(share.range(inputs)),
    }
}

/// Connections by input, each input's from a multiple of [`LIST_TILE`] on.
struct Sorted {
    values: *mut f32,
    /// Rows, as [`Narrow`] or [`Wide`].
    index: *mut u32,
    /// Where the connections of each input end.
    ends: *mut u32,
}

struct Call {
    lists: Lists,
    values: *const f32,
    x: *const f32,
    y: *mut f32,
    inputs: usize,
    columns: usize,
    /// A tile of columns: of `x` for the one way, of sums for the other.
    tile: *mut f32,
    sorted: Sorted,
}

impl Call {
    /// Adds what the connections of `inputs` give.
    unsafe fn gather<I: Index>(&self, inputs: Range<usize>) {
        // Numbers of rows are half as long where they can be.
        if self.lists.rows <= 1 << 16 {
            self.gather_rows::<I, Narrow>(inputs);
        } else {
            self.gather_rows::<I, Wide>(inputs);
        }
    }

    unsafe fn gather_rows<I: Index, R: Index>(&self, inputs: Range<usize>) {
        let connections = if inputs.len() == self.inputs {
            self.sort::<I, R, true>(inputs.clone())
        } else {
            self.sort::<I, R, false>(inputs.clone())
        };
        for column in (0..self.columns).step_by(TILE) {
            let rows = self.lists.rows;
            let x = Tile::of(self.x, rows, self.columns, column, connections, self.tile);
            let y = self.y.add(column);
            if x.stride == TILE {
                self.add::<R, true>(inputs.clone(), x, y);
            } else {
                self.add::<R, false>(inputs.clone(), x, y);
            }
        }
    }

    /// Sorts the connections of `inputs` by input, those of an input by row, and gives how many they are. With `ALL` those are
    /// the inputs of all.
    unsafe fn sort<I: Index, R: Index, const ALL: bool>(&self, inputs: Range<usize>) -> usize {
        let ends = self.sorted.ends;
        core::ptr::write_bytes(ends, 0, inputs.len());
        self.each::<I>(|_, _, input| {
            let input = if ALL { input } else { input.wrapping_sub(inputs.start) };
            if ALL || input < inputs.len() {
                *ends.add(input) += 1;
            }
        });
        let (mut place, mut connections) = (0, 0);
        for input in 0..inputs.len() {
            let count = *ends.add(input);
            *ends.add(input) = place;
            place += count.next_multiple_of(LIST_TILE as u32);
            connections += count;
        }
        self.each::<I>(|row, slot, input| {
            let input = if ALL { input } else { input.wrapping_sub(inputs.start) };
            if ALL || input < inputs.len() {
                let end = ends.add(input);
                *self.sorted.values.add(*end as usize) = *self.values.add(slot);
                R::put(self.sorted.index, *end as usize, row);
                *end += 1;
            }
        });
        connections as usize
    }

    /// Calls `body` with row, slot and input of each connection.
    #[inline(always)]
    unsafe fn each<I: Index>(&self, mut body: impl FnMut(usize, usize, usize)) {
        for row in 0..self.lists.rows {
            let Range { start, end } = self.lists.row(row);
            let whole = start + (end - start) / LIST_TILE * LIST_TILE;
            for slot in (start..whole).step_by(LIST_TILE) {
                let [a, b, c, d] = I::four(self.lists.index, slot);
                body(row, slot, a);
                body(row, slot + 1, b);
                body(row, slot + 2, c);
                body(row, slot + 3, d);
            }
            for slot in whole..end {
                body(row, slot, I::one(self.lists.index, slot));
            }
        }
    }

    /// Adds what the sorted connections of `inputs` give in a tile of columns.
    unsafe fn add<R: Index, const PACKED: bool>(&self, inputs: Range<usize>, x: Tile, y: *mut f32) {
        let Sorted { values, index, ends } = self.sorted;
        let mut begin = 0;
        for (place, input) in inputs.enumerate() {
            let end = *ends.add(place) as usize;
            if begin < end {
                let none = [F32x4::zero(); VECTORS];
                let sums = sum::<R, PACKED>(index, values, begin..end, x, none);
                let y = y.add(input * self.columns);
                for (i, sum) in sums.into_iter().enumerate() {
                    (F32x4::load(y.add(4 * i)) + sum).store(y.add(4 * i));
                }
            }
            begin = end.next_multiple_of(LIST_TILE);
        }
    }

    /// Adds what those of the vectors `vectors` of a row that are not 0 give.
    unsafe fn scatter<I: Index>(&self, vectors: Range<usize>) {
        for first in vectors.clone().step_by(VECTORS) {
            let part = first..vectors.end.min(first + VECTORS);
            for input in 0..self.inputs {
                for i in 0..part.len() {
                    F32x4::zero().store(self.tile.add(TILE * input + 4 * i));
                }
            }
            for row in 0..self.lists.rows {
                for vector in part.clone() {
                    let x = F32x4::load(self.x.add(row * self.columns + 4 * vector));
                    if !x.vanishes() {
                        self.spread::<I>(row, x, self.tile.add(4 * (vector - first)));
                    }
                }
            }
            for input in 0..self.inputs {
                for (i, vector) in part.clone().enumerate() {
                    let y = self.y.add(input * self.columns + 4 * vector);
                    let sum = F32x4::load(self.tile.add(TILE * input + 4 * i));
                    (F32x4::load(y) + sum).store(y);
                }
            }
        }
    }

    /// Adds a vector of `x` to the sums of the inputs of its row.
    #[inline(always)]
    unsafe fn spread<I: Index>(&self, row: usize, x: F32x4, sums: *mut f32) {
        let Range { start, end } = self.lists.row(row);
        let whole = start + (end - start) / LIST_TILE * LIST_TILE;
        let add = |input: usize, value: F32x4| {
            let at = sums.add(TILE * input);
            F32x4::load(at).madd(value, x).store(at);
        };
        for slot in (start..whole).step_by(LIST_TILE) {
            let [a, b, c, d] = I::four(self.lists.index, slot);
            let values = F32x4::load(self.values.add(slot));
            add(a, values.lane::<0>());
            add(b, values.lane::<1>());
            add(c, values.lane::<2>());
            add(d, values.lane::<3>());
        }
        for slot in whole..end {
            add(I::one(self.lists.index, slot), F32x4::spread(self.values.add(slot)));
        }
    }
}
