//! `growth_candidates`: the largest dense gradients among the inactive entries of every list. See
//! `src/ops/kernels/growth_candidates.ts`.
//!
//! A block of rows of the dense gradient is computed by the register tiles of `gemm` into scratch,
//! as absolute values, and reduced to one score for each unit. One pass over a segment then compares
//! four scores at a time with the least that can still be chosen; few pass, and those are collected, in
//! order, and cut back to `count` when the list is full. The pass begins a little below what the last
//! list's choice ended at, and is repeated from 0 if too few were above it.
use super::candidates::{room, Chosen, ACTIVE};
use super::epilogue::{Epilogue, ABSOLUTE};
use super::lists::{Index, Lists, Narrow, Wide};
use super::pack::{Factor, Pack};
use super::panel::{multiply, scratch_floats, Target};
use super::units::Units;
use crate::args::{Args, Share};
use crate::constants::{norm, NONE};
use crate::simd::F32x4;

/// Most floats of the dense gradient that exist at a time, as long as a row fits.
const BLOCK_FLOATS: usize = 131_072;
/// Rows of a block: at most these, to bound the scratch of narrow matrices, and at least those, to
/// make packing the inputs worth while.
const BLOCK_ROWS: [usize; 2] = [8, 128];

/// Writes the `count` best inactive entries of each segment of each list, and their scores.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/growth_candidates.ts` declares.
pub unsafe fn growth_candidates(args: Args, share: Share) {
    let (inputs, columns) = (args.word(7), args.word(8));
    let size = [args.word(11), args.word(12)];
    let factor = |data| Factor { data: data as *const f32, line: columns, depth: 1 };
    let search = Search {
        units: Units::new(args.word(0), args.word(1), [args.word(6), inputs], size),
        wide: args.word(9) != 0,
        dy: factor(args.word(2)),
        x: factor(args.word(3)),
        depth: columns,
        norm: args.word(14),
        segment: args.word(13),
    };
    search.run(Output::new(args.write(4), args.write(5), args.word(10)), share);
}

/// A search for candidates: over the gradient `dy x`, whatever `x` is packed from.
pub struct Search<X> {
    /// The matrix.
    pub units: Units,
    /// Whether its index holds u32.
    pub wide: bool,
    /// Lines: its rows.
    pub dy: Factor,
    /// Lines: its inputs.
    pub x: X,
    /// Steps of both.
    pub depth: usize,
    /// How a unit's gradients make one score: one of the constants of [`norm`].
    pub norm: usize,
    /// Entries of a segment.
    pub segment: usize,
}

impl<X: Pack + Copy> Search<X> {
    /// Writes the best of each segment of this thread's lists.
    ///
    /// # Safety
    /// What the search names must be readable, `to` writable, and the scratch as [`scratch`] says.
    pub unsafe fn run(&self, mut to: Output, share: Share) {
        let Self { units, dy, segment, .. } = *self;
        let Units { inputs, height, width, .. } = units;
        let high = block_rows(inputs, height);
        let stride = row_stride(inputs, width);
        let entries = inputs.div_ceil(width);
        let segments = entries.div_ceil(segment.max(1));
        let scores: *mut f32 = share.scratch.cast();
        let chosen = scores.add(high * stride);
        let packed = chosen.add(4 * room(to.count));
        let mut chosen = Chosen::new(chosen.cast(), to.count);

        let epilogue = Epilogue { kind: ABSOLUTE, extra: core::ptr::null(), stride: 0 };
        let part = share.range(units.lists.rows);
        for first in part.clone().step_by(high / height) {
            let block = first..part.end.min(first + high / height);
            let row = first * height;
            let rows = units.rows.min(block.end * height) - row;
            let from = Factor { data: dy.data.add(row * dy.line), ..dy };
            let target = Target { data: scores, stride, epilogue, spread: None, onto: false };
            multiply(from, self.x, self.depth, 0..rows, 0..inputs, target, packed);
            for list in block.clone() {
                let scores = scores.add((list - first) * height * stride);
                if [height, width] != [1, 1] {
                    let norm = Norm { kind: self.norm, inputs, rows: units.rows_of(list) };
                    norm.reduce(scores, stride, width);
                }
                for i in entries..entries.next_multiple_of(4) {
                    *scores.add(i) = ACTIVE;
                }
                if self.wide {
                    exclude::<Wide>(&units.lists, list, scores);
                } else {
                    exclude::<Narrow>(&units.lists, list, scores);
                }
                for at in 0..segments {
                    let range = at * segment..entries.min((at + 1) * segment);
                    chosen.choose(scores, range);
                    to.write(chosen.keys(), list * segments + at);
                }
            }
        }
    }
}

/// Rows of the dense gradient that are computed at a time: whole units. Mirrored by
/// `src/ops/kernels/growth_candidates.ts`.
fn block_rows(inputs: usize, height: usize) -> usize {
    let rows = BLOCK_FLOATS / inputs.next_multiple_of(4) / 4 * 4;
    (rows.clamp(BLOCK_ROWS[0], BLOCK_ROWS[1]) / height).max(1) * height
}

/// Floats of a row of scores: whole vectors and whole units.
fn row_stride(inputs: usize, width: usize) -> usize {
    inputs.next_multiple_of(width.max(4))
}

/// Floats of scratch that a thread needs. Mirrored by `src/ops/kernels/growth_candidates.ts`.
pub fn scratch([inputs, columns]: [usize; 2], [height, width]: [usize; 2], count: usize) -> usize {
    let high = block_rows(inputs, height);
    high * row_stride(inputs, width) + 4 * room(count) + scratch_floats(high, inputs, columns)
}

/// Marks the active entries of a list.
unsafe fn exclude<I: Index>(lists: &Lists, list: usize, scores: *mut f32) {
    for slot in lists.row(list) {
        *scores.add(I::one(lists.index, slot)) = ACTIVE;
    }
}

/// How the magnitudes of a unit's gradients make one score.
struct Norm {
    /// One of the constants of [`norm`].
    kind: usize,
    /// Inputs of the matrix.
    inputs: usize,
    /// Rows of this list that lie inside the matrix.
    rows: usize,
}

impl Norm {
    /// Turns rows of magnitudes, `stride` apart, into one score for each unit, in the first row.
    unsafe fn reduce(&self, data: *mut f32, stride: usize, width: usize) {
        match self.kind {
            norm::MAX => self.fold(data, stride, width, |x| x, F32x4::max),
            norm::L2 => self.fold(data, stride, width, |x| x * x, |a, b| a + b),
            _ => self.fold(data, stride, width, |x| x, |a, b| a + b),
        }
        for unit in 0..self.inputs.div_ceil(width) {
            let score = data.add(unit);
            match self.kind {
                norm::MEAN => {
                    let inside = width.min(self.inputs - unit * width) * self.rows;
                    *score /= inside as f32;
                }
                norm::L2 => *score = (*score).sqrt(),
                _ => {}
            }
        }
    }

    /// Adds up, by `join`, what `of` makes of the magnitudes of each unit.
    #[inline(always)]
    unsafe fn fold(
        &self,
        data: *mut f32,
        stride: usize,
        width: usize,
        of: impl Fn(F32x4) -> F32x4,
        join: impl Fn(F32x4, F32x4) -> F32x4,
    ) {
        for i in (0..stride).step_by(4) {
            let mut score = of(F32x4::load(data.add(i)));
            for row in 1..self.rows {
                score = join(score, of(F32x4::load(data.add(row * stride + i))));
            }
            score.store(data.add(i));
        }
        if width == 1 {
            return;
        }
        for i in self.inputs..stride {
            *data.add(i) = 0.0;
        }
        for unit in 0..stride / width {
            let from = data.add(unit * width);
            let mut score = F32x4::load(from);
            for i in (4..width).step_by(4) {
                score = join(score, F32x4::load(from.add(i)));
            }
            score = join(score, score.rotate::<2>());
            score = join(score, score.rotate::<1>());
            *data.add(unit) = score.to_array()[0];
        }
    }
}

/// Where candidates go.
pub struct Output {
    input: *mut u32,
    score: *mut f32,
    count: usize,
}

impl Output {
    /// `count` candidates of each segment go to `input` and `score`.
    pub fn new(input: *mut u32, score: *mut f32, count: usize) -> Self {
        Self { input, score, count }
    }

    /// Writes the candidates of one segment.
    unsafe fn write(&mut self, keys: &[u64], at: usize) {
        let (input, score) = (self.input.add(at * self.count), self.score.add(at * self.count));
        for (i, &key) in keys.iter().enumerate() {
            *input.add(i) = !(key as u32);
            *score.add(i) = f32::from_bits((key >> 32) as u32);
        }
        for i in keys.len()..self.count {
            *input.add(i) = NONE;
            *score.add(i) = 0.0;
        }
    }
}
