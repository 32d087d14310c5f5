//! `group_spmm_transposed`: product with the transpose of a matrix of groups. See
//! `src/ops/kernels/group_spmm_transposed.ts`.
//!
//! Threads share the columns, eight at a time. A panel of `y` is kept in scratch; every list adds to it,
//! four slots by eight columns in registers over the rows of the group, in the order of the lists.
use super::elementwise::Lanes;
use super::epilogue::Epilogue;
use super::lists::{Index, Narrow, Wide, LIST_TILE};
use super::units::{copy_panel, zero, Units, PANEL};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = transpose(W) x`, W of groups.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/group_spmm_transposed.ts` declares.
pub unsafe fn group_spmm_transposed(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(6), args.word(7), args.word(8));
    let height = args.word(12);
    let y: *mut f32 = share.scratch.cast();
    let call = Call {
        units: Units::new(args.word(0), args.word(1), [rows, inputs], [height, 1]),
        values: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        columns,
        panel: y,
        packed: y.add((inputs + 1) * PANEL),
    };
    let epilogue =
        Epilogue { kind: args.word(11), extra: args.word(4) as *const f32, stride: columns };
    let panels = share.range(columns.div_ceil(PANEL));
    for column in (panels.start * PANEL..columns.min(panels.end * PANEL)).step_by(PANEL) {
        if args.word(10) != 0 {
            call.sum::<Wide>(column);
        } else {
            call.sum::<Narrow>(column);
        }
        call.write(column, epilogue, args.write(5));
    }
}

struct Call {
    units: Units,
    values: *const f32,
    x: *const f32,
    columns: usize,
    /// Eight columns of `y`, and a row behind them for what padding gives.
    panel: *mut f32,
    /// Eight columns of the rows of a group.
    packed: *mut f32,
}

impl Call {
    /// Sums the panel of `y` from `column` on.
    unsafe fn sum<I: Index>(&self, column: usize) {
        let Units { lists, inputs, height, .. } = self.units;
        zero(self.panel, (inputs + 1) * PANEL);
        for list in 0..lists.rows {
            let slots = lists.row(list);
            if slots.is_empty() {
                continue;
            }
            self.pack(list, column);
            for slot in slots.clone().step_by(LIST_TILE) {
                let mut four = I::four(lists.index, slot);
                for input in four.iter_mut().skip(slots.end - slot) {
                    *input = inputs;
                }
                self.tile(self.values.add(slot * height), four);
            }
        }
    }

    /// Packs eight columns of a group's rows, zeros outside the matrix.
    unsafe fn pack(&self, list: usize, column: usize) {
        let Units { height, .. } = self.units;
        let wide = PANEL.min(self.columns - column);
        let inside = self.units.rows_of(list);
        for row in 0..inside {
            let from = self.x.add((list * height + row) * self.columns + column);
            copy_panel(from, wide, self.packed.add(row * PANEL));
        }
        zero(self.packed.add(inside * PANEL), (height - inside) * PANEL);
    }

    /// Adds the products of four slots.
    #[inline(always)]
    unsafe fn tile(&self, values: *const f32, inputs: [usize; LIST_TILE]) {
        let height = self.units.height;
        let y = inputs.map(|input| self.panel.add(input * PANEL));
        let mut sums = y.map(|y| [F32x4::load(y), F32x4::load(y.add(4))]);
        for row in (0..height).step_by(4) {
            let values: [F32x4; LIST_TILE] =
                core::array::from_fn(|i| F32x4::load(values.add(i * height + row)));
            let x = self.packed.add(row * PANEL).cast_const();
            step::<0>(&mut sums, values, x);
            step::<1>(&mut sums, values, x.add(PANEL));
            step::<2>(&mut sums, values, x.add(2 * PANEL));
            step::<3>(&mut sums, values, x.add(3 * PANEL));
        }
        for (sums, y) in sums.into_iter().zip(y) {
            sums[0].store(y);
            sums[1].store(y.add(4));
        }
    }

    /// Writes the panel.
    unsafe fn write(&self, column: usize, epilogue: Epilogue, y: *mut f32) {
        for input in 0..self.units.inputs {
            for i in (0..PANEL.min(self.columns - column)).step_by(4) {
                let sum = F32x4::load(self.panel.add(input * PANEL + i));
                let to = y.add(input * self.columns + column + i);
                if column + i + 4 <= self.columns {
                    epilogue.finish(sum, input, column + i).store(to);
                } else {
                    let one = |j, sum| epilogue.finish_one(sum, input, column + i + j);
                    let mut done = sum.to_array();
                    for (j, sum) in done.iter_mut().enumerate().take(self.columns - column - i) {
                        *sum = one(j, *sum);
                    }
                    let lanes = Lanes::first(self.columns - column - i);
                    lanes.store(F32x4::from_array(done), to);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn step<const LANE: usize>(
    sums: &mut [[F32x4; 2]; LIST_TILE],
    values: [F32x4; LIST_TILE],
    x: *const f32,
) {
    let (left, right) = (F32x4::load(x), F32x4::load(x.add(4)));
    for (sums, values) in sums.iter_mut().zip(values) {
        let value = values.lane::<LANE>();
        sums[0] = sums[0].madd(value, left);
        sums[1] = sums[1].madd(value, right);
    }
}
