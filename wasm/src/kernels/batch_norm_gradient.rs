//! `batch_norm_gradient`: the gradient of what was normalised. See `src/ops/kernels/batch_norm_gradient.ts`.
use super::batch_norm_rows::{inverse_deviation, Runs};
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `dx = scale * inverse * (dy - dshift / n - (x - mean) * inverse * dscale / n)`; 0 where columns are padding.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/batch_norm_gradient.ts` declares.
pub unsafe fn batch_norm_gradient(args: Args, share: Share) {
    let (dy, x) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let dx = args.write::<f32>(7);
    let (rows, columns, batch, epsilon) =
        (args.word(8), args.word(9), args.word(10), args.float(11));
    let (means, variances) = args.read::<f32>(2, 2 * rows).split_at(rows);
    let scale: &[f32] = args.read(3, rows);
    let (dscale, dshift): (&[f32], &[f32]) = (args.read(4, rows), args.read(5, rows));
    let examples = args.read::<u32>(6, step::WORDS)[step::EXAMPLES] as usize;
    let runs = Runs::new(columns, batch, examples);
    let count = runs.count() as f32;
    for row in share.range(rows) {
        let inverse = inverse_deviation(variances[row], epsilon);
        let mean = F32x4::splat(means[row]);
        let factor = F32x4::splat(scale[row] * inverse);
        let offset = F32x4::splat(dshift[row] / count);
        let slope = F32x4::splat(inverse * (dscale[row] / count));
        let (dy, x) = (dy.add(row * columns), x.add(row * columns));
        runs.write(dx.add(row * columns), |i| {
            let deviation = mean - F32x4::load(x.add(i));
            factor * (F32x4::load(dy.add(i)) - offset).madd(deviation, slope)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::batch_norm_rows::tests::CASES;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn batch_norm_gradient_is_the_formula_and_zero_in_the_padding() {
        for [rows, pixels, batch, examples] in CASES {
            for threads in [1, 3] {
                let columns = pixels * batch;
                let (mut dy, mut x) = (numbers(rows * columns, 1), numbers(rows * columns, 5));
                let mut statistics: Vec<f32> = numbers(2 * rows, 2).iter().map(|v| v * v).collect();
                let mut scale = numbers(rows, 3);
                let (mut dscale, mut dshift) = (numbers(rows, 8), numbers(rows, 9));
                let count = (pixels * examples) as f64;
                let expected: Vec<f64> = (0..rows * columns)
                    .map(|i| {
                        if i % batch >= examples {
                            return 0.0;
                        }
                        let row = i / columns;
                        let deviation = (f64::from(statistics[rows + row]) + 0.01).sqrt();
                        let normalised = f64::from(x[i] - statistics[row]) / deviation;
                        let rest = f64::from(dy[i])
                            - f64::from(dshift[row]) / count
                            - normalised * f64::from(dscale[row]) / count;
                        f64::from(scale[row]) / deviation * rest
                    })
                    .collect();
                let mut block = step_block(&[(step::EXAMPLES, examples as u32)]);
                let mut dx = vec![f32::NAN; rows * columns];
                let words = &mut [
                    Word::F32(&mut dy),
                    Word::F32(&mut x),
                    Word::F32(&mut statistics),
                    Word::F32(&mut scale),
                    Word::F32(&mut dscale),
                    Word::F32(&mut dshift),
                    Word::U32(&mut block),
                    Word::F32(&mut dx),
                    Word::Number(rows),
                    Word::Number(columns),
                    Word::Number(batch),
                    Word::Float(0.01),
                ];
                call(batch_norm_gradient, threads, words);
                assert_close(&dx, &expected, 1e-5);
                assert!((0..dx.len()).all(|i| i % batch < examples || dx[i].to_bits() == 0));
            }
        }
    }
}
