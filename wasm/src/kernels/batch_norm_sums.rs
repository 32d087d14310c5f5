//! `batch_norm_sums`: gradients of scale and shift. See `src/ops/kernels/batch_norm_sums.ts`.
use super::batch_norm_rows::{inverse_deviation, sum};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `dshift` are the sums of the rows of `dy`, `dscale` those of `dy` times the normalised `x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/batch_norm_sums.ts` declares.
pub unsafe fn batch_norm_sums(args: Args, share: Share) {
    let (dy, x) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let (dscale, dshift) = (args.write::<f32>(3), args.write::<f32>(4));
    let (rows, columns, epsilon) = (args.word(5), args.word(6), args.float(7));
    let (means, variances) = args.read::<f32>(2, 2 * rows).split_at(rows);
    for row in share.range(rows) {
        let (dy, x) = (dy.add(row * columns), x.add(row * columns));
        let mean = F32x4::splat(means[row]);
        let [products, total] = sum(columns, |i| {
            let slope = F32x4::load(dy.add(i));
            [slope * (F32x4::load(x.add(i)) - mean), slope]
        });
        let inverse = inverse_deviation(variances[row], epsilon);
        *dscale.add(row) = (products * f64::from(inverse)) as f32;
        *dshift.add(row) = total as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn batch_norm_sums_equal_the_formula() {
        for (rows, columns) in [(1, 32), (5, 96), (3, 2080)] {
            for threads in [1, 3] {
                let (mut dy, mut x) = (numbers(rows * columns, 1), numbers(rows * columns, 5));
                let mut statistics: Vec<f32> = numbers(2 * rows, 2).iter().map(|v| v * v).collect();
                let (mut scales, mut shifts) = (vec![0.0; rows], vec![0.0; rows]);
                for i in 0..rows * columns {
                    let row = i / columns;
                    let [dy, x, mean, variance] =
                        [dy[i], x[i], statistics[row], statistics[rows + row]].map(f64::from);
                    scales[row] += dy * (x - mean) / (variance + 0.01).sqrt();
                    shifts[row] += dy;
                }
                let (mut dscale, mut dshift) = (vec![f32::NAN; rows], vec![f32::NAN; rows]);
                let words = &mut [
                    Word::F32(&mut dy),
                    Word::F32(&mut x),
                    Word::F32(&mut statistics),
                    Word::F32(&mut dscale),
                    Word::F32(&mut dshift),
                    Word::Number(rows),
                    Word::Number(columns),
                    Word::Float(0.01),
                ];
                call(batch_norm_sums, threads, words);
                assert_close(&dscale, &scales, 1e-4);
                assert_close(&dshift, &shifts, 1e-4);
            }
        }
    }
}
