//! `adamw`: decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2). See
//! `src/ops/kernels/adamw.ts`.
use super::elementwise::{each_vector, Lanes};
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `g = clip[0] * gradient`; `m = beta1 m + rest1 g`; `v = beta2 v + rest2 g^2`;
/// `values -= learningRate * (weightDecay * values + (m / c1) / (sqrt(v / c2) + epsilon))`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/adamw.ts` declares.
pub unsafe fn adamw(args: Args, share: Share) {
    let block: &[u32] = args.read(5, step::WORDS);
    let [beta1, rest1] = [args.float(7), args.float(9)].map(F32x4::splat);
    let [beta2, rest2] =
        step::second_moment(block, [args.float(8), args.float(10)]).map(F32x4::splat);
    let [epsilon, decay] = [args.float(11), args.float(12)].map(F32x4::splat);
    let flush = args.float(13);
    let call = Call {
        values: args.write(0),
        gradient: args.word(1) as *const f32,
        m: args.write(2),
        v: args.write(3),
        clip: F32x4::splat(args.read::<f32>(4, 1)[0]),
        rate: F32x4::splat(step::float(block, step::LEARNING_RATE)),
        correct1: F32x4::splat(1.0 / step::float(block, step::BIAS_CORRECTION1)),
        correct2: F32x4::splat(1.0 / step::float(block, step::BIAS_CORRECTION2)),
        flush: F32x4::splat(flush),
        beta1,
        rest1,
        beta2,
        rest2,
        epsilon,
        decay,
    };
    if flush > 0.0 {
        each_vector(args.word(6), share, |i, lanes| call.update::<true>(i, lanes));
    } else {
        each_vector(args.word(6), share, |i, lanes| call.update::<false>(i, lanes));
    }
}

struct Call {
    values: *mut f32,
    gradient: *const f32,
    m: *mut f32,
    v: *mut f32,
    clip: F32x4,
    rate: F32x4,
    correct1: F32x4,
    correct2: F32x4,
    flush: F32x4,
    beta1: F32x4,
    rest1: F32x4,
    beta2: F32x4,
    rest2: F32x4,
    epsilon: F32x4,
    decay: F32x4,
}

impl Call {
    /// Updates the elements from `i` on. With `FLUSH` no moment becomes denormal: that makes every operation slow.
    #[inline(always)]
    unsafe fn update<const FLUSH: bool>(&self, i: usize, lanes: Lanes) {
        let value = lanes.load(self.values.add(i));
        let slope = self.clip * lanes.load(self.gradient.add(i));
        let mut mean = self.beta1 * lanes.load(self.m.add(i)) + self.rest1 * slope;
        let mut square = self.beta2 * lanes.load(self.v.add(i)) + self.rest2 * (slope * slope);
        if FLUSH {
            mean = mean.gate(mean.abs() - self.flush);
            square = square.gate(square - F32x4::splat(f32::MIN_POSITIVE));
        }
        let ratio = (mean * self.correct1) / ((square * self.correct2).sqrt() + self.epsilon);
        lanes.store(mean, self.m.add(i));
        lanes.store(square, self.v.add(i));
        lanes.store(value - self.rate * (self.decay * value + ratio), self.values.add(i));
    }
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
                    Word::Float(0.0),
                ];
                call(adamw, threads, words);
                assert_close(&values, &expected[0], 1e-5);
                assert_close(&m, &expected[1], 1e-6);
                assert_close(&v, &expected[2], 1e-6);
            }
        }
    }
}
