//! `nm_select`: the mask of an N:M weight, and the weight under it. See `src/ops/kernels/nm_select.ts`.
//!
//! Four segments at a time, one in each lane. Magnitudes compare as words, which are below 2^31. Short segments rank
//! their members by comparing all pairs; long ones look for the largest, or the smallest, so many times.
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::constants::{mask, MASK_WORDS};
use crate::simd::{F32x4, U32x4};

/// Longest segment whose members are ranked by comparing all pairs.
const RANKED: usize = 8;

/// The bits of a number but for its sign.
const MAGNITUDE: u32 = 0x7fff_ffff;

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
        let Self { m, inputs, words, .. } = *self;
        let at = row * inputs;
        core::slice::from_raw_parts_mut(self.line, words).fill(0);
        // Two segments of two are a segment of four, of which each half is chosen from by itself.
        let wide = if m == 2 { 4 } else { m };
        let mut begin = 0;
        while wide % 4 == 0 && begin + 4 * wide <= inputs {
            self.whole(at, begin, wide);
            begin += 4 * wide;
        }
        while begin < inputs {
            let members = m.min(inputs - begin);
            let lanes = if members < m { 1 } else { ((inputs - begin) / m).min(4) };
            self.some(at, begin, members, lanes);
            begin += lanes * members;
        }
        self.finish(row, 0);
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
        for begin in (0..inputs).step_by(4) {
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
        for j in 0..members {
            self.finish(first + j, j * words);
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
            let (bits, flips) =
                (self.bits.add(row * self.words + word), self.flips.add(row * self.words + word));
            let now = *self.line.add(from + word);
            *flips = (*flips).wrapping_add((*bits ^ now).count_ones());
            *bits = now;
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
            match members {
                2 => ranked::<2>(keys, inside, n),
                3 => ranked::<3>(keys, inside, n),
                4 => ranked::<4>(keys, inside, n),
                5 => ranked::<5>(keys, inside, n),
                6 => ranked::<6>(keys, inside, n),
                7 => ranked::<7>(keys, inside, n),
                RANKED => ranked::<RANKED>(keys, inside, n),
                _ => {
                    // The sum comes first: choosing uses the magnitudes up.
                    let whole = self.heavy(keys, members);
                    searched(keys, inside, members, n);
                    return self.fill(inside, members, whole);
                }
            }
            let whole = self.heavy(keys, members);
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

#[inline(always)]
unsafe fn load(from: *const u32) -> U32x4 {
    F32x4::load(from.cast()).words()
}

#[inline(always)]
unsafe fn store(words: U32x4, to: *mut u32) {
    words.floats().store(to.cast());
}

/// The `n` largest of `M`: those of which fewer than `n` are larger, or as large and before them.
#[inline(always)]
unsafe fn ranked<const M: usize>(keys: *const u32, inside: *mut u32, n: usize) {
    let key: [U32x4; M] = core::array::from_fn(|j| load(keys.add(4 * j)));
    let mut rank: [U32x4; M] = core::array::from_fn(|j| U32x4::splat(j as u32));
    for j in 1..M {
        for i in 0..j {
            // All bits are -1.
            let larger = key[j].above(key[i]);
            rank[j] = rank[j].plus(larger);
            rank[i] = rank[i].minus(larger);
        }
    }
    for (j, rank) in rank.into_iter().enumerate() {
        store(U32x4::splat(n as u32).above(rank), inside.add(4 * j));
    }
}

/// The `n` largest of many, one after the other, or what is left without the smallest. Uses the magnitudes up.
unsafe fn searched(keys: *mut u32, inside: *mut u32, members: usize, n: usize) {
    let few = n <= members - n;
    let (rounds, taken, mark) =
        if few { (n, u32::MAX, u32::MAX) } else { (members - n, MAGNITUDE, 0) };
    core::slice::from_raw_parts_mut(inside, 4 * members).fill(!mark);
    for _ in 0..rounds {
        let mut best = U32x4::splat(taken);
        let mut at = U32x4::splat(0);
        for step in 0..members {
            // The first of equal ones is the largest, the last of them the smallest.
            let j = if few { step } else { members - 1 - step };
            let key = load(keys.add(4 * j));
            let better = if few { key.above(best) } else { best.above(key) };
            best = key.pick(best, better);
            at = U32x4::splat(j as u32).pick(at, better);
        }
        for (lane, j) in at.to_array().into_iter().enumerate() {
            let place = 4 * j as usize + lane;
            *inside.add(place) = mark;
            *keys.add(place) = taken;
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
