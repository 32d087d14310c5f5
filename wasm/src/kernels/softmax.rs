//! The softmax of four columns of logits; `cross_entropy` and its gradient share it.
use super::elementwise::{Lanes, CHUNK};
use crate::simd::F32x4;

/// Logits (classes, columns) at one place of four columns, of which `lanes` tells the valid ones.
pub struct Columns {
    /// Class 0 of the first column.
    pub logits: *const f32,
    /// Number of classes.
    pub classes: usize,
    /// Elements from one class to the next.
    pub stride: usize,
    /// Which of the four columns exist.
    pub lanes: Lanes,
}

impl Columns {
    /// The logits of one class.
    ///
    /// # Safety
    /// `class` must be below `classes`.
    #[inline(always)]
    unsafe fn logit(&self, class: usize) -> F32x4 {
        self.lanes.load(self.logits.add(class * self.stride))
    }

    /// The sum over the classes of (logit - largest).
    ///
    /// # Safety
    /// The logits must be readable.
    #[inline(always)]
    pub unsafe fn sum_below(&self, largest: F32x4) -> F32x4 {
        self.sum(|class| self.logit(class) - largest)
    }

    /// The sum over the classes of `term`: by chunks in f32, of chunks in f64.
    #[inline(always)]
    fn sum(&self, mut term: impl FnMut(usize) -> F32x4) -> F32x4 {
        let mut totals = [0.0; 4];
        for first in (0..self.classes).step_by(CHUNK) {
            let mut sum = F32x4::zero();
            for class in first..self.classes.min(first + CHUNK) {
                sum = sum + term(class);
            }
            for (total, lane) in totals.iter_mut().zip(sum.to_array()) {
                *total += f64::from(lane);
            }
        }
        F32x4::from_array(totals.map(|total| total as f32))
    }

    /// The largest logit, and the sum over the classes of exp(logit - largest), which is at least 1.
    /// `keep` is called with each class and its term.
    ///
    /// # Safety
    /// The logits must be readable.
    #[inline(always)]
    pub unsafe fn softmax(&self, mut keep: impl FnMut(usize, F32x4)) -> (F32x4, F32x4) {
        let mut largest = self.logit(0);
        for class in 1..self.classes {
            largest = largest.max(self.logit(class));
        }
        let sum = self.sum(|class| {
            let term = exp(self.logit(class) - largest);
            keep(class, term);
            term
        });
        (largest, sum)
    }
}

/// e to the power of each lane, for lanes that are not positive: within 2 units in the last place
/// down to 2^-126, which stands for everything below. A NaN stays one.
///
/// With n the integer nearest to x / ln 2, e^x = 2^n e^r and |r| <= ln 2 / 2, where the polynomial of degree 6 of the least
/// relative error errs by a twentieth of half a unit. ln 2 is split so that n times its first part is exact.
#[inline(always)]
pub fn exp(x: F32x4) -> F32x4 {
    Exponential::written().of(x)
}

/// Adding it rounds to an integer: what is above 2^23 has no fraction.
const ROUND: f32 = 1.5 * 8_388_608.0;

/// What [`exp`] computes with: the lowest number, 1 / ln 2, what rounds, the two parts of -ln 2, the coefficients of r^2 to r^6, 1.
const CONSTANTS: [f32; 11] = [
    -87.336_54,
    core::f32::consts::LOG2_E,
    ROUND,
    -0.693_359_4,
    2.121_944_4e-4,
    0.499_999_94,
    0.166_665_21,
    0.041_668_39,
    0.008_368_745,
    0.001_381_454,
    1.0,
];

/// [`exp`] for loops: with its constants in vectors, which V8 would otherwise make anew in every round.
#[derive(Clone, Copy)]
pub struct Exponential([F32x4; 11]);

impl Exponential {
    /// The constants as they are written.
    #[inline(always)]
    pub fn written() -> Self {
        Self(CONSTANTS.map(F32x4::splat))
    }

    /// Holds the constants.
    pub fn held() -> Self {
        Self(core::hint::black_box(CONSTANTS.map(F32x4::splat)))
    }

    /// [`exp`], with the same bits.
    ///
    /// Terms are added in pairs (Estrin): what a processor waits for is the chain of operations, not their number.
    #[inline(always)]
    pub fn of(&self, x: F32x4) -> F32x4 {
        let [lowest, scale, round, high, low, second, third, fourth, fifth, sixth, one] = self.0;
        let x = x.max(lowest);
        // n is in the last bits of this.
        let rounded = x * scale + round;
        let n = rounded - round;
        let r = x.madd(n, high).madd(n, low);
        let square = r * r;
        let upper = fourth.madd(fifth, r).madd(sixth, square);
        let tail = second.madd(third, r).madd(upper, square);
        // A product, not a sum of exponents: a NaN would not stay one.
        (one + r.madd(tail, square)) * one.raised(rounded.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exp_of(x: f32) -> f32 {
        exp(F32x4::splat(x)).to_array()[0]
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for i in 0..=873_000 {
            let x = -(i as f32) * 1e-4;
            let (got, expected) = (f64::from(exp_of(x)), f64::from(x).exp());
            let unit = f64::from(f32::EPSILON) * 2f64.powi(expected.log2().floor() as i32);
            assert!((got - expected).abs() <= 2.0 * unit, "exp({x}) = {got}, expected {expected}");
        }
    }

    #[test]
    fn exponential_has_the_bits_of_exp() {
        let held = Exponential::held();
        for i in 0..10_000 {
            let x = F32x4::splat(-(i as f32) * 0.01);
            assert_eq!(
                held.of(x).to_array().map(f32::to_bits),
                exp(x).to_array().map(f32::to_bits)
            );
        }
    }

    #[test]
    fn exp_of_zero_is_one_and_far_below_next_to_nothing() {
        assert_eq!(exp_of(0.0), 1.0);
        for x in [-88.0, -1e30, f32::NEG_INFINITY] {
            assert!(exp_of(x) <= 1.01 * f32::MIN_POSITIVE, "exp({x})");
        }
        assert!(exp_of(f32::NAN).is_nan());
    }
}
