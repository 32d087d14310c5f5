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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    /// Labels that apply to a column, ascending, and behind the last one what is no label.
    const NONE: u32 = u32::MAX;

    /// The chunks of some rows one after the other.
    fn log_sums_of(logits: &[f32], labels: &[u32], columns: usize, chunk: usize) -> Vec<f32> {
        let rows = logits.len() / columns;
        let mut logs = vec![f32::NAN; 4 * columns];
        let mut labels = labels.to_vec();
        for first in (0..rows).step_by(chunk) {
            let some = chunk.min(rows - first);
            let mut part = logits[first * columns..(first + some) * columns].to_vec();
            let mut weights: Vec<f32> = (first..first + some).map(|row| row as f32 + 0.5).collect();
            let most = labels.len() / columns;
            let words = &mut [
                Word::F32(&mut part),
                Word::U32(&mut labels),
                Word::F32(&mut weights),
                Word::F32(&mut logs),
                Word::Number(some),
                Word::Number(columns),
                Word::Number(first),
                Word::Number(most),
                Word::Number(1),
                Word::Number(usize::from(first == 0)),
            ];
            call(label_log_sums, 2, words);
        }
        logs
    }

    #[test]
    fn log_sums_of_chunks_are_those_of_all_rows() {
        for (rows, columns, chunk) in [(1, 3, 64), (300, 37, 64), (200, 8, 7)] {
            let logits: Vec<f32> =
                numbers(rows * columns, 3).iter().map(|logit| 20.0 * logit).collect();
            // The first row applies to all columns, the last one to every second one.
            let mut labels = vec![0; columns];
            labels.extend((0..columns).map(|c| if c % 2 == 0 { rows as u32 - 1 } else { NONE }));
            let logs = log_sums_of(&logits, &labels, columns, chunk);
            let of = |column: usize| (0..rows).map(move |row| row * columns + column);
            let largest = |c: usize| of(c).map(|i| logits[i]).fold(f32::MIN, f32::max);
            let twice = |c: usize| c % 2 == 0 && rows > 1;
            let mut expected: Vec<f64> = (0..columns).map(|c| f64::from(largest(c))).collect();
            expected.extend((0..columns).map(|c| {
                let below = |i: usize| f64::from(logits[i]) - f64::from(largest(c));
                of(c).map(|i| below(i).exp()).sum::<f64>()
            }));
            let last = rows as f64 - 0.5;
            expected.extend((0..columns).map(|c| if twice(c) { 0.5 + last } else { 0.5 }));
            expected.extend((0..columns).map(|c| if twice(c) { 2.0 } else { 1.0 }));
            // A label that is named twice, where there is one row alone, would count twice.
            let checked = if rows == 1 { 2 * columns } else { 4 * columns };
            assert_close(&logs[..checked], &expected[..checked], 1e-5);
        }
    }
}
