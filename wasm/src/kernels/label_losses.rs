//! `label_losses`: losses over a chunk of labels, and their gradient in the place of the logits. See
//! `src/ops/kernels/label_losses.ts`.
//!
//! Nearly all labels do not apply to nearly all columns. So a row is gone through as if none did: what is
//! to be left out, padding and labels that apply, is first made a logit far below 0, which adds nothing, and set
//! right afterwards. Which labels apply lies in scratch memory, a bit for each logit.
//!
//! The logarithms of a sum of log(1 + q) are taken together: `p = prod(1 + q) - 1` keeps small `q`, and one
//! logarithm is due when it becomes large or the block of rows ends.
use core::ops::Range;

use super::softmax;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// Square of what a logit lacks from a margin of 1. As in `src/ops/kernels/constants.ts`.
pub const HINGE: usize = 0;
/// Binary cross-entropy of the logit. As in `src/ops/kernels/constants.ts`.
pub const LOGISTIC: usize = 1;
/// Cross-entropy of a softmax over all labels. As in `src/ops/kernels/constants.ts`.
pub const SOFTMAX: usize = 2;

/// Rows whose losses are one sum. As in `src/ops/kernels/label_losses.ts`.
const ROWS: usize = 8;
/// A logit that adds next to nothing as one of a label that does not apply, and whose gradient is no denormal number.
const NEVER: f32 = -60.0;
/// Vectors that are gone through together.
const CHAINS: usize = 4;
/// Columns after which a product is looked at: it grows by exp(4 HIGH) at most meanwhile.
const STRETCH: usize = 64;
/// A logit that is as good as any larger one.
const HIGH: f32 = 16.0;
/// What a product must not be above then: it stays finite.
const LARGE: f32 = 1e10;
/// Above it a product of products is done with: the next one is below 1e38.
const VAST: f64 = 1e260;

/// The gradient of losses in the place of their logits, its sums, and those of the losses.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/label_losses.ts` declares.
pub unsafe fn label_losses(args: Args, share: Share) {
    let (rows, columns) = (args.word(7), args.word(8));
    let blocks = share.range(rows.div_ceil(ROWS));
    let part = blocks.start * ROWS..rows.min(blocks.end * ROWS);
    let block: &[u32] = args.read(4, step::WORDS);
    let examples = block[step::EXAMPLES] as usize;
    let bits: *mut u32 = share.scratch.cast();
    let words = columns.div_ceil(32);
    let call = Call {
        logits: args.write(0),
        labels: args.word(1) as *const u32,
        weights: (args.word(12) != 0).then_some(args.word(2) as *const f32),
        logs: args.word(3) as *const f32,
        sums: args.write(6),
        columns,
        examples: examples.min(columns),
        end: examples.min(columns).next_multiple_of(4 * CHAINS),
        first: args.word(9),
        most: args.word(10),
        share: args.float(13) / examples as f32,
        bits,
        words,
        kept: bits.add(part.len() * words).cast(),
        begin: part.start,
    };
    call.mark(part);
    let losses = args.write::<f32>(5);
    let exp = softmax::Exponential::held();
    if args.word(11) == SOFTMAX {
        call.factors();
    }
    for block in blocks {
        let part = block * ROWS..rows.min(block * ROWS + ROWS);
        let loss = match args.word(11) {
            HINGE => call.rows(part, Hinge::new()),
            SOFTMAX => call.softmax(part, &exp),
            _ => call.rows(part, Logistic::new()),
        };
        *losses.add(block) = (loss * f64::from(call.share)) as f32;
    }
    if share.thread == 0 {
        let blocks = rows.div_ceil(ROWS);
        for block in blocks..blocks.next_multiple_of(32) {
            *losses.add(block) = 0.0;
        }
    }
}

/// What a loss does with the logits of labels that do not apply, and with one that does.
trait LabelLoss {
    /// What a derivative is times.
    const SLOPE: f32;
    /// The derivatives of logits of chain `chain`, whose losses it adds up; [`LabelLoss::SLOPE`] is still to be multiplied by.
    fn absent(&mut self, chain: usize, z: F32x4) -> F32x4;
    /// Loss and derivative of a label that applies.
    fn present(z: f32) -> (f64, f32);
    /// Called after as many columns as [`STRETCH`].
    fn settle(&mut self);
    /// The sum of the losses.
    fn total(self) -> f64;
}

struct Hinge([F32x4; CHAINS]);

impl Hinge {
    fn new() -> Self {
        Self([F32x4::zero(); CHAINS])
    }
}

impl LabelLoss for Hinge {
    const SLOPE: f32 = 2.0;

    #[inline(always)]
    fn absent(&mut self, chain: usize, z: F32x4) -> F32x4 {
        let lack = (z + F32x4::splat(1.0)).max(F32x4::zero());
        self.0[chain] = self.0[chain].madd(lack, lack);
        lack
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

struct Logistic {
    exp: Exponential,
    /// Sums of what logits are above [`HIGH`].
    above: [F32x4; CHAINS],
    /// Products of 1 + exp of the logits, less 1.
    products: [F32x4; CHAINS],
    /// The logarithms of products that became large.
    logarithms: f64,
}

impl Logistic {
    fn new() -> Self {
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
    fn absent(&mut self, chain: usize, z: F32x4) -> F32x4 {
        let inside = z.min(F32x4::splat(HIGH));
        let odds = self.exp.of(inside);
        self.above[chain] = self.above[chain] + (z - inside);
        self.products[chain] = (self.products[chain] + odds).madd(self.products[chain], odds);
        odds / (F32x4::splat(1.0) + odds)
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

    #[inline(always)]
    fn of(&self, x: F32x4) -> F32x4 {
        let [lowest, scale, round, high, low, first, second, third, fourth, one] = self.0;
        let x = x.max(lowest);
        // The integer nearest to x / ln 2 is in the last bits of this.
        let rounded = x * scale + round;
        let n = rounded - round;
        let r = (x + n * high) + n * low;
        let tail = fourth.madd(third.madd(second.madd(first, r), r), r);
        (one + r.madd(tail, r * r)).raised(rounded.words())
    }
}

fn lanes(chains: [F32x4; CHAINS]) -> impl Iterator<Item = f32> {
    chains.into_iter().flat_map(F32x4::to_array)
}

struct Call {
    logits: *mut f32,
    labels: *const u32,
    weights: Option<*const f32>,
    /// What `label_log_sums` leaves.
    logs: *const f32,
    sums: *mut f32,
    columns: usize,
    examples: usize,
    /// Columns that are gone through: the examples and what fills up their vectors.
    end: usize,
    first: usize,
    most: usize,
    share: f32,
    /// Which labels apply: `words` for each row from `begin` on.
    bits: *mut u32,
    words: usize,
    /// A row of logits of labels that apply.
    kept: *mut f32,
    begin: usize,
}

impl Call {
    /// Marks the labels that apply.
    unsafe fn mark(&self, rows: Range<usize>) {
        core::ptr::write_bytes(self.bits, 0, rows.len() * self.words);
        let (first, end) = (self.first + rows.start, self.first + rows.end);
        for column in 0..self.examples {
            for i in 0..self.most {
                let label = *self.labels.add(i * self.columns + column) as usize;
                if label >= end {
                    break;
                }
                if label >= first {
                    let word = (label - first) * self.words + column / 32;
                    *self.bits.add(word) |= 1 << (column % 32);
                }
            }
        }
    }

    /// Calls `body` with each column that the label of a row applies to.
    #[inline(always)]
    unsafe fn each_present(&self, row: usize, mut body: impl FnMut(usize)) {
        for word in 0..self.words {
            let mut bits = *self.bits.add((row - self.begin) * self.words + word);
            while bits != 0 {
                body(32 * word + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }

    /// Where what a derivative of a softmax is times lies for each column: 0 for padding, and where no label applies.
    fn factor(&self) -> *mut f32 {
        self.kept.wrapping_add(self.columns)
    }

    /// Number `plane` of what is known of a column of all labels.
    #[inline(always)]
    unsafe fn log(&self, plane: usize, column: usize) -> f32 {
        *self.logs.add(plane * self.columns + column)
    }

    /// Computes what derivatives of a softmax are times.
    unsafe fn factors(&self) {
        for column in 0..self.columns {
            let applies = column < self.examples && self.log(3, column) > 0.0;
            let weight = || self.share * self.log(2, column) / self.log(3, column);
            *self.factor().add(column) = if applies { weight() / self.log(1, column) } else { 0.0 };
        }
    }

    /// The sum of the losses of a block of rows, of a softmax.
    unsafe fn softmax(&self, rows: Range<usize>, exp: &softmax::Exponential) -> f64 {
        let mut loss = 0.0;
        for row in rows {
            let line = self.logits.add(row * self.columns);
            self.each_present(row, |column| *self.kept.add(column) = *line.add(column));
            let mut sums = [F32x4::zero(); CHAINS];
            for column in (0..self.columns).step_by(4 * CHAINS) {
                for (chain, sum) in sums.iter_mut().enumerate() {
                    let at = column + 4 * chain;
                    let below = F32x4::load(line.add(at)) - F32x4::load(self.logs.add(at));
                    let gradient = exp.of(below) * F32x4::load(self.factor().add(at));
                    gradient.store(line.add(at));
                    *sum = *sum + gradient;
                }
            }
            let mut sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum();
            let weight = self.weights.map_or(1.0, |weights| *weights.add(row));
            self.each_present(row, |column| {
                let own = weight / self.log(3, column);
                let [largest, all, z] =
                    [self.log(0, column), self.log(1, column), *self.kept.add(column)]
                        .map(f64::from);
                loss += f64::from(own) * (all.ln() + (largest - z));
                *line.add(column) -= self.share * own;
                sum -= self.share * own;
            });
            *self.sums.add(row) = sum;
        }
        loss
    }

    /// The sum of the losses of a block of rows.
    #[inline(always)]
    unsafe fn rows<L: LabelLoss>(&self, rows: Range<usize>, mut loss: L) -> f64 {
        let mut present = 0.0;
        for row in rows {
            let line = self.logits.add(row * self.columns);
            self.each_present(row, |column| {
                *self.kept.add(column) = *line.add(column);
                *line.add(column) = NEVER;
            });
            for column in self.examples..self.end {
                *line.add(column) = NEVER;
            }
            let mut sum = self.absent(line, &mut loss);
            let weight = self.weights.map_or(1.0, |weights| *weights.add(row));
            self.each_present(row, |column| {
                let (own, slope) = L::present(*self.kept.add(column));
                present += f64::from(weight) * own;
                *line.add(column) = weight * slope * self.share;
                sum += *line.add(column);
            });
            for column in self.examples..self.columns {
                *line.add(column) = 0.0;
            }
            *self.sums.add(row) = sum;
        }
        loss.total() + present
    }

    /// Goes through a row as if no label applied, and gives the sum of its gradient.
    #[inline(always)]
    unsafe fn absent<L: LabelLoss>(&self, line: *mut f32, loss: &mut L) -> f32 {
        let share = F32x4::splat(L::SLOPE * self.share);
        let mut sums = [F32x4::zero(); CHAINS];
        for begin in (0..self.end).step_by(STRETCH) {
            for column in (begin..self.end.min(begin + STRETCH)).step_by(4 * CHAINS) {
                for (chain, sum) in sums.iter_mut().enumerate() {
                    let at = line.add(column + 4 * chain);
                    let gradient = share * loss.absent(chain, F32x4::load(at));
                    gradient.store(at);
                    *sum = *sum + gradient;
                }
            }
            loss.settle();
        }
        ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum()
    }
}
