//! What a logit costs, by whether its label applies: losses of `label_losses`, and their derivatives.
//!
//! A processor overlaps only what stands close together in a program, some dozens of operations, and a cross-entropy alone is as
//! many, each waiting for the one before. So logits of several chains are computed in stages, each stage of all of them. The
//! compiler would put what belongs to a chain back together, because its results are needed once: what a stage gives is needed
//! in a branch too, which is never taken.
//!
//! The logarithms of a sum of log(1 + q) are taken together: `p = prod(1 + q) - 1` keeps small `q`, and one logarithm is due when
//! it becomes large or all is added up.
use crate::simd::F32x4;

/// Vectors that are gone through together.
pub const CHAINS: usize = 4;
/// Columns after which a product is looked at: it grows by exp(4 HIGH) at most meanwhile.
pub const STRETCH: usize = 64;
/// A logit that is as good as any larger one.
const HIGH: f32 = 16.0;
/// What a product must not be above then: it stays finite.
const LARGE: f32 = 1e10;
/// Above it a product of products is done with: the next one is below 1e38.
const VAST: f64 = 1e260;

/// A vector of each chain.
pub type Chains = [F32x4; CHAINS];

/// What a loss does with the logits of labels that do not apply, and with one that does.
pub trait LabelLoss {
    /// What a derivative is times.
    const SLOPE: f32;
    /// The derivatives of a logit of each chain, whose losses it adds up; [`LabelLoss::SLOPE`] is still to be multiplied by.
    /// What `stage` is called with is computed before what follows.
    fn absent(&mut self, z: Chains, stage: impl Fn(&Chains)) -> Chains;
    /// Loss and derivative of a label that applies.
    fn present(z: f32) -> (f64, f32);
    /// Called after as many columns as [`STRETCH`].
    fn settle(&mut self);
    /// The sum of the losses.
    fn total(self) -> f64;
}

/// The square of what a logit lacks from a margin of 1.
pub struct Hinge(Chains);

impl Hinge {
    /// No losses yet.
    pub fn none() -> Self {
        Self([F32x4::zero(); CHAINS])
    }
}

impl LabelLoss for Hinge {
    const SLOPE: f32 = 2.0;

    #[inline(always)]
    fn absent(&mut self, z: Chains, _: impl Fn(&Chains)) -> Chains {
        let lacks = z.map(|z| (z + F32x4::splat(1.0)).max(F32x4::zero()));
        for (sum, lack) in self.0.iter_mut().zip(lacks) {
            *sum = sum.madd(lack, lack);
        }
        lacks
    }

    fn present(z: f32) -> (f64, f32) {
        let lack = (1.0 - z).max(0.0);
        let lack = if z.is_nan() { z } else { lack };
        (f64::from(lack) * f64::from(lack), -2.0 * lack)
    }

    #[inline(always)]
    fn settle(&mut self) {}

    fn total(self) -> f64 {
        lanes(self.0).map(f64::from).sum()
    }
}

/// The binary cross-entropy.
pub struct Logistic {
    exp: Exponential,
    /// Sums of what logits are above [`HIGH`].
    above: Chains,
    /// Products of 1 + exp of the logits, less 1.
    products: Chains,
    /// The logarithms of products that became large.
    logarithms: f64,
}

impl Logistic {
    /// No losses yet.
    pub fn none() -> Self {
        let none = [F32x4::zero(); CHAINS];
        Self { exp: Exponential::held(), above: none, products: none, logarithms: 0.0 }
    }

    /// Takes the logarithm of what the products are.
    fn take(&mut self) {
        let mut all = 0.0f64;
        for product in lanes(self.products).map(f64::from) {
            all += product + all * product;
            if all > VAST {
                self.logarithms += all.ln_1p();
                all = 0.0;
            }
        }
        self.logarithms += all.ln_1p();
        self.products = [F32x4::zero(); CHAINS];
    }
}

impl LabelLoss for Logistic {
    const SLOPE: f32 = 1.0;

    /// With z above [`HIGH`], log(1 + exp(z)) is z and the sigmoid is 1, nearly to the last bit of an f32.
    #[inline(always)]
    fn absent(&mut self, z: Chains, stage: impl Fn(&Chains)) -> Chains {
        let inside = z.map(|z| z.min(F32x4::splat(HIGH)));
        for (above, (z, inside)) in self.above.iter_mut().zip(z.into_iter().zip(inside)) {
            *above = *above + (z - inside);
        }
        let parts = inside.map(|inside| self.exp.parts(inside));
        stage(&parts.map(|(_, rest)| rest));
        let odds = parts.map(|parts| self.exp.joined(parts));
        stage(&odds);
        for (product, odds) in self.products.iter_mut().zip(odds) {
            *product = (*product + odds).madd(*product, odds);
        }
        odds.map(|odds| odds / (F32x4::splat(1.0) + odds))
    }

    fn present(z: f32) -> (f64, f32) {
        let small = (-f64::from(z.abs())).exp();
        let loss = f64::from(-z).max(0.0) + small.ln_1p();
        // The sigmoid of -z.
        let slope = if z > 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) };
        (if z.is_nan() { f64::NAN } else { loss }, -slope as f32)
    }

    #[inline(always)]
    fn settle(&mut self) {
        let [a, b, c, d] = self.products;
        if a.max(b).max(c.max(d)).greater(F32x4::splat(LARGE)) != 0 {
            self.take();
        }
    }

    fn total(mut self) -> f64 {
        self.take();
        self.logarithms + lanes(self.above).map(f64::from).sum::<f64>()
    }
}

/// e to the power of each lane, for lanes up to [`HIGH`]: within 3 units in the last place down to exp(-86.3), which stands
/// for everything below. A NaN stays one.
///
/// As `softmax::exp`, of degree 5: in 1 + r + r^2 (...), the coefficients of the least relative error, 1.1e-7.
struct Exponential([F32x4; 10]);

impl Exponential {
    /// Holds the constants in vectors, which V8 would otherwise make anew in every round.
    fn held() -> Self {
        const ROUND: f32 = 1.5 * 8_388_608.0;
        let constants = [
            -86.3,
            core::f32::consts::LOG2_E,
            ROUND,
            // The two parts of -ln 2: the first has so few digits that an integer times it is exact.
            -0.693_359_4,
            2.121_944_4e-4,
            0.008_312_52,
            0.041_890_16,
            0.166_671_15,
            0.499_992_31,
            1.0,
        ];
        Self(core::hint::black_box(constants.map(F32x4::splat)))
    }

    /// What an exponent is made of: an integer times ln 2, the integer in the last bits of the first, and the second, the rest.
    #[inline(always)]
    fn parts(&self, x: F32x4) -> (F32x4, F32x4) {
        let [lowest, scale, round, high, low, ..] = self.0;
        let x = x.max(lowest);
        let rounded = x * scale + round;
        let n = rounded - round;
        (rounded, (x + n * high) + n * low)
    }

    /// The power of what [`Self::parts`] gives.
    #[inline(always)]
    fn joined(&self, (rounded, r): (F32x4, F32x4)) -> F32x4 {
        let [.., first, second, third, fourth, one] = self.0;
        let tail = fourth.madd(third.madd(second.madd(first, r), r), r);
        (one + r.madd(tail, r * r)).raised(rounded.words())
    }
}

fn lanes(chains: Chains) -> impl Iterator<Item = f32> {
    chains.into_iter().flat_map(F32x4::to_array)
}
