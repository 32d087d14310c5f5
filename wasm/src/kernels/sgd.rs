//! `sgd`: plain gradient descent. See `src/ops/kernels/sgd.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `values -= learningRate * (clip[0] * gradient + weightDecay * values)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/sgd.ts` declares.
pub unsafe fn sgd(args: Args, share: Share) {
    let (values, gradient) = (args.write::<f32>(0), args.word(1) as *const f32);
    let clip = F32x4::splat(args.read::<f32>(2, 1)[0]);
    let rate = F32x4::splat(step::float(args.read(3, step::WORDS), step::LEARNING_RATE));
    let decay = F32x4::splat(args.float(5));
    each_vector(args.word(4), share, |i, lanes| {
        let value = lanes.load(values.add(i));
        let slope = clip * lanes.load(gradient.add(i)) + decay * value;
        lanes.store(value - rate * slope, values.add(i));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn sgd_steps_against_the_gradient() {
        for length in [1, 4, 37] {
            for threads in [1, 3] {
                let (mut values, mut gradient) = (numbers(length, 15), numbers(length, 16));
                let mut block = step_block(&[(step::LEARNING_RATE, 0.1f32.to_bits())]);
                let expected: Vec<f64> = values
                    .iter()
                    .zip(&gradient)
                    .map(|(&w, &g)| (f64::from(w), f64::from(g)))
                    .map(|(w, g)| w - 0.1 * (0.5 * g + 0.01 * w))
                    .collect();
                let words = &mut [
                    Word::F32(&mut values),
                    Word::F32(&mut gradient),
                    Word::F32(&mut [0.5]),
                    Word::U32(&mut block),
                    Word::Number(length),
                    Word::Float(0.01),
                ];
                call(sgd, threads, words);
                assert_close(&values, &expected, 1e-6);
            }
        }
    }
}
