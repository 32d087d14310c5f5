//! `weighted_mean` over the examples of a batch. See `src/ops/kernels/weighted_mean.ts`.
use crate::args::{Args, Share};
use crate::step;

/// `out[0]` is the mean of the first `step.examples` entries of `x`, weighted by class, and `total[0]` the
/// sum of the weights; NaN where a label is no class.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/weighted_mean.ts` declares.
pub unsafe fn weighted_mean(args: Args, share: Share) {
    if share.thread > 0 {
        return;
    }
    let block: &[u32] = args.read(3, step::WORDS);
    let examples = block[step::EXAMPLES] as usize;
    let (x, labels) = (args.read::<f32>(0, examples), args.read::<u32>(1, examples));
    let weights: &[f32] = args.read(2, args.word(7));
    let (mut products, mut total) = (0.0, 0.0);
    for (&x, &label) in x.iter().zip(labels) {
        let weight = f64::from(weights.get(label as usize).copied().unwrap_or(f32::NAN));
        products += weight * f64::from(x);
        total += weight;
    }
    // Where nothing weighs anything, both sums are 0.
    let divisor = if total == 0.0 { 1.0 } else { total };
    *args.write::<f32>(4) = (products / divisor) as f32;
    *args.write::<f32>(5) = total as f32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, step_block, Word};

    fn means(weights: &mut [f32], labels: &mut [u32], examples: u32) -> [f32; 2] {
        let (mut out, mut total) = ([f32::NAN], [f32::NAN]);
        let classes = weights.len();
        let words = &mut [
            Word::F32(&mut [1.0, 2.0, 4.0, 100.0]),
            Word::U32(labels),
            Word::F32(weights),
            Word::U32(&mut step_block(&[(step::EXAMPLES, examples)])),
            Word::F32(&mut out),
            Word::F32(&mut total),
            Word::Number(4),
            Word::Number(classes),
        ];
        call(weighted_mean, 2, words);
        [out[0], total[0]]
    }

    #[test]
    fn weighted_mean_divides_by_the_weights_of_the_examples() {
        let got = means(&mut [1.0, 3.0], &mut [0, 1, 0, 0], 3);
        assert_close(&got, &[11.0 / 5.0, 5.0], 1e-6);
    }

    #[test]
    fn weighted_mean_is_zero_where_nothing_weighs_anything() {
        assert_eq!(means(&mut [0.0, 3.0], &mut [0, 0, 0, 1], 3), [0.0, 0.0]);
    }

    #[test]
    fn weighted_mean_of_a_label_that_is_no_class_is_nan() {
        assert!(means(&mut [1.0, 3.0], &mut [0, 2, 0, 0], 3)[0].is_nan());
    }
}
