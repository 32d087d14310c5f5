//! `adamw`: decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2). See
//! `src/ops/kernels/adamw.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `g = clip[0] * gradient`; `m = beta1 m + rest1 g`; `v = beta2 v + rest2 g^2`;
/// `values -= learningRate * (weightDecay * values + (m / c1) / (sqrt(v / c2) + epsilon))`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/adamw.ts` declares.
pub unsafe fn adamw(args: Args, share: Share) {
    let (values, gradient) = (args.write::<f32>(0), args.word(1) as *const f32);
    let (m, v) = (args.write::<f32>(2), args.write::<f32>(3));
    let clip = F32x4::splat(args.read::<f32>(4, 1)[0]);
    let block: &[u32] = args.read(5, step::WORDS);
    let rate = F32x4::splat(step::float(block, step::LEARNING_RATE));
    let [beta1, rest1] = [args.float(7), args.float(9)].map(F32x4::splat);
    let [beta2, rest2] =
        step::second_moment(block, [args.float(8), args.float(10)]).map(F32x4::splat);
    let correct1 = F32x4::splat(1.0 / step::float(block, step::BIAS_CORRECTION1));
    let correct2 = F32x4::splat(1.0 / step::float(block, step::BIAS_CORRECTION2));
    let [epsilon, decay] = [args.float(11), args.float(12)].map(F32x4::splat);
    each_vector(args.word(6), share, |i, lanes| {
        let value = lanes.load(values.add(i));
        let slope = clip * lanes.load(gradient.add(i));
        let mean = beta1 * lanes.load(m.add(i)) + rest1 * slope;
        let square = beta2 * lanes.load(v.add(i)) + rest2 * (slope * slope);
        let ratio = (mean * correct1) / ((square * correct2).sqrt() + epsilon);
        lanes.store(mean, m.add(i));
        lanes.store(square, v.add(i));
        lanes.store(value - rate * (decay * value + ratio), values.add(i));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn adamw_equals_the_formula() {
        for length in [1, 4, 37] {
            for threads in [1, 3] {
                let (mut values, mut gradient) = (numbers(length, 20), numbers(length, 21));
                let mut m = numbers(length, 22);
                let mut v: Vec<f32> = numbers(length, 23).iter().map(|x| x * x).collect();
                let mut block = step_block(&[
                    (step::LEARNING_RATE, 0.1f32.to_bits()),
                    (step::BIAS_CORRECTION1, 0.19f32.to_bits()),
                    (step::BIAS_CORRECTION2, 0.002f32.to_bits()),
                ]);
                let mut expected = [Vec::new(), Vec::new(), Vec::new()];
                for i in 0..length {
                    let (w, g) = (f64::from(values[i]), 0.5 * f64::from(gradient[i]));
                    let mean = 0.9 * f64::from(m[i]) + 0.1 * g;
                    let square = 0.999 * f64::from(v[i]) + 0.001 * g * g;
                    let ratio = (mean / 0.19) / ((square / 0.002).sqrt() + 1e-3);
                    expected[0].push(w - 0.1 * (0.01 * w + ratio));
                    expected[1].push(mean);
                    expected[2].push(square);
                }
                let words = &mut [
                    Word::F32(&mut values),
                    Word::F32(&mut gradient),
                    Word::F32(&mut m),
                    Word::F32(&mut v),
                    Word::F32(&mut [0.5]),
                    Word::U32(&mut block),
                    Word::Number(length),
                    Word::Float(0.9),
                    Word::Float(0.999),
                    Word::Float(0.1),
                    Word::Float(0.001),
                    Word::Float(1e-3),
                    Word::Float(0.01),
                ];
                call(adamw, threads, words);
                assert_close(&values, &expected[0], 1e-5);
                assert_close(&m, &expected[1], 1e-6);
                assert_close(&v, &expected[2], 1e-6);
            }
        }
    }
}
