//! `block_sddmm`: gradient of the active units. See `src/ops/kernels/block_sddmm.ts`.
//!
//! The rows of a list are packed with a column's elements next to each other, so that lanes are rows
//! and no sum runs across a vector.
//!
//! Blocks of eight rows and more: `x` is packed likewise, four inputs next to each other, and a
//! register tile of four inputs by eight rows runs as in the dense product. Otherwise `x` is read as it
//! lies, four inputs at a time, and the elements of a vector are spread; packing would cost more than
//! the few rows of a group save.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use super::lists::{Index, Narrow, Wide};
use super::units::{sum, zero, Units, PANEL, QUAD};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Most columns that are packed at a time. Mirrored by `src/ops/kernels/block_sddmm.ts`.
const RUN: usize = 256;
/// Floats of `x` that are packed at a time, as long as 32 columns fit. Mirrored likewise.
const PACKED: usize = 262_144;

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
    if args.word(9) != 0 {
        call.run::<Wide>(part);
    } else {
        call.run::<Narrow>(part);
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
    /// A run of columns of a list's rows, then of `x`: of all inputs for blocks, else of four.
    packed: *mut f32,
}

impl Call {
    /// The gradients of the lists `part`.
    unsafe fn run<I: Index>(&self, part: Range<usize>) {
        let Units { lists, inputs, height, width, .. } = self.units;
        let blocks = width > 1 && height >= PANEL;
        let run = if blocks { run(inputs.next_multiple_of(width)) } else { RUN };
        if part.clone().any(|list| !lists.row(list).is_empty()) {
            for column in (0..self.columns).step_by(run) {
                let run = column..self.columns.min(column + run);
                if blocks {
                    self.pack_inputs(run.clone());
                }
                for list in part.clone().filter(|&list| !lists.row(list).is_empty()) {
                    if blocks {
                        self.blocks::<I>(list, run.clone());
                    } else {
                        self.slots::<I>(list, run.clone());
                    }
                }
            }
        }
        for list in part {
            self.clear::<I>(list);
        }
    }

    /// Adds a run of columns to the gradients of a list of blocks; the first begins them.
    unsafe fn blocks<I: Index>(&self, list: usize, run: Range<usize>) {
        let Units { lists, height, width, .. } = self.units;
        let depth = run.len().next_multiple_of(4);
        let x = self.packed.add(depth * height);
        self.pack_rows::<PANEL>(list, run.clone());
        for slot in lists.row(list) {
            let first = I::one(lists.index, slot) * width;
            for c in (0..width).step_by(QUAD) {
                let x = x.add((first + c) * depth);
                for row in (0..height).step_by(PANEL) {
                    let tile = sum(x, QUAD, self.packed.add(row * depth), depth);
                    let to = self.gradient.add((slot * width + c) * height + row);
                    for (i, sums) in tile.into_iter().enumerate() {
                        store(sums, run.start == 0, to.add(i * height));
                    }
                }
            }
        }
    }

    /// Packs a run of columns of `x` as `[inputs / 4][run][4]`, zeros outside.
    unsafe fn pack_inputs(&self, run: Range<usize>) {
        let Units { inputs, height, width, .. } = self.units;
        let depth = run.len().next_multiple_of(4);
        let to = self.packed.add(depth * height);
        for input in (0..inputs.next_multiple_of(width)).step_by(QUAD) {
            let inside = inputs.saturating_sub(input);
            let from = self.x.wrapping_add(input * self.columns + run.start);
            pack(from, self.columns, inside, run.len(), to.add(input * depth), QUAD);
        }
    }

    /// Packs a run of columns of a list's rows as `[height / WIDTH][run][WIDTH]`, zeros outside.
    unsafe fn pack_rows<const WIDTH: usize>(&self, list: usize, run: Range<usize>) {
        let Units { height, .. } = self.units;
        let depth = run.len().next_multiple_of(4);
        let rows = self.units.rows_of(list);
        let dy = self.dy.add(list * height * self.columns + run.start);
        for row in (0..height).step_by(QUAD) {
            let (panel, lane) = (row / WIDTH * WIDTH, row % WIDTH);
            let to = self.packed.add(panel * depth + lane);
            let from = dy.wrapping_add(row * self.columns);
            pack(from, self.columns, rows.saturating_sub(row), run.len(), to, WIDTH);
        }
    }

    /// Adds a run of columns to the gradients of a list of slots or low blocks; the first begins them.
    unsafe fn slots<I: Index>(&self, list: usize, run: Range<usize>) {
        let Units { lists, inputs, height, width, .. } = self.units;
        let slots = lists.row(list);
        if !TALL && height > PANEL {
            return self.packed_slots::<I>(list, run);
        }
        match height {
            4 => self.pack_rows::<4>(list, run.clone()),
            8 => self.pack_rows::<8>(list, run.clone()),
            16 => self.pack_rows::<16>(list, run.clone()),
            _ => self.pack_rows::<32>(list, run.clone()),
        }
        for at in (slots.start * width..slots.end * width).step_by(QUAD) {
            let four = if width == 1 {
                I::four(lists.index, at)
            } else {
                let first = I::one(lists.index, at / width) * width + at % width;
                // What lies outside is computed from the last input, and cleared at the end.
                from_fn(|i| (first + i).min(inputs - 1))
            };
            let x = four.map(|input| self.x.add(input * self.columns + run.start));
            let (to, first) = (self.gradient.add(at * height), run.start == 0);
            for row in (0..height).step_by(if TALL { 4 * QUAD } else { PANEL }) {
                let to = to.add(row);
                if height == QUAD {
                    self.tile::<1, 4>(x, row, run.len(), first, to);
                } else if height == PANEL || !TALL {
                    self.tile::<2, 4>(x, row, run.len(), first, to);
                } else {
                    self.tile::<4, 2>([x[0], x[1]], row, run.len(), first, to);
                    self.tile::<4, 2>([x[2], x[3]], row, run.len(), first, to.add(2 * height));
                }
            }
        }
    }

    /// [`Call::slots`], the inputs of every four slots packed for the many rows of the group.
    unsafe fn packed_slots<I: Index>(&self, list: usize, run: Range<usize>) {
        let Units { lists, height, .. } = self.units;
        let depth = run.len().next_multiple_of(4);
        let packed = self.packed.add(depth * height);
        self.pack_rows::<PANEL>(list, run.clone());
        for at in lists.row(list).step_by(QUAD) {
            let x = I::four(lists.index, at).map(|i| self.x.add(i * self.columns + run.start));
            for step in (0..run.len()).step_by(4) {
                let lanes = Lanes::first(run.len() - step);
                let four = F32x4::transpose(x.map(|x| lanes.load(x.add(step))));
                for (i, vector) in four.into_iter().enumerate() {
                    vector.store(packed.add((step + i) * QUAD));
                }
            }
            for row in (0..height).step_by(PANEL) {
                let tile = sum(packed, QUAD, self.packed.add(row * depth), depth);
                let to = self.gradient.add(at * height + row);
                for (i, sums) in tile.into_iter().enumerate() {
                    store(sums, run.start == 0, to.add(i * height));
                }
            }
        }
    }

    /// `4 V` rows by `N` inputs.
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
            store(sums, first, to.add(i * height));
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

/// Whether sixteen rows by two inputs are faster than eight by four: where a product needs a register
/// before it is added.
const TALL: bool = !cfg!(target_feature = "relaxed-simd");

/// Columns of `x` that are packed at a time.
fn run(inputs: usize) -> usize {
    (PACKED / inputs / 32 * 32).clamp(32, RUN)
}

/// Packs up to four lines of `length` elements, `line` apart: element `step` of line i goes to
/// `to[step * width + i]`. Lines from `lines` on are 0, and so is what fills the last four steps.
unsafe fn pack(
    from: *const f32,
    line: usize,
    lines: usize,
    length: usize,
    to: *mut f32,
    width: usize,
) {
    let whole = if lines < QUAD { 0 } else { length & !3 };
    for step in (0..whole).step_by(4) {
        let vectors = from_fn(|i| F32x4::load(from.add(i * line + step)));
        for (i, vector) in F32x4::transpose(vectors).into_iter().enumerate() {
            vector.store(to.add((step + i) * width));
        }
    }
    for step in (whole..length).step_by(4) {
        let lanes = Lanes::first(length - step);
        let vectors = from_fn(|i| {
            if i < lines {
                lanes.load(from.wrapping_add(i * line + step))
            } else {
                F32x4::zero()
            }
        });
        for (i, vector) in F32x4::transpose(vectors).into_iter().enumerate() {
            vector.store(to.add((step + i) * width));
        }
    }
}

/// Writes sums, or adds them to what is there.
#[inline(always)]
unsafe fn store<const V: usize>(sums: [F32x4; V], first: bool, to: *mut f32) {
    for (i, mut sum) in sums.into_iter().enumerate() {
        let to = to.add(4 * i);
        if !first {
            sum = sum + F32x4::load(to);
        }
        sum.store(to);
    }
}

/// Adds the products of four columns of `dy` and of `N` inputs.
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
