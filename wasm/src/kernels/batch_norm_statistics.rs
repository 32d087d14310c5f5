//! `batch_norm_statistics`: means and variances of rows. See `src/ops/kernels/batch_norm_statistics.ts`.
use super::batch_norm_rows::Runs;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `statistics` are the means of the rows of `x`, then their biased variances, both without the padding.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/batch_norm_statistics.ts` declares.
pub unsafe fn batch_norm_statistics(args: Args, share: Share) {
    let (x, statistics) = (args.word(0) as *const f32, args.write::<f32>(2));
    let (rows, columns, batch) = (args.word(3), args.word(4), args.word(5));
    let examples = args.read::<u32>(1, step::WORDS)[step::EXAMPLES] as usize;
    let runs = Runs::new(columns, batch, examples);
    for row in share.range(rows) {
        let (mean, variance) = mean_and_variance(x.add(row * columns), runs);
        *statistics.add(row) = mean;
        *statistics.add(rows + row) = variance;
    }
}

/// The deviations are from a mean that was rounded, so their own mean is not quite 0.
unsafe fn mean_and_variance(row: *const f32, runs: Runs) -> (f32, f32) {
    let count = runs.count();
    let [sum] = runs.sum(row, 0.0, |v| [v]);
    let center = (sum / count) as f32;
    let centers = F32x4::splat(center);
    let [deviations, squares] = runs.sum(row, center, |v| {
        let deviation = v - centers;
        [deviation, deviation * deviation]
    });
    let rest = deviations / count;
    let variance = (squares / count - rest * rest).max(0.0);
    ((f64::from(center) + rest) as f32, variance as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::batch_norm_rows::tests::CASES;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn batch_norm_statistics_leave_the_padding_out() {
        for [rows, pixels, batch, examples] in CASES {
            for (threads, offset) in [(1, 0.0), (3, 1000.0)] {
                let columns = pixels * batch;
                let mut x: Vec<f32> =
                    numbers(rows * columns, 7).iter().map(|v| v + offset).collect();
                let mut expected = vec![0.0; 2 * rows];
                for row in 0..rows {
                    let real: Vec<f64> = (0..columns)
                        .filter(|i| i % batch < examples)
                        .map(|i| f64::from(x[row * columns + i]))
                        .collect();
                    let mean = real.iter().sum::<f64>() / real.len() as f64;
                    expected[row] = mean;
                    let squares = real.iter().map(|v| (v - mean) * (v - mean));
                    expected[rows + row] = squares.sum::<f64>() / real.len() as f64;
                }
                let mut block = step_block(&[(step::EXAMPLES, examples as u32)]);
                let mut statistics = vec![f32::NAN; 2 * rows];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::U32(&mut block),
                    Word::F32(&mut statistics),
                    Word::Number(rows),
                    Word::Number(columns),
                    Word::Number(batch),
                ];
                call(batch_norm_statistics, threads, words);
                assert_close(&statistics, &expected, 1e-6);
            }
        }
    }
}
