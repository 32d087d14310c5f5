//! `group_spmm_transposed`: product with the transpose of a matrix of groups. See
//! `src/ops/kernels/group_spmm_transposed.ts`.
//!
//! Threads share the columns. The rows of a group are packed in panels of eight columns; then every
//! four slots run through the panels, with four rows of `y` by eight columns in registers over the
//! rows of the group. The groups add to `y` in their order, and so do the slots of a list that repeats an input.
//!
//! Slower: a packed panel of `y` that all groups add to before the next is begun, since the values
//! must then be turned once for each; two slots by sixteen columns, whose values need no turning.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use super::epilogue::{Epilogue, NONE};
use super::lists::{Index, Narrow, Wide, LIST_TILE};
use super::units::{copy_panel, zero, Units, PANEL};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Columns that are packed at a time. Mirrored by `src/ops/kernels/group_spmm_transposed.ts`.
const RUN: usize = 256;

/// `y = transpose(W) x`, W of groups.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/group_spmm_transposed.ts` declares.
pub unsafe fn group_spmm_transposed(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(6), args.word(7), args.word(8));
    let height = args.word(12);
    let packed: *mut f32 = share.scratch.cast();
    let turned = packed.add(RUN * height);
    let call = Call {
        units: Units::new(args.word(0), args.word(1), [rows, inputs], [height, 1]),
        values: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        y: args.write(5),
        columns,
        packed,
        turned,
        spare: turned.add(LIST_TILE * height),
    };
    let epilogue =
        Epilogue { kind: args.word(11), extra: args.word(4) as *const f32, stride: columns };
    let panels = share.range(columns.div_ceil(PANEL));
    let part = panels.start * PANEL..columns.min(panels.end * PANEL);
    for column in part.clone().step_by(RUN) {
        let run = column..part.end.min(column + RUN);
        for input in 0..inputs {
            zero(call.y.add(input * columns + column), run.len());
        }
        if args.word(10) != 0 {
            call.sum::<Wide>(run.clone());
        } else {
            call.sum::<Narrow>(run.clone());
        }
        if epilogue.kind != NONE {
            call.finish(run, epilogue);
        }
    }
}

struct Call {
    units: Units,
    values: *const f32,
    x: *const f32,
    y: *mut f32,
    columns: usize,
    /// A run of columns of the rows of a group, `[run / 8][height][8]`.
    packed: *mut f32,
    /// The values of four slots, `[height][4]`.
    turned: *mut f32,
    /// A run of columns for what padding gives.
    spare: *mut f32,
}

impl Call {
    /// Sums the columns `run` of `y`.
    unsafe fn sum<I: Index>(&self, run: Range<usize>) {
        let Units { lists, height, .. } = self.units;
        zero(self.spare, RUN);
        for list in 0..lists.rows {
            let slots = lists.row(list);
            if slots.is_empty() {
                continue;
            }
            self.pack(list, run.clone());
            for slot in slots.clone().step_by(LIST_TILE) {
                self.turn(self.values.add(slot * height));
                let four = I::four(lists.index, slot);
                let some = slots.end - slot;
                // Inputs ascend, so that equal ones are neighbours.
                if (1..LIST_TILE).any(|i| i < some && four[i] == four[i - 1]) {
                    self.one_by_one::<I>(slot..slots.end.min(slot + LIST_TILE), run.clone());
                    continue;
                }
                let mut y = four.map(|input| self.y.add(input * self.columns + run.start));
                for y in y.iter_mut().skip(some) {
                    *y = self.spare;
                }
                self.add(y, run.len());
            }
        }
    }

    /// Adds the products of the slots `slots`, of which some are of the same input, one after the other.
    #[cold]
    unsafe fn one_by_one<I: Index>(&self, slots: Range<usize>, run: Range<usize>) {
        for (i, slot) in slots.enumerate() {
            let mut y = [self.spare; LIST_TILE];
            y[i] = self.y.add(I::one(self.units.lists.index, slot) * self.columns + run.start);
            self.add(y, run.len());
        }
    }

    /// Adds the products of four slots and `run` columns to the rows `y`, of which no two are the same but the spare one.
    #[inline(always)]
    unsafe fn add(&self, y: [*mut f32; LIST_TILE], run: usize) {
        let height = self.units.height;
        let whole = run / PANEL * PANEL;
        for column in (0..whole).step_by(PANEL) {
            self.tile(self.packed.add(column * height), y.map(|y| y.add(column)));
        }
        if whole < run {
            self.edge(self.packed.add(whole * height), y.map(|y| y.add(whole)), run - whole);
        }
    }

    /// Packs a run of columns of a group's rows, zeros outside the matrix.
    unsafe fn pack(&self, list: usize, run: Range<usize>) {
        let Units { height, .. } = self.units;
        let inside = self.units.rows_of(list);
        let from = self.x.add(list * height * self.columns);
        for column in run.clone().step_by(PANEL) {
            let to = self.packed.add((column - run.start) * height);
            let wide = PANEL.min(run.end - column);
            for row in 0..inside {
                copy_panel(from.add(row * self.columns + column), wide, to.add(row * PANEL));
            }
            zero(to.add(inside * PANEL), (height - inside) * PANEL);
        }
    }

    /// Turns the values of four slots.
    unsafe fn turn(&self, values: *const f32) {
        let height = self.units.height;
        for row in (0..height).step_by(4) {
            let slots = from_fn(|i| F32x4::load(values.add(i * height + row)));
            for (i, vector) in F32x4::transpose(slots).into_iter().enumerate() {
                vector.store(self.turned.add((row + i) * LIST_TILE));
            }
        }
    }

    /// Adds the products of four slots and eight columns.
    #[inline(always)]
    unsafe fn tile(&self, x: *const f32, y: [*mut f32; LIST_TILE]) {
        let sums = y.map(|y| [F32x4::load(y), F32x4::load(y.add(4))]);
        for (sums, y) in self.products(x, sums).into_iter().zip(y) {
            sums[0].store(y);
            sums[1].store(y.add(4));
        }
    }

    /// [`Call::tile`] for fewer columns.
    #[cold]
    unsafe fn edge(&self, x: *const f32, y: [*mut f32; LIST_TILE], wide: usize) {
        let lanes = [Lanes::first(wide), Lanes::first(wide.saturating_sub(4))];
        let sums = y.map(|y| [lanes[0].load(y), lanes[1].load(y.wrapping_add(4))]);
        for (sums, y) in self.products(x, sums).into_iter().zip(y) {
            lanes[0].store(sums[0], y);
            lanes[1].store(sums[1], y.wrapping_add(4));
        }
    }

    /// `sums` and the products of the turned values and a packed panel.
    #[inline(always)]
    unsafe fn products(
        &self,
        mut x: *const f32,
        mut sums: [[F32x4; 2]; LIST_TILE],
    ) -> [[F32x4; 2]; LIST_TILE] {
        let mut values = self.turned.cast_const();
        let end = x.add(self.units.height * PANEL);
        while x < end {
            let four = F32x4::load(values);
            let (left, right) = (F32x4::load(x), F32x4::load(x.add(4)));
            let four = [four.lane::<0>(), four.lane::<1>(), four.lane::<2>(), four.lane::<3>()];
            for (sums, value) in sums.iter_mut().zip(four) {
                sums[0] = sums[0].madd(value, left);
                sums[1] = sums[1].madd(value, right);
            }
            values = values.add(LIST_TILE);
            x = x.add(PANEL);
        }
        sums
    }

    /// Carries the epilogue out on the columns `run` of `y`.
    unsafe fn finish(&self, run: Range<usize>, epilogue: Epilogue) {
        for input in 0..self.units.inputs {
            let start = epilogue.start(input);
            let whole = run.start + run.len() / 4 * 4;
            for column in (run.start..whole).step_by(4) {
                let y = self.y.add(input * self.columns + column);
                let sum = F32x4::load(y) + F32x4::splat(start);
                epilogue.finish(sum, input, column).store(y);
            }
            for column in whole..run.end {
                let y = self.y.add(input * self.columns + column);
                *y = epilogue.finish_one(*y + start, input, column);
            }
        }
        let place = [0, run.start];
        epilogue.finish_stored(self.y, self.columns, self.units.inputs, run.len(), place);
    }
}
