//! `subset_decay`: decay of values of which a part is chosen. See `src/ops/kernels/subset_decay.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::constants::NONE;
use crate::simd::F32x4;
use crate::step;

/// `values -= learningRate * (inside or outside) * values`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/subset_decay.ts` declares.
pub unsafe fn subset_decay(args: Args, share: Share) {
    let values = args.write::<f32>(0);
    let length = args.word(3);
    let places: &[u32] = args.read(1, length);
    let block: &[u32] = args.read(2, step::WORDS);
    let rate = F32x4::splat(step::float(block, step::LEARNING_RATE));
    let shares = [args.float(5), args.float(4)];
    each_vector(length, share, |i, lanes| {
        let mut of = [0.0; 4];
        for (lane, place) in of.iter_mut().zip(&places[i..length.min(i + 4)]) {
            *lane = shares[usize::from(*place != NONE)];
        }
        let value = lanes.load(values.add(i));
        lanes.store(value - rate * (F32x4::from_array(of) * value), values.add(i));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn subset_decay_takes_more_from_what_is_not_chosen() {
        for (length, threads) in [(1, 1), (4, 3), (37, 3)] {
            let mut values = numbers(length, 8);
            let mut places: Vec<u32> =
                (0..length as u32).map(|i| if i % 3 == 0 { NONE } else { i }).collect();
            let mut block = step_block(&[(step::LEARNING_RATE, 0.1f32.to_bits())]);
            let expected: Vec<f64> = values
                .iter()
                .enumerate()
                .map(|(i, w)| f64::from(*w) * if i % 3 == 0 { 1.0 - 0.05 } else { 1.0 - 0.01 })
                .collect();
            let words = &mut [
                Word::F32(&mut values),
                Word::U32(&mut places),
                Word::U32(&mut block),
                Word::Number(length),
                Word::Float(0.1),
                Word::Float(0.5),
            ];
            call(subset_decay, threads, words);
            assert_close(&values, &expected, 1e-6);
        }
    }
}
