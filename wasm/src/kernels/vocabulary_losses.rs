//! `vocabulary_losses`: the losses of some columns of a softmax over a vocabulary. See
//! `src/ops/kernels/vocabulary_losses.ts`.
use super::elementwise::{each_vector, Lanes, CHUNK};
use super::softmax::exp;
use super::softmax_parts::words_of;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `losses[c]` is `shares[c]` times the cross-entropy of a column, NaN where its word is none; `right[c]` is
/// `shares[c]` where the word has the largest logit.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/vocabulary_losses.ts` declares.
pub unsafe fn vocabulary_losses(args: Args, share: Share) {
    let (vocabulary, columns, begin) = (args.word(7), args.word(8), args.word(9));
    let (label_share, class_share) = (args.float(10), args.float(11));
    let words = (args.word(2) as *const u32).add(begin);
    let shares = (args.word(3) as *const f32).add(begin);
    let statistics = args.write::<f32>(4);
    let (losses, right) = (args.write::<f32>(5).add(begin), args.write::<f32>(6).add(begin));
    let parts = Parts {
        logits: args.word(0) as *const f32,
        parts: args.word(1) as *const f32,
        vocabulary,
        columns,
        part: words_of(vocabulary),
    };
    each_vector(columns, share, |c, lanes| {
        let Softmax { largest, sum, below } = parts.join(c, lanes);
        lanes.store(largest, statistics.add(c));
        lanes.store(F32x4::splat(1.0) / sum, statistics.add(columns + c));
        let (largest, sum, below) = (largest.to_array(), sum.to_array(), below.to_array());
        for lane in 0..4.min(columns - c) {
            let (column, share) = (c + lane, *shares.add(c + lane));
            let word = *words.add(column) as usize;
            let chosen = if word < vocabulary { parts.logit(word, column) } else { f32::NAN };
            let loss =
                sum[lane].ln() - label_share * (chosen - largest[lane]) - class_share * below[lane];
            let is_right = chosen == largest[lane] && parts.is_first(word, column, chosen);
            *losses.add(column) = if share == 0.0 { 0.0 } else { share * loss };
            *right.add(column) = if is_right { share } else { 0.0 };
        }
    });
}

/// Columns, and the softmax of their parts.
struct Parts {
    logits: *const f32,
    parts: *const f32,
    vocabulary: usize,
    columns: usize,
    part: usize,
}

/// The softmax of four columns: the largest logit, the sum of exp(logit - largest), that of (logit - largest).
struct Softmax {
    largest: F32x4,
    sum: F32x4,
    below: F32x4,
}

impl Parts {
    fn count(&self) -> usize {
        self.vocabulary.div_ceil(self.part)
    }

    unsafe fn logit(&self, word: usize, column: usize) -> f32 {
        *self.logits.add(word * self.columns + column)
    }

    /// The softmax of four columns out of that of their parts: sums by chunks in f32, of chunks in f64.
    unsafe fn join(&self, c: usize, lanes: Lanes) -> Softmax {
        let count = self.count();
        let plane = |plane: usize, part: usize| {
            lanes.load(self.parts.add((plane * count + part) * self.columns + c))
        };
        let mut largest = plane(0, 0);
        for part in 1..count {
            largest = largest.max(plane(0, part));
        }
        let mut totals = [[0.0f64; 4]; 2];
        for first in (0..count).step_by(CHUNK) {
            let (mut sum, mut below) = (F32x4::zero(), F32x4::zero());
            for part in first..count.min(first + CHUNK) {
                let shifted = plane(0, part) - largest;
                let rows = self.part.min(self.vocabulary - part * self.part);
                sum = sum + exp(shifted) * plane(1, part);
                below = below + (F32x4::splat(rows as f32) * shifted + plane(2, part));
            }
            for (totals, sum) in totals.iter_mut().zip([sum, below]) {
                for (total, lane) in totals.iter_mut().zip(sum.to_array()) {
                    *total += f64::from(lane);
                }
            }
        }
        let [sum, below] = totals.map(|totals| F32x4::from_array(totals.map(|total| total as f32)));
        Softmax { largest, sum, below }
    }

    /// Whether no word before one has its logit, which is the largest.
    unsafe fn is_first(&self, word: usize, column: usize, largest: f32) -> bool {
        let own = word / self.part;
        (0..own).all(|part| *self.parts.add(part * self.columns + column) != largest)
            && (own * self.part..word).all(|other| self.logit(other, column) != largest)
    }
}
