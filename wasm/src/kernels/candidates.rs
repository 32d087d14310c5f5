//! The best of a run of scores: what `growth_candidates` chooses with.
use core::ops::Range;

use crate::simd::F32x4;

/// Room for candidates beyond `count` before the list is cut back.
const SLACK: usize = 64;
/// Segments up to this length, at most a word of bits, and up to so many comparisons are searched once
/// for each candidate.
const FEW: usize = 64;
const FEW_COMPARISONS: usize = 256;
/// How far below the last list's least choice the search begins.
const CAUTION: f32 = 0.9;
/// The score of an active input: less than every absolute value.
pub const ACTIVE: f32 = -1.0;

/// Candidates that are held at a time to choose `count` of them.
pub fn room(count: usize) -> usize {
    count + count.max(SLACK)
}

/// The candidates of a segment so far, in ascending order of entry. One is a number: the bits of its
/// score above those of its entry inverted, so that the greater number is the better candidate, ties
/// to the lower entry.
pub struct Chosen {
    keys: *mut u64,
    /// As many again, to find the least that stays.
    spare: *mut u64,
    room: usize,
    count: usize,
    length: usize,
    /// Least chosen score over the mean score, as the last long segment had it; 0 if none.
    ratio: f32,
}

impl Chosen {
    /// None yet; `keys` must hold `2 room(count)` numbers.
    pub fn new(keys: *mut u64, count: usize) -> Self {
        let room = room(count);
        Self { keys, spare: keys.wrapping_add(room), room, count, length: 0, ratio: 0.0 }
    }

    /// Chooses from the scores in `range`.
    ///
    /// # Safety
    /// Whole vectors up to its end must be readable.
    pub unsafe fn choose(&mut self, scores: *const f32, range: Range<usize>) {
        if self.count == 0 {
            return;
        }
        if range.len() <= FEW && self.count * range.len() <= FEW_COMPARISONS {
            return self.choose_few(scores, range);
        }
        // Lists resemble each other: most of what the last one would not have chosen is passed over.
        let mean = mean(scores, range.clone());
        let floor = CAUTION * self.ratio * mean;
        let warm = floor > 0.0;
        if warm {
            self.collect(scores, range.clone(), floor);
        }
        if !warm || self.length < self.count {
            self.collect(scores, range, ACTIVE / 2.0);
        }
        let least = if self.length > self.count { self.cut() } else { 0.0 };
        // A list without any gradient says nothing of the next one.
        if mean > 0.0 {
            self.ratio = least / mean;
        }
    }

    /// Collects the scores greater than `floor`; the best `count` of them are among those that stay.
    unsafe fn collect(&mut self, scores: *const f32, range: Range<usize>, floor: f32) {
        self.length = 0;
        // Later entries lose a tie with the least chosen score: strictly greater is right.
        let mut least = F32x4::splat(floor);
        for first in range.clone().step_by(4) {
            let mut passed = F32x4::load(scores.add(first)).greater(least);
            if first + 4 > range.end {
                passed &= (1 << (range.end - first)) - 1;
            }
            while passed != 0 {
                self.push(scores, first + passed.trailing_zeros() as usize);
                passed &= passed - 1;
            }
            if self.length + 4 > self.room {
                least = F32x4::splat(self.cut());
            }
        }
    }

    /// Chooses from a short range: takes the best, then the best of the others, and so on.
    unsafe fn choose_few(&mut self, scores: *const f32, range: Range<usize>) {
        self.length = 0;
        let mut taken = 0u64;
        for _ in 0..self.count.min(range.len()) {
            let (mut best, mut most) = (FEW, ACTIVE / 2.0);
            for i in 0..range.len() {
                let score = *scores.add(range.start + i);
                if score > most && taken >> i & 1 == 0 {
                    (best, most) = (i, score);
                }
            }
            if best == FEW {
                break;
            }
            taken |= 1 << best;
        }
        while taken != 0 {
            self.push(scores, range.start + taken.trailing_zeros() as usize);
            taken &= taken - 1;
        }
    }

    /// Adds an entry.
    #[inline(always)]
    unsafe fn push(&mut self, scores: *const f32, entry: usize) {
        let key = u64::from((*scores.add(entry)).to_bits()) << 32 | u64::from(!(entry as u32));
        *self.keys.add(self.length) = key;
        self.length += 1;
    }

    /// Keeps the best `count` of more; gives the least score that stays.
    unsafe fn cut(&mut self) -> f32 {
        if self.length > self.count {
            core::ptr::copy_nonoverlapping(self.keys, self.spare, self.length);
            let spare = core::slice::from_raw_parts_mut(self.spare, self.length);
            let (_, &mut least, _) = spare.select_nth_unstable_by(self.count - 1, |a, b| b.cmp(a));
            let mut kept = 0;
            for i in 0..self.length {
                let key = *self.keys.add(i);
                *self.keys.add(kept) = key;
                kept += usize::from(key >= least);
            }
            self.length = kept;
            return f32::from_bits((least >> 32) as u32);
        }
        ACTIVE / 2.0
    }

    /// The chosen.
    ///
    /// # Safety
    /// The memory of the candidates must be there still.
    pub unsafe fn keys(&self) -> &[u64] {
        core::slice::from_raw_parts(self.keys, self.length)
    }
}

/// Mean of the scores in `range`, active entries counted as 0, in whole vectors.
unsafe fn mean(scores: *const f32, range: Range<usize>) -> f32 {
    // Several sums, none of which waits for the one before.
    let mut sums = [F32x4::zero(); 4];
    let length = range.len() / 4 * 4;
    let end = range.start + length;
    for first in (range.start..end).step_by(16) {
        for (i, sum) in sums.iter_mut().enumerate().take((end - first) / 4) {
            *sum = *sum + F32x4::load(scores.add(first + 4 * i)).max(F32x4::zero());
        }
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum() / length as f32
}
