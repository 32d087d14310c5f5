//! `adamw_local`: AdamW whose bias corrections count from the birth of each unit. See
//! `src/ops/kernels/adamw_local.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// As `adamw`, with the corrections of the age of each element's unit.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/adamw_local.ts` declares.
pub unsafe fn adamw_local(args: Args, share: Share) {
    let (values, gradient) = (args.write::<f32>(0), args.word(1) as *const f32);
    let (m, v) = (args.write::<f32>(2), args.write::<f32>(3));
    let clip = F32x4::splat(args.read::<f32>(6, 1)[0]);
    let block: &[u32] = args.read(7, step::WORDS);
    let [length, begin, area, ages] = [8, 9, 10, 11].map(|i| args.word(i));
    let slots = (begin + length).div_ceil(area);
    let births: &[u32] = args.read(4, 1 + slots.div_ceil(2));
    let corrections: &[f32] = args.read(5, 2 * ages);
    let rate = F32x4::splat(step::float(block, step::LEARNING_RATE));
    let [beta1, rest1] = [args.float(12), args.float(14)].map(F32x4::splat);
    let [beta2, rest2] =
        step::second_moment(block, [args.float(13), args.float(15)]).map(F32x4::splat);
    let [epsilon, decay] = [args.float(16), args.float(17)].map(F32x4::splat);
    let usual = [step::BIAS_CORRECTION1, step::BIAS_CORRECTION2].map(|w| step::float(block, w));
    let since = block[step::STEP].wrapping_sub(births[0]);
    let correct = |slot: usize| {
        let age = births[1 + slot / 2] >> (16 * (slot % 2)) & 0xffff;
        let age = age.wrapping_add(since) as usize;
        let [first, second] =
            if age < ages { [corrections[2 * age], corrections[2 * age + 1]] } else { usual };
        [1.0 / first, 1.0 / second]
    };
    // Neighbours mostly share a slot, or an age.
    let mut known = (usize::MAX, [0.0; 2]);
    each_vector(length, share, |i, lanes| {
        let mut corrects = [[0.0; 4]; 2];
        for lane in 0..4 {
            // What lies behind the end has no slot.
            let slot = (begin + (i + lane).min(length - 1)) / area;
            if slot != known.0 {
                known = (slot, correct(slot));
            }
            corrects[0][lane] = known.1[0];
            corrects[1][lane] = known.1[1];
        }
        let [correct1, correct2] = corrects.map(F32x4::from_array);
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
    fn adamw_local_corrects_each_element_by_the_age_of_its_unit() {
        for (length, begin, area) in [(1, 0, 1), (37, 0, 1), (37, 12, 1), (64, 16, 16), (30, 4, 3)]
        {
            for threads in [1, 3] {
                let (mut values, mut gradient) = (numbers(length, 20), numbers(length, 21));
                let mut m = numbers(length, 22);
                let mut v: Vec<f32> = numbers(length, 23).iter().map(|x| x * x).collect();
                let slots = (begin + length).div_ceil(area);
                let age = |slot: usize| 7 * slot % 9;
                let mut births = vec![40u32];
                births.extend(
                    (0..slots.div_ceil(2))
                        .map(|i| age(2 * i) as u32 | (age(2 * i + 1) as u32) << 16),
                );
                let mut corrections: Vec<f32> = (0..20).map(|i| 0.02 + 0.03 * i as f32).collect();
                let mut block = step_block(&[
                    (step::STEP, 43),
                    (step::LEARNING_RATE, 0.1f32.to_bits()),
                    (step::BIAS_CORRECTION1, 0.9f32.to_bits()),
                    (step::BIAS_CORRECTION2, 0.8f32.to_bits()),
                ]);
                let mut expected = Vec::new();
                for i in 0..length {
                    let a = age((begin + i) / area) + 3;
                    let [c1, c2] = if a < 10 {
                        [corrections[2 * a], corrections[2 * a + 1]].map(f64::from)
                    } else {
                        [0.9, 0.8]
                    };
                    let (w, g) = (f64::from(values[i]), 0.5 * f64::from(gradient[i]));
                    let mean = 0.9 * f64::from(m[i]) + 0.1 * g;
                    let square = 0.999 * f64::from(v[i]) + 0.001 * g * g;
                    let ratio = (mean / c1) / ((square / c2).sqrt() + 1e-3);
                    expected.push(w - 0.1 * (0.01 * w + ratio));
                }
                let words = &mut [
                    Word::F32(&mut values),
                    Word::F32(&mut gradient),
                    Word::F32(&mut m),
                    Word::F32(&mut v),
                    Word::U32(&mut births),
                    Word::F32(&mut corrections),
                    Word::F32(&mut [0.5]),
                    Word::U32(&mut block),
                    Word::Number(length),
                    Word::Number(begin),
                    Word::Number(area),
                    Word::Number(10),
                    Word::Float(0.9),
                    Word::Float(0.999),
                    Word::Float(0.1),
                    Word::Float(0.001),
                    Word::Float(1e-3),
                    Word::Float(0.01),
                ];
                call(adamw_local, threads, words);
                assert_close(&values, &expected, 1e-5);
            }
        }
    }
}
