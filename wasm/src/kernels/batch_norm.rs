//! `batch_norm`: normalises rows, scales and shifts them. See `src/ops/kernels/batch_norm.ts`.
use super::batch_norm_rows::inverse_deviation;
use super::elementwise::map;
use super::epilogue::EPILOGUE_FORMS;
use super::pointwise_operations::{monomorphic, Constants};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = (x - mean) / sqrt(variance + epsilon) * scale + shift`, each of its row; then the operation of the epilogue.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/batch_norm.ts` declares.
pub unsafe fn batch_norm(args: Args, share: Share) {
    monomorphic!(args.word(8) / EPILOGUE_FORMS, normalise(args, share))
}

unsafe fn normalise<const OPERATION: usize>(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(4));
    let (rows, columns) = (args.word(5), args.word(6));
    let epsilon = args.float(7);
    let (means, variances) = args.read::<f32>(1, 2 * rows).split_at(rows);
    let (scale, shift): (&[f32], &[f32]) = (args.read(2, rows), args.read(3, rows));
    let operations = Constants::held();
    let whole = Share { thread: 0, threads: 1, ..share };
    for row in share.range(rows) {
        let factor = F32x4::splat(scale[row] * inverse_deviation(variances[row], epsilon));
        let (mean, shift) = (F32x4::splat(means[row]), F32x4::splat(shift[row]));
        let (from, to) = (x.add(row * columns), y.add(row * columns));
        map(from, to, columns, whole, |v| {
            operations.value(OPERATION, shift.madd(v - mean, factor))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn batch_norm_equals_the_formula() {
        for (rows, columns) in [(1, 32), (5, 96), (6, 1), (3, 7)] {
            for (threads, operation) in [(1, 0), (3, 1), (2, 0)] {
                let mut x = numbers(rows * columns, 1);
                let mut statistics: Vec<f32> = numbers(2 * rows, 2).iter().map(|v| v * v).collect();
                let (mut scale, mut shift) = (numbers(rows, 3), numbers(rows, 4));
                let expected: Vec<f64> = x
                    .iter()
                    .enumerate()
                    .map(|(i, &v)| {
                        let row = i / columns;
                        let [mean, variance, scale, shift] =
                            [statistics[row], statistics[rows + row], scale[row], shift[row]]
                                .map(f64::from);
                        let y = (f64::from(v) - mean) / (variance + 0.01).sqrt() * scale + shift;
                        let y = Constants::held().value(operation, F32x4::splat(y as f32));
                        f64::from(y.to_array()[0])
                    })
                    .collect();
                let mut y = vec![f32::NAN; rows * columns];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut statistics),
                    Word::F32(&mut scale),
                    Word::F32(&mut shift),
                    Word::F32(&mut y),
                    Word::Number(rows),
                    Word::Number(columns),
                    Word::Float(0.01),
                    Word::Number(EPILOGUE_FORMS * operation),
                ];
                call(batch_norm, threads, words);
                assert_close(&y, &expected, 1e-5);
            }
        }
    }
}
