//! Losses of outputs that have numbers as targets; `target_losses` and its gradient share it. The kinds
//! mirror `TARGET_LOSS` of `src/ops/kernels/constants.ts`; a test compares the two.
use super::softmax::exp;
use crate::simd::F32x4;

/// Mean of the squares of the differences.
pub const SQUARE: usize = 0;
/// Mean of the magnitudes of the differences.
pub const ABSOLUTE: usize = 1;
/// Mean of the binary cross-entropies of logits.
pub const LOGISTIC: usize = 2;
/// Share of the outputs that are on the side of 0 that their target says.
pub const RIGHT: usize = 3;
/// 1 where all outputs are.
pub const EXACT: usize = 4;

/// The binary cross-entropy of logits, as `src/ops/kernels/target_losses.ts` defines it.
#[derive(Clone, Copy)]
pub struct Logistic {
    /// Weight of what the positive part of a target adds.
    positive_weight: F32x4,
    /// Factor of targets.
    scale: F32x4,
    /// What is added to targets afterwards.
    shift: F32x4,
}

impl Logistic {
    /// From the parameters of a kernel.
    pub fn new(positive_weight: f32, scale: f32, shift: f32) -> Self {
        let [positive_weight, scale, shift] = [positive_weight, scale, shift].map(F32x4::splat);
        Self { positive_weight, scale, shift }
    }

    /// How much the label counts, and how much its absence.
    #[inline(always)]
    fn weights(&self, target: F32x4) -> (F32x4, F32x4) {
        let target = self.scale * target + self.shift;
        (self.positive_weight * target, F32x4::splat(1.0) - target)
    }

    /// The loss of logits. All terms are positive, so nothing cancels.
    #[inline(always)]
    pub fn loss(&self, x: F32x4, target: F32x4) -> F32x4 {
        let (label, absence) = self.weights(target);
        let rest = log_1p(exp(F32x4::zero() - x.abs()));
        let above = x.max(F32x4::zero());
        label * ((above - x) + rest) + absence * (above + rest)
    }

    /// The derivative of the loss.
    #[inline(always)]
    pub fn slope(&self, x: F32x4, target: F32x4) -> F32x4 {
        let (label, absence) = self.weights(target);
        // The sigmoids of |x| and -|x|: neither is a small difference of large numbers.
        let small = exp(F32x4::zero() - x.abs());
        let upper = F32x4::splat(1.0) / (F32x4::splat(1.0) + small);
        let lower = small * upper;
        // The one where x is positive, the other elsewhere.
        let choose = |a: F32x4, b: F32x4| a.gate(x) + (b - b.gate(x));
        absence * choose(upper, lower) - label * choose(lower, upper)
    }
}

/// log(1 + u) for lanes in [0, 1]: 2 artanh(u / (2 + u)) as a series, whose rest is below 2^-29 of it.
#[inline(always)]
fn log_1p(u: F32x4) -> F32x4 {
    let s = u / (F32x4::splat(2.0) + u);
    let q = s * s;
    let mut sum = F32x4::splat(1.0 / 15.0);
    for odd in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        sum = F32x4::splat(1.0 / odd) + sum * q;
    }
    (s + s) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_1p_is_within_four_units_in_the_last_place() {
        for i in 0..=1_000_000 {
            for u in [i as f32 * 1e-6, (i as f32 * -8e-5).exp()] {
                let got = f64::from(log_1p(F32x4::splat(u)).to_array()[0]);
                let expected = f64::from(u).ln_1p();
                let error = (got - expected).abs();
                assert!(
                    error <= 4.0 * f64::from(f32::EPSILON) * expected,
                    "log(1 + {u}) = {got}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn logistic_is_right_at_both_ends_and_keeps_a_nan() {
        let plain = Logistic::new(1.0, 1.0, 0.0);
        let lanes = F32x4::from_array;
        let (x, t) = (lanes([100.0, -100.0, 100.0, -100.0]), lanes([1.0, 0.0, 0.0, 1.0]));
        let [a, b, c, d] = plain.loss(x, t).to_array();
        assert!((0.0..1e-37).contains(&a) && (0.0..1e-37).contains(&b));
        assert_eq!([c, d], [100.0, 100.0]);
        let slopes = plain.slope(x, t).to_array();
        assert!(slopes[0].abs() < 1e-37 && slopes[1].abs() < 1e-37);
        assert_eq!(slopes[2..], [1.0, -1.0]);
        let nan = F32x4::splat(f32::NAN);
        assert!(plain.loss(nan, t).to_array().iter().all(|v| v.is_nan()));
        assert!(plain.slope(nan, t).to_array().iter().all(|v| v.is_nan()));
    }
}
