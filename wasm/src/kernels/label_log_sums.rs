//! `label_log_sums`: what a softmax over all labels needs of the logits of a chunk. See
//! `src/ops/kernels/label_log_sums.ts`.
//!
//! Threads share the columns. Rows are summed up by 64 in f32, those sums in f64.
use super::elementwise::Lanes;
use super::softmax::Exponential;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Rows whose sum is of f32.
const ROWS: usize = 64;

/// Adds a chunk of labels to what the chunks before it left.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/label_log_sums.ts` declares.
pub unsafe fn label_log_sums(args: Args, share: Share) {
    let (rows, columns) = (args.word(4), args.word(5));
    let call = Call {
        logits: args.word(0) as *const f32,
        labels: args.word(1) as *const u32,
        weights: (args.word(8) != 0).then_some(args.word(2) as *const f32),
        logs: args.write(3),
        rows,
        columns,
        first: args.word(6),
        most: args.word(7),
        fresh: args.word(9) != 0,
    };
    let exp = Exponential::held();
    let vectors = share.range(columns.div_ceil(4));
    for vector in vectors {
        let lanes = Lanes::first(columns - 4 * vector);
        call.sums(4 * vector, lanes, &exp);
        for column in 4 * vector..columns.min(4 * vector + 4) {
            call.applying(column);
        }
    }
}

struct Call {
    logits: *const f32,
    labels: *const u32,
    weights: Option<*const f32>,
    logs: *mut f32,
    rows: usize,
    columns: usize,
    first: usize,
    most: usize,
    fresh: bool,
}

impl Call {
    /// The largest logits of four columns, and the sums below them.
    #[inline(always)]
    unsafe fn sums(&self, column: usize, lanes: Lanes, exp: &Exponential) {
        let logit = |row: usize| lanes.load(self.logits.add(row * self.columns + column));
        let held = self.logs.add(column);
        let mut largest = if self.fresh { logit(0) } else { lanes.load(held) };
        for row in 0..self.rows {
            largest = largest.max(logit(row));
        }
        let mut totals = [0.0f64; 4];
        if !self.fresh {
            let before = lanes.load(held.add(self.columns)) * exp.of(lanes.load(held) - largest);
            totals = before.to_array().map(f64::from);
        }
        for first in (0..self.rows).step_by(ROWS) {
            let mut sum = F32x4::zero();
            for row in first..self.rows.min(first + ROWS) {
                sum = sum + exp.of(logit(row) - largest);
            }
            for (total, lane) in totals.iter_mut().zip(sum.to_array()) {
                *total += f64::from(lane);
            }
        }
        lanes.store(largest, held);
        let sums = F32x4::from_array(totals.map(|total| total as f32));
        lanes.store(sums, held.add(self.columns));
    }

    /// Weight and count of the labels that apply to a column.
    unsafe fn applying(&self, column: usize) {
        let weight = self.logs.add(2 * self.columns + column);
        let count = weight.add(self.columns);
        if self.fresh {
            (*weight, *count) = (0.0, 0.0);
        }
        for i in 0..self.most {
            let label = *self.labels.add(i * self.columns + column) as usize;
            if label >= self.first + self.rows {
                break;
            }
            if label >= self.first {
                *weight += self.weights.map_or(1.0, |weights| *weights.add(label - self.first));
                *count += 1.0;
            }
        }
    }
}
