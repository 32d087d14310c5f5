//! `target_losses`: a loss, or what else is measured, of every column. See
//! `src/ops/kernels/target_losses.ts`.
use super::elementwise::{each_vector, CHUNK};
use super::targets::{Logistic, ABSOLUTE, EXACT, LOGISTIC, RIGHT, SQUARE};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `losses[c]` is the mean over the rows of what `kind` makes of an output and its target, or whether
/// all rows are right.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/target_losses.ts` declares.
pub unsafe fn target_losses(args: Args, share: Share) {
    let logistic = Logistic::new(args.float(6), args.float(7), args.float(8));
    let one = F32x4::splat(1.0);
    let mean = |sum: f64, rows: usize| (sum / rows as f64) as f32;
    match args.word(5) {
        SQUARE => each_column(args, share, |x, t| (x - t) * (x - t), mean),
        ABSOLUTE => each_column(args, share, |x, t| (x - t).abs(), mean),
        LOGISTIC => each_column(args, share, |x, t| logistic.loss(x, t), mean),
        RIGHT => {
            each_column(args, share, |x, t| one.where_equal(one.gate(x), positive(t)), mean);
        }
        EXACT => {
            let wrong = |x: F32x4, t| one.where_different(one.gate(x), positive(t));
            each_column(args, share, wrong, |sum, _| if sum == 0.0 { 1.0 } else { 0.0 });
        }
        _ => {}
    }
}

/// 1 where a label applies, else 0.
#[inline(always)]
fn positive(target: F32x4) -> F32x4 {
    F32x4::splat(1.0).gate(target - F32x4::splat(0.5))
}

/// Writes `finish(sum, rows)` of the sum of the terms of every column, in an order that depends on the
/// rows alone.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/target_losses.ts` declares.
#[inline(always)]
unsafe fn each_column(
    args: Args,
    share: Share,
    term: impl Fn(F32x4, F32x4) -> F32x4,
    finish: impl Fn(f64, usize) -> f32,
) {
    let (outputs, targets) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let losses = args.write::<f32>(2);
    let (rows, columns) = (args.word(3), args.word(4));
    each_vector(columns, share, |c, lanes| {
        let mut totals = [0.0; 4];
        for first in (0..rows).step_by(CHUNK) {
            let mut sum = F32x4::zero();
            for row in first..rows.min(first + CHUNK) {
                let at = row * columns + c;
                sum = sum + term(lanes.load(outputs.add(at)), lanes.load(targets.add(at)));
            }
            for (total, lane) in totals.iter_mut().zip(sum.to_array()) {
                *total += f64::from(lane);
            }
        }
        let results = totals.map(|sum| finish(sum, rows));
        lanes.store(F32x4::from_array(results), losses.add(c));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    fn losses_of(
        kind: usize,
        outputs: &mut [f32],
        targets: &mut [f32],
        columns: usize,
        threads: usize,
    ) -> Vec<f32> {
        let mut losses = vec![f32::NAN; columns];
        let rows = outputs.len() / columns;
        let words = &mut [
            Word::F32(outputs),
            Word::F32(targets),
            Word::F32(&mut losses),
            Word::Number(rows),
            Word::Number(columns),
            Word::Number(kind),
            Word::Float(3.0),
            Word::Float(0.75),
            Word::Float(0.125),
        ];
        call(target_losses, threads, words);
        losses
    }

    #[test]
    fn target_losses_equal_the_formulas() {
        for (rows, columns) in [(1, 32), (2, 3), (10, 64), (2500, 37)] {
            for threads in [1, 3] {
                let mut outputs: Vec<f32> =
                    numbers(rows * columns, 20).iter().map(|v| 5.0 * v).collect();
                let mut targets: Vec<f32> =
                    numbers(rows * columns, 21).iter().map(|v| 0.25 * v + 0.5).collect();
                for kind in [SQUARE, ABSOLUTE, LOGISTIC, RIGHT] {
                    let expected: Vec<f64> = (0..columns)
                        .map(|c| {
                            let term = |i: usize| {
                                let (x, t) = (f64::from(outputs[i]), f64::from(targets[i]));
                                let u = 0.75 * t + 0.125;
                                match kind {
                                    SQUARE => (x - t).powi(2),
                                    ABSOLUTE => (x - t).abs(),
                                    LOGISTIC => {
                                        3.0 * u * (-x).exp().ln_1p() + (1.0 - u) * x.exp().ln_1p()
                                    }
                                    _ => f64::from(u8::from((x > 0.0) == (t > 0.5))),
                                }
                            };
                            (0..rows).map(|r| term(r * columns + c)).sum::<f64>() / rows as f64
                        })
                        .collect();
                    let got = losses_of(kind, &mut outputs, &mut targets, columns, threads);
                    assert_close(&got, &expected, 1e-5);
                }
            }
        }
    }

    #[test]
    fn exact_is_one_where_every_row_is_right() {
        let mut outputs = [1.0, 1.0, -1.0, 0.0, -2.0, 2.0, 3.0, 4.0];
        let mut targets = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        let got = losses_of(EXACT, &mut outputs, &mut targets, 4, 1);
        assert_eq!(got, [1.0, 0.0, 1.0, 0.0]);
    }
}
