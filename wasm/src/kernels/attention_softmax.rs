//! The softmax of eight queries, in lanes, down scores `[keys][8]`, and what is dropped of it. The kernels of attention share it.
use core::array::from_fn;
use core::hint::black_box;

use super::attention_heads::UNSEEN;
use super::attention_panels::{LEFT, RIGHT};
use super::dropping::Dropping;
use super::softmax::Exponential;
use crate::simd::F32x4;

/// What exponentials of scores are computed with, held in vectors.
#[derive(Clone, Copy)]
pub struct Exponentials {
    exp: Exponential,
    unseen: F32x4,
}

impl Exponentials {
    /// Once for many scores.
    pub fn held() -> Self {
        Self { exp: Exponential::held(), unseen: black_box(F32x4::splat(UNSEEN)) }
    }

    /// Of a score, less the largest one; 0 of a key that is not seen.
    #[inline(always)]
    pub fn of(&self, score: F32x4, largest: F32x4) -> F32x4 {
        // Not `gate`: a score that is no number makes probabilities that are none.
        self.exp.of(score - largest).where_different(score, self.unseen)
    }

    /// Makes exponentials of some scores, less the largest of each query, and gives their sums.
    ///
    /// # Safety
    /// The scores must be there.
    #[inline(always)]
    pub unsafe fn make(&self, scores: *mut f32, keys: usize, largest: [F32x4; 2]) -> [F32x4; 2] {
        let mut sums = [F32x4::zero(); 2];
        for key in 0..keys {
            for (half, sum) in sums.iter_mut().enumerate() {
                let at = scores.add(RIGHT * key + 4 * half);
                let term = self.of(F32x4::load(at), largest[half]);
                *sum = *sum + term;
                term.store(at);
            }
        }
        sums
    }
}

/// 1 over sums, 0 for a query that sees nothing, and for those from `queries` on, of which there are none.
#[inline(always)]
pub fn inverses(sums: [F32x4; 2], queries: usize) -> [F32x4; 2] {
    from_fn(|half| {
        let there = F32x4::from_array(from_fn(|i| f32::from(4 * half + i < queries)));
        (there / sums[half]).where_different(sums[half], F32x4::zero())
    })
}

/// Multiplies by a factor for each query.
///
/// # Safety
/// The numbers must be there.
#[inline(always)]
pub unsafe fn multiply(numbers: *mut f32, keys: usize, factors: [F32x4; 2]) {
    for key in 0..keys {
        for (half, factor) in factors.into_iter().enumerate() {
            let at = numbers.add(RIGHT * key + 4 * half);
            (F32x4::load(at) * factor).store(at);
        }
    }
}

/// Makes those probabilities negative that are dropped, and puts the others times a factor, and 0 for those, where they pass.
/// `group` is the number of the draws of the first four keys.
///
/// # Safety
/// The probabilities must be there, and as much room.
pub unsafe fn drop(dropping: &Dropping, group: usize, p: *mut f32, keys: usize, passed: *mut f32) {
    let factor = F32x4::splat(dropping.factor);
    for key in (0..keys).step_by(LEFT) {
        let draws = dropping.draws(group + key / LEFT);
        for (i, draws) in draws.into_iter().enumerate().take(2 * (keys - key)) {
            let at = RIGHT * key + 4 * i;
            let share = F32x4::load(p.add(at));
            let kept = dropping.keep(share, draws);
            (kept + kept - share).store(p.add(at));
            (kept * factor).store(passed.add(at));
        }
    }
}
