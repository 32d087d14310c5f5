//! `group_lasso`: draws the values of whole slots towards 0. See `src/ops/kernels/group_lasso.ts`.
use super::elementwise::{map, sum};
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `w *= max(0, 1 - learningRate * weight / sqrt(sum of w^2 + 1e-6))` for each slot.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/group_lasso.ts` declares.
pub unsafe fn group_lasso(args: Args, share: Share) {
    let values = args.write::<f32>(0);
    let block: &[u32] = args.read(1, step::WORDS);
    let (slots, area) = (args.word(2), args.word(3));
    let pull = step::float(block, step::LEARNING_RATE) * args.float(4);
    let whole = Share { thread: 0, threads: 1, ..share };
    for slot in share.range(slots) {
        let at = values.add(slot * area);
        let squares = sum(at, area, |w| w * w);
        let left = F32x4::splat((1.0 - pull / (squares + 1e-6).sqrt()).max(0.0));
        map(at, at, area, whole, |w| w * left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn group_lasso_scales_each_slot_by_its_norm() {
        for (slots, area, weight, threads) in [(1, 1, 0.1, 1), (7, 16, 2.0, 3), (5, 3, 90.0, 2)] {
            let mut values = numbers(slots * area, 8);
            let mut block = step_block(&[(step::LEARNING_RATE, 0.1f32.to_bits())]);
            let expected: Vec<f64> = values
                .chunks(area)
                .flat_map(|slot| {
                    let squares: f64 = slot.iter().map(|w| f64::from(w * w)).sum();
                    let left = (1.0 - 0.1 * f64::from(weight) / (squares + 1e-6).sqrt()).max(0.0);
                    slot.iter().map(move |w| f64::from(*w) * left)
                })
                .collect();
            let words = &mut [
                Word::F32(&mut values),
                Word::U32(&mut block),
                Word::Number(slots),
                Word::Number(area),
                Word::Float(weight),
            ];
            call(group_lasso, threads, words);
            assert_close(&values, &expected, 1e-5);
        }
    }
}
