//! `block_sddmm`: gradient of the active units. See `src/ops/kernels/block_sddmm.ts`.
//!
//! The rows of a list are packed with a column's elements next to each other, so that lanes are rows
//! and no sum runs across a vector. Eight rows by four inputs are summed in registers over a run of
//! columns; `x` is read as it lies.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use super::lists::{Index, Narrow, Wide};
use super::units::{zero, Units, QUAD};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Columns that are packed at a time. Mirrored by `src/ops/kernels/block_sddmm.ts`.
const RUN: usize = 256;

/// `gradient[s, c, r] = dy[row r of s] . x[input c of s]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/block_sddmm.ts` declares.
pub unsafe fn block_sddmm(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(5), args.word(6), args.word(7));
    let (height, width) = (args.word(10), args.word(11));
    let call = Call {
        units: Units::new(args.word(0), args.word(1), [rows, inputs], [height, width]),
        dy: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        gradient: args.write(4),
        columns,
        packed: share.scratch.cast(),
    };
    let part = call.units.lists.share(share.thread, share.threads);
    for column in (0..columns).step_by(RUN) {
        for list in part.clone() {
            if args.word(9) != 0 {
                call.list::<Wide>(list, column);
            } else {
                call.list::<Narrow>(list, column);
            }
        }
    }
    for list in part {
        if args.word(9) != 0 {
            call.clear::<Wide>(list);
        } else {
            call.clear::<Narrow>(list);
        }
    }
    let used = call.units.used();
    let tail = share.range(args.word(8) - used);
    let size = height * width;
    zero(call.gradient.add((used + tail.start) * size), tail.len() * size);
}

struct Call {
    units: Units,
    dy: *const f32,
    x: *const f32,
    gradient: *mut f32,
    columns: usize,
    packed: *mut f32,
}

impl Call {
    /// Adds the run of columns from `column` on to the gradients of a list; the first begins them.
    unsafe fn list<I: Index>(&self, list: usize, column: usize) {
        let Units { lists, inputs, height, width, .. } = self.units;
        let slots = lists.row(list);
        if slots.is_empty() {
            return;
        }
        let run = RUN.min(self.columns - column);
        self.pack(list, column, run);
        for at in (slots.start * width..slots.end * width).step_by(QUAD) {
            let four = if width == 1 {
                I::four(lists.index, at)
            } else {
                let first = I::one(lists.index, at / width) * width + at % width;
                // What lies outside is computed from the last input, and cleared at the end.
                from_fn(|i| (first + i).min(inputs - 1))
            };
            let x = four.map(|input| self.x.add(input * self.columns + column));
            let to = self.gradient.add(at * height);
            if height == QUAD {
                self.tile::<1, 4>(x, 0, run, column == 0, to);
            } else if height == 8 {
                for row in (0..height).step_by(2 * QUAD) {
                    self.tile::<2, 4>(x, row, run, column == 0, to.add(row));
                }
            } else {
                for row in (0..height).step_by(4 * QUAD) {
                    self.tile::<4, 2>([x[0], x[1]], row, run, column == 0, to.add(row));
                    self.tile::<4, 2>(
                        [x[2], x[3]],
                        row,
                        run,
                        column == 0,
                        to.add(row + 2 * height),
                    );
                }
            }
        }
    }

    /// Packs the rows of a list as `[run][height]`, the run up to a multiple of 4, zeros outside.
    unsafe fn pack(&self, list: usize, column: usize, run: usize) {
        let height = self.units.height;
        let rows = self.units.rows_of(list);
        let dy = self.dy.add(list * height * self.columns + column);
        for row in (0..height).step_by(QUAD) {
            for step in (0..run).step_by(4) {
                let lanes = Lanes::first(run - step);
                let vectors = from_fn(|i| {
                    if row + i < rows {
                        lanes.load(dy.add((row + i) * self.columns + step))
                    } else {
                        F32x4::zero()
                    }
                });
                for (i, vector) in F32x4::transpose(vectors).into_iter().enumerate() {
                    vector.store(self.packed.add((step + i) * height + row));
                }
            }
        }
    }

    /// `4 V` rows by four inputs.
    #[inline(always)]
    unsafe fn tile<const V: usize, const N: usize>(
        &self,
        x: [*const f32; N],
        row: usize,
        run: usize,
        first: bool,
        to: *mut f32,
    ) {
        let height = self.units.height;
        let mut sums = [[F32x4::zero(); V]; N];
        let whole = run & !3;
        let mut dy = self.packed.add(row).cast_const();
        for step in (0..whole).step_by(4) {
            let x = x.map(|x| F32x4::load(x.add(step)));
            add::<V, N>(&mut sums, x, dy, height);
            dy = dy.add(4 * height);
        }
        if whole < run {
            let lanes = Lanes::first(run - whole);
            add::<V, N>(&mut sums, x.map(|x| lanes.load(x.add(whole))), dy, height);
        }
        for (i, sums) in sums.into_iter().enumerate() {
            for (j, mut sum) in sums.into_iter().enumerate() {
                let to = to.add(i * height + 4 * j);
                if !first {
                    sum = sum + F32x4::load(to);
                }
                sum.store(to);
            }
        }
    }

    /// Zeros what a list's gradients have outside the matrix, and its padding.
    unsafe fn clear<I: Index>(&self, list: usize) {
        let Units { lists, inputs, height, width, .. } = self.units;
        let Range { start, end } = lists.row(list);
        let size = height * width;
        zero(self.gradient.add(end * size), (self.units.padded(end) - end) * size);
        let rows = self.units.rows_of(list);
        if rows < height {
            for at in start * width..end * width {
                zero(self.gradient.add(at * height + rows), height - rows);
            }
        }
        // Entries ascend: the last alone may reach over the inputs.
        if start < end {
            let first = I::one(lists.index, end - 1) * width;
            let inside = width.min(inputs - first);
            let at = self.gradient.add(((end - 1) * width + inside) * height);
            zero(at, (width - inside) * height);
        }
    }
}

/// Adds the products of four columns of `dy` and of four inputs.
#[inline(always)]
unsafe fn add<const V: usize, const N: usize>(
    sums: &mut [[F32x4; V]; N],
    x: [F32x4; N],
    dy: *const f32,
    height: usize,
) {
    step::<V, N, 0>(sums, x, dy);
    step::<V, N, 1>(sums, x, dy.add(height));
    step::<V, N, 2>(sums, x, dy.add(2 * height));
    step::<V, N, 3>(sums, x, dy.add(3 * height));
}

#[inline(always)]
unsafe fn step<const V: usize, const N: usize, const LANE: usize>(
    sums: &mut [[F32x4; V]; N],
    x: [F32x4; N],
    dy: *const f32,
) {
    if N < V {
        let x = x.map(F32x4::lane::<LANE>);
        for i in 0..V {
            let dy = F32x4::load(dy.add(4 * i));
            for (sums, x) in sums.iter_mut().zip(x) {
                sums[i] = sums[i].madd(x, dy);
            }
        }
        return;
    }
    let dy: [F32x4; V] = from_fn(|i| F32x4::load(dy.add(4 * i)));
    for (sums, x) in sums.iter_mut().zip(x) {
        let x = x.lane::<LANE>();
        for (sum, dy) in sums.iter_mut().zip(dy) {
            *sum = sum.madd(x, dy);
        }
    }
}
