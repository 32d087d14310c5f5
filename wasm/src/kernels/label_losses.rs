//! `label_losses`: losses over a chunk of labels, and their gradient in the place of the logits. See
//! `src/ops/kernels/label_losses.ts`.
//!
//! Nearly all labels do not apply to nearly all columns. So a row is gone through as if none did: what is
//! to be left out, padding and labels that apply, is first made a logit far below 0, which adds nothing, and set
//! right afterwards. Which labels apply lies in scratch memory, a bit for each logit.
//!
//! What a logit costs is in `logit_losses`.
use core::ops::Range;

use super::logit_losses::{Chains, Hinge, LabelLoss, Logistic, CHAINS, STRETCH};
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
        beyond: core::hint::black_box(usize::MAX),
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
            HINGE => call.rows(part, Hinge::none()),
            SOFTMAX => call.softmax(part, &exp),
            _ => call.rows(part, Logistic::none()),
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
    /// A column that there is not, which the compiler does not know.
    beyond: usize,
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
                let at = line.add(column);
                let z = core::array::from_fn(|chain| F32x4::load(at.add(4 * chain)));
                // What a stage gives is needed here, in a column that there is not.
                let slopes = loss.absent(z, |stage| {
                    if column == self.beyond {
                        self.kept.cast::<Chains>().write_unaligned(*stage);
                    }
                });
                for (chain, (sum, slope)) in sums.iter_mut().zip(slopes).enumerate() {
                    let gradient = share * slope;
                    gradient.store(at.add(4 * chain));
                    *sum = *sum + gradient;
                }
            }
            loss.settle();
        }
        ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum()
    }
}
