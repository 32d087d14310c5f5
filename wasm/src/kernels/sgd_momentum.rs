//! `sgd_momentum`: PyTorch's form, no dampening. See `src/ops/kernels/sgd_momentum.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `g = clip[0] * gradient + weightDecay * values`; `momentum = beta * momentum + g`;
/// `values -= learningRate * (nesterov ? g + beta * momentum : momentum)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/sgd_momentum.ts` declares.
pub unsafe fn sgd_momentum(args: Args, share: Share) {
    let (values, gradient) = (args.write::<f32>(0), args.word(1) as *const f32);
    let momentum = args.write::<f32>(2);
    let clip = F32x4::splat(args.read::<f32>(3, 1)[0]);
    let rate = F32x4::splat(step::float(args.read(4, step::WORDS), step::LEARNING_RATE));
    let beta = F32x4::splat(args.float(6));
    let nesterov = args.word(7) != 0;
    let decay = F32x4::splat(args.float(8));
    each_vector(args.word(5), share, |i, lanes| {
        let value = lanes.load(values.add(i));
        let slope = clip * lanes.load(gradient.add(i)) + decay * value;
        let speed = beta * lanes.load(momentum.add(i)) + slope;
        let update = if nesterov { slope + beta * speed } else { speed };
        lanes.store(speed, momentum.add(i));
        lanes.store(value - rate * update, values.add(i));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn sgd_momentum_equals_the_formula() {
        for (length, nesterov) in [(1, 0), (4, 1), (37, 0), (37, 1)] {
            for threads in [1, 3] {
                let (mut values, mut gradient) = (numbers(length, 17), numbers(length, 18));
                let mut momentum = numbers(length, 19);
                let mut block = step_block(&[(step::LEARNING_RATE, 0.1f32.to_bits())]);
                let (mut expected_values, mut expected_momentum) = (Vec::new(), Vec::new());
                for i in 0..length {
                    let w = f64::from(values[i]);
                    let g = 0.5 * f64::from(gradient[i]) + 0.01 * w;
                    let m = 0.9 * f64::from(momentum[i]) + g;
                    let update = if nesterov == 1 { g + 0.9 * m } else { m };
                    expected_values.push(w - 0.1 * update);
                    expected_momentum.push(m);
                }
                let words = &mut [
                    Word::F32(&mut values),
                    Word::F32(&mut gradient),
                    Word::F32(&mut momentum),
                    Word::F32(&mut [0.5]),
                    Word::U32(&mut block),
                    Word::Number(length),
                    Word::Float(0.9),
                    Word::Number(nesterov),
                    Word::Float(0.01),
                ];
                call(sgd_momentum, threads, words);
                assert_close(&values, &expected_values, 1e-6);
                assert_close(&momentum, &expected_momentum, 1e-6);
            }
        }
    }
}
