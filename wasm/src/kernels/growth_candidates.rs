//! `growth_candidates`: the largest dense gradients among the inactive inputs of every row. See
//! `src/ops/kernels/growth_candidates.ts`.
//!
//! A block of rows of the dense gradient is computed by the register tiles of `gemm` into scratch,
//! as absolute values. One pass over a row then compares four scores at a time with the least that
//! can still be chosen; few pass, and those are collected and cut back to `count` when the list is full.
use core::ops::Range;

use super::epilogue::{Epilogue, ABSOLUTE};
use super::lists::{Index, Lists, Narrow, Wide, LIST_TILE};
use super::panel::{multiply, scratch_floats, Factor, Target};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Most floats of the dense gradient that exist at a time, as long as a row fits.
const BLOCK_FLOATS: usize = 131_072;
/// Rows of a block: at most these, to bound the scratch of narrow matrices, and at least those, to
/// make packing the inputs worth while.
const BLOCK_ROWS: [usize; 2] = [8, 128];
/// Room for candidates beyond `count` before the list is cut back.
const SLACK: usize = 64;
/// Fills a row that has fewer inactive inputs than `count`.
const NONE: u32 = u32::MAX;
/// The score of an active input: less than every absolute value.
const ACTIVE: f32 = -1.0;

/// Writes the `count` best inactive inputs of each row, and their scores.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/growth_candidates.ts` declares.
pub unsafe fn growth_candidates(args: Args, share: Share) {
    let (rows, inputs, columns, count) = (args.word(6), args.word(7), args.word(8), args.word(10));
    let lists = Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows };
    let dy = Factor { data: args.word(2) as *const f32, line: columns, depth: 1 };
    let x = Factor { data: args.word(3) as *const f32, line: columns, depth: 1 };
    let wide = args.word(9) != 0;

    let high = block_rows(inputs);
    let stride = inputs.next_multiple_of(4);
    let scores: *mut f32 = share.scratch.cast();
    let chosen = scores.add((high * stride).next_multiple_of(4));
    let room = count + count.max(SLACK);
    let packed = chosen.add(2 * room.next_multiple_of(2));
    let mut chosen = Chosen::new(chosen.cast(), room, count);

    let epilogue = Epilogue { kind: ABSOLUTE, extra: core::ptr::null(), stride: 0 };
    let part = share.range(rows);
    for first in part.clone().step_by(high) {
        let block = first..part.end.min(first + high);
        let from = Factor { data: dy.data.add(first * columns), ..dy };
        let target = Target { data: scores, stride, epilogue };
        multiply(from, x, columns, 0..block.len(), 0..inputs, target, packed);
        for row in block.clone() {
            let scores = scores.add((row - first) * stride);
            for i in inputs..stride {
                *scores.add(i) = ACTIVE;
            }
            if wide {
                exclude::<Wide>(&lists, row, scores);
            } else {
                exclude::<Narrow>(&lists, row, scores);
            }
            chosen.choose(scores, stride);
            chosen.write(
                args.write::<u32>(4).add(row * count),
                args.write::<f32>(5).add(row * count),
            );
        }
    }
}

/// Rows of the dense gradient that are computed at a time. Mirrored by
/// `src/ops/kernels/growth_candidates.ts`.
fn block_rows(inputs: usize) -> usize {
    (BLOCK_FLOATS / inputs.next_multiple_of(4) / 4 * 4).clamp(BLOCK_ROWS[0], BLOCK_ROWS[1])
}

/// Floats of scratch that a thread needs. Mirrored by `src/ops/kernels/growth_candidates.ts`.
pub fn scratch(inputs: usize, columns: usize, count: usize) -> usize {
    let high = block_rows(inputs);
    let room = (count + count.max(SLACK)).next_multiple_of(2);
    high * inputs.next_multiple_of(4) + 2 * room + scratch_floats(high, inputs, columns)
}

/// Marks the active inputs of a row.
unsafe fn exclude<I: Index>(lists: &Lists, row: usize, scores: *mut f32) {
    let Range { start, end } = lists.row(row);
    for slot in (start..end).step_by(LIST_TILE) {
        let inputs = I::four(lists.index, slot);
        for &input in inputs.iter().take(end - slot) {
            *scores.add(input) = ACTIVE;
        }
    }
}

/// The candidates of a row so far. One is a number: the bits of its score above those of its input
/// inverted, so that the greater number is the better candidate, ties to the lower input.
struct Chosen {
    keys: *mut u64,
    room: usize,
    count: usize,
    length: usize,
}

impl Chosen {
    fn new(keys: *mut u64, room: usize, count: usize) -> Self {
        Self { keys, room, count, length: 0 }
    }

    /// Chooses from `length` scores, a multiple of 4.
    unsafe fn choose(&mut self, scores: *const f32, length: usize) {
        self.length = 0;
        if self.count == 0 {
            return;
        }
        // Later inputs lose a tie with the least chosen score: strictly greater is right.
        let mut least = F32x4::splat(ACTIVE / 2.0);
        for first in (0..length).step_by(4) {
            let mut passed = F32x4::load(scores.add(first)).greater(least);
            while passed != 0 {
                let input = first + passed.trailing_zeros() as usize;
                passed &= passed - 1;
                let key =
                    u64::from((*scores.add(input)).to_bits()) << 32 | u64::from(!(input as u32));
                *self.keys.add(self.length) = key;
                self.length += 1;
            }
            if self.length + 4 > self.room {
                self.cut();
                least = F32x4::splat(f32::from_bits((*self.keys.add(self.count - 1) >> 32) as u32));
            }
        }
        self.cut();
    }

    /// Keeps the best `count`, the least of them last.
    unsafe fn cut(&mut self) {
        if self.length > self.count {
            let keys = core::slice::from_raw_parts_mut(self.keys, self.length);
            keys.select_nth_unstable_by(self.count - 1, |a, b| b.cmp(a));
            self.length = self.count;
        }
    }

    /// Writes the chosen in ascending order of input.
    unsafe fn write(&mut self, input: *mut u32, score: *mut f32) {
        let keys = core::slice::from_raw_parts_mut(self.keys, self.length);
        keys.sort_unstable_by_key(|&key| !(key as u32));
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
