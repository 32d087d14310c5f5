//! `nm_select`: the mask of an N:M weight, and the weight under it. See `src/ops/kernels/nm_select.ts`.
//!
//! Magnitudes compare as words, which are below 2^31. Segments of 2, 4, 8, 16 or 32 inputs are chosen from in registers, a
//! word of the mask at a time (`nm_words.rs`), unless members are equal where it matters. All others: four segments
//! at a time, one in each lane; short segments rank their members by comparing all pairs, long ones look for the
//! largest, or the smallest, so many times.
use core::ops::Range;

use super::elementwise::Lanes;
use super::nm_ranks::{choose_largest, load, store};
use super::nm_words::{Choice, ALL, MAGNITUDE, NONZERO};
use crate::args::{Args, Share};
use crate::constants::{mask, MASK_WORDS};
use crate::simd::{F32x4, U32x4};

/// `masked = w` in the mask, `beta * w` outside.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/nm_select.ts` declares.
pub unsafe fn nm_select(args: Args, share: Share) {
    let control: &[u32] = args.read(1, MASK_WORDS);
    let (inputs, segment) = (args.word(6), args.word(8));
    let words = inputs.div_ceil(32);
    let scratch: *mut u32 = share.scratch.cast();
    let call = Call {
        values: args.word(0) as *const f32,
        bits: args.write(2),
        flips: args.write(3),
        masked: args.write(4),
        rows: args.word(5),
        inputs,
        words,
        n: control[mask::N] as usize,
        m: (control[mask::M] as usize).min(segment).max(1),
        beta: F32x4::splat(f32::from_bits(control[mask::BETA])),
        limit: f32::from_bits(control[mask::LIMIT]),
        nonzero: control[mask::MODE] == 1,
        keys: scratch,
        inside: scratch.add(4 * (segment + 4)),
        line: scratch.add(8 * (segment + 4)),
    };
    if args.word(7) == 0 {
        for row in share.range(call.rows) {
            call.row(row);
        }
    } else {
        for group in share.range(call.rows.div_ceil(call.m)) {
            call.group(group * call.m);
        }
    }
}

struct Call {
    values: *const f32,
    bits: *mut u32,
    flips: *mut u32,
    masked: *mut f32,
    rows: usize,
    inputs: usize,
    words: usize,
    n: usize,
    m: usize,
    beta: F32x4,
    limit: f32,
    nonzero: bool,
    /// Magnitudes, lanes of segments for each member.
    keys: *mut u32,
    /// Their masks.
    inside: *mut u32,
    /// Words of the rows at hand.
    line: *mut u32,
}

impl Call {
    /// Members of a segment that are in the mask, of one that may be the last.
    fn share(&self, members: usize) -> usize {
        (self.n * members).div_ceil(self.m)
    }

    /// A row with its segments along the inputs.
    unsafe fn row(&self, row: usize) {
        let Self { inputs, words, .. } = *self;
        let at = row * inputs;
        core::slice::from_raw_parts_mut(self.line, words).fill(0);
        let done = self.by_words(at);
        self.span(at, done, inputs);
        self.finish(row, 0);
    }

    /// Whole words of a row, if their segments are such that they are chosen from in registers. Gives the inputs done.
    unsafe fn by_words(&self, at: usize) -> usize {
        match self.m {
            _ if self.nonzero => self.each_word::<NONZERO, 4>(at),
            _ if self.n >= self.m => self.each_word::<ALL, 4>(at),
            _ if self.limit != f32::INFINITY => 0,
            2 => self.each_word::<2, 4>(at),
            4 => self.each_word::<4, 4>(at),
            8 => self.each_word::<8, 4>(at),
            16 => self.each_word::<16, 4>(at),
            32 => self.each_word::<32, 8>(at),
            _ => 0,
        }
    }

    unsafe fn each_word<const M: usize, const VECTORS: usize>(&self, at: usize) -> usize {
        let choice = Choice::new(self.n, M);
        let whole = self.inputs / 32;
        for word in 0..whole {
            let begin = 32 * word;
            let (from, to) = (self.values.add(at + begin), self.masked.add(at + begin));
            let (bits, unique) = choice.word::<M, VECTORS>(from, to, self.beta);
            if unique {
                *self.line.add(word) = bits;
            } else {
                self.span(at, begin, begin + 32);
            }
        }
        32 * whole
    }

    /// The inputs from `begin` to `end`, whole segments but for the last.
    unsafe fn span(&self, at: usize, mut begin: usize, end: usize) {
        let m = self.m;
        // Two segments of two are a segment of four, of which each half is chosen from by itself.
        let wide = if m == 2 { 4 } else { m };
        while wide % 4 == 0 && begin + 4 * wide <= end {
            self.whole(at, begin, wide);
            begin += 4 * wide;
        }
        while begin < end {
            let members = m.min(end - begin);
            let lanes = if members < m { 1 } else { ((end - begin) / m).min(4) };
            self.some(at, begin, members, lanes);
            begin += lanes * members;
        }
    }

    /// Four whole segments of `m` inputs, a multiple of 4.
    unsafe fn whole(&self, at: usize, begin: usize, m: usize) {
        let from = self.values.add(at + begin);
        let segments = |j: usize| [0, 1, 2, 3].map(|lane| F32x4::load(from.add(lane * m + j)));
        for j in (0..m).step_by(4) {
            for (i, column) in F32x4::transpose(segments(j)).into_iter().enumerate() {
                store(column.abs().words(), self.keys.add(4 * (j + i)));
            }
        }
        if self.m == 2 {
            self.choose(0, 2);
            self.choose(2, 2);
        } else {
            self.choose(0, m);
        }
        for j in (0..m).step_by(4) {
            let columns = [0, 1, 2, 3].map(|i| load(self.inside.add(4 * (j + i))).floats());
            for (lane, inside) in F32x4::transpose(columns).into_iter().enumerate() {
                let place = begin + lane * m + j;
                let value = F32x4::load(self.values.add(at + place));
                self.put(at, place, value, inside.words(), Lanes::first(4), self.line);
            }
        }
    }

    /// `lanes` segments of any length, one after the other.
    unsafe fn some(&self, at: usize, begin: usize, members: usize, lanes: usize) {
        let from = self.values.add(at + begin);
        for j in 0..members {
            for lane in 0..4 {
                let place = lane.min(lanes - 1) * members + j;
                *self.keys.add(4 * j + lane) = (*from.add(place)).to_bits() & MAGNITUDE;
            }
        }
        self.choose(0, members);
        for lane in 0..lanes {
            for j in 0..members {
                let place = begin + lane * members + j;
                let inside = U32x4::splat(*self.inside.add(4 * j + lane));
                let value = F32x4::splat(*self.values.add(at + place));
                self.put(at, place, value, inside, Lanes::first(1), self.line);
            }
        }
    }

    /// The rows from `first` on that are a segment, for all inputs.
    unsafe fn group(&self, first: usize) {
        let Self { inputs, words, .. } = *self;
        let members = self.m.min(self.rows - first);
        core::slice::from_raw_parts_mut(self.line, members * words).fill(0);
        let choice = Choice::of_columns(self.share(members), members, self.nonzero);
        let plain = self.nonzero || self.limit == f32::INFINITY;
        for begin in (0..inputs).step_by(16) {
            let at = first * inputs + begin;
            let (from, to) = (self.values.add(at), self.masked.add(at));
            let line = self.line.add(begin / 32);
            // Half a word of each row.
            let tell = |j: usize, bits: u32| *line.add(j * words) |= bits << (begin % 32);
            let whole = plain && begin + 16 <= inputs;
            if whole && choice.columns((from, to), (members, inputs), self.beta, tell) {
                continue;
            }
            for j in 0..members {
                *line.add(j * words) &= !(0xffff << (begin % 32));
            }
            self.ranks(first, members, begin..inputs.min(begin + 16));
        }
        for j in 0..members {
            self.finish(first + j, j * words);
        }
    }

    /// Some inputs of the rows from `first` on that are a segment.
    unsafe fn ranks(&self, first: usize, members: usize, part: Range<usize>) {
        let Self { inputs, words, .. } = *self;
        for begin in part.step_by(4) {
            let lanes = Lanes::first(inputs - begin);
            for j in 0..members {
                let value = lanes.load(self.values.add((first + j) * inputs + begin));
                store(value.abs().words(), self.keys.add(4 * j));
            }
            self.choose(0, members);
            for j in 0..members {
                let at = (first + j) * inputs;
                let value = lanes.load(self.values.add(at + begin));
                let inside = load(self.inside.add(4 * j));
                self.put(at, begin, value, inside, lanes, self.line.add(j * words));
            }
        }
    }

    /// Writes up to four weights of a row and their bits. They lie in one word, since fours do and singles.
    #[inline(always)]
    unsafe fn put(
        &self,
        at: usize,
        place: usize,
        value: F32x4,
        inside: U32x4,
        lanes: Lanes,
        line: *mut u32,
    ) {
        let outside = self.beta * value;
        let masked = value.words().pick(outside.words(), inside).floats();
        lanes.store(masked, self.masked.add(at + place));
        *line.add(place / 32) |= lanes.bits(inside.tops()) << (place % 32);
    }

    /// Puts the words at `from` of the line in the place of those of a row, and counts what changes.
    unsafe fn finish(&self, row: usize, from: usize) {
        for word in 0..self.words {
            let bits = self.bits.add(row * self.words + word);
            let now = *self.line.add(from + word);
            let changed = *bits ^ now;
            if changed != 0 {
                let flips = self.flips.add(row * self.words + word);
                *flips = (*flips).wrapping_add(changed.count_ones());
                *bits = now;
            }
        }
    }

    /// Which of the members from `first` on are in the mask.
    unsafe fn choose(&self, first: usize, members: usize) {
        let keys = self.keys.add(4 * first);
        let inside = self.inside.add(4 * first);
        let n = self.share(members);
        if self.nonzero {
            for j in 0..members {
                let positive = load(keys.add(4 * j)).above(U32x4::splat(0));
                store(positive, inside.add(4 * j));
            }
        } else if n >= members {
            core::slice::from_raw_parts_mut(inside, 4 * members).fill(u32::MAX);
        } else {
            // The sum comes first: choosing may use the magnitudes up.
            let whole = self.heavy(keys, members);
            choose_largest(keys, inside, members, n);
            self.fill(inside, members, whole);
        }
    }

    /// All bits in the lanes whose segments have a sum above the limit.
    unsafe fn heavy(&self, keys: *const u32, members: usize) -> U32x4 {
        if self.limit == f32::INFINITY {
            return U32x4::splat(0);
        }
        let mut sum = F32x4::zero();
        for j in 0..members {
            sum = sum + load(keys.add(4 * j)).floats();
        }
        // Neither is below 0, so that they compare as words.
        sum.words().above(F32x4::splat(self.limit).words())
    }

    unsafe fn fill(&self, inside: *mut u32, members: usize, whole: U32x4) {
        if whole.tops() != 0 {
            for j in 0..members {
                let all = U32x4::splat(u32::MAX);
                store(all.pick(load(inside.add(4 * j)), whole), inside.add(4 * j));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{numbers, Word};

    /// Calls the kernel with scratch memory, and gives the bits and what is under the mask.
    fn select(
        values: &mut [f32],
        [rows, inputs, along]: [usize; 3],
        [n, m]: [usize; 2],
        beta: f32,
    ) -> (Vec<u32>, Vec<u32>, Vec<f32>) {
        let length = rows * inputs.div_ceil(32);
        let (mut bits, mut flips) = (vec![0; length], vec![0; length]);
        let mut masked = vec![f32::NAN; rows * inputs];
        let mut control =
            vec![n as u32, m as u32, beta.to_bits(), f32::INFINITY.to_bits(), 0, 0, 0, 0];
        let words: Vec<usize> = [
            Word::F32(values),
            Word::U32(&mut control),
            Word::U32(&mut bits),
            Word::U32(&mut flips),
            Word::F32(&mut masked),
            Word::Number(rows),
            Word::Number(inputs),
            Word::Number(along),
            Word::Number(m),
        ]
        .iter_mut()
        .map(|word| match word {
            Word::F32(buffer) => buffer.as_mut_ptr() as usize,
            Word::U32(buffer) => buffer.as_mut_ptr() as usize,
            Word::Number(number) => *number,
            Word::Float(float) => float.to_bits() as usize,
        })
        .collect();
        for thread in 0..3 {
            let mut scratch = vec![0u32; 8 * (m + 4) + (inputs.div_ceil(32) + 1) * m];
            let share = Share { thread, threads: 3, scratch: scratch.as_mut_ptr().cast() };
            // SAFETY: the buffers have the lengths that the parameters tell.
            unsafe { nm_select(Args(&words), share) };
        }
        (bits, flips, masked)
    }

    #[test]
    fn nm_select_keeps_the_largest_of_each_segment() {
        for (rows, inputs) in [(1, 1), (5, 70), (16, 128)] {
            for (n, m) in [(1, 2), (2, 4), (3, 7), (4, 8), (2, 16), (30, 32)] {
                let mut values = numbers(rows * inputs, 5);
                // Some that are equal.
                values.iter_mut().for_each(|w| *w = (*w * 4.0).round() / 4.0);
                for along in [0, 1] {
                    let shape = [rows, inputs, along];
                    let (bits, flips, masked) = select(&mut values, shape, [n, m], 0.5);
                    for at in 0..rows * inputs {
                        let (row, input) = (at / inputs, at % inputs);
                        let (place, length, step) =
                            if along == 0 { (input, inputs, 1) } else { (row, rows, inputs) };
                        let begin = place / m * m;
                        let members = m.min(length - begin);
                        let before = (0..members)
                            .filter(|j| {
                                let other = values[at + (begin + j) * step - place * step].abs();
                                let own = values[at].abs();
                                other > own || other == own && begin + j < place
                            })
                            .count();
                        let inside = before < (n * members).div_ceil(m);
                        let word = row * inputs.div_ceil(32) + input / 32;
                        assert_eq!(
                            bits[word] >> (input % 32) & 1 == 1,
                            inside,
                            "{n}:{m} {shape:?} {at}"
                        );
                        assert_eq!(masked[at], if inside { values[at] } else { 0.5 * values[at] });
                        assert_eq!(flips[word], bits[word].count_ones());
                    }
                }
            }
        }
    }
}
