//! `weight_shares`: what each column counts in a mean. See `src/ops/kernels/weight_shares.ts`.
use crate::args::{Args, Share};
use crate::step;

/// `shares[c] = weights[c] / sum` for the columns of examples, 0 for the others.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/weight_shares.ts` declares.
pub unsafe fn weight_shares(args: Args, share: Share) {
    if share.thread > 0 {
        return;
    }
    let (columns, examples, weighted) = (args.word(3), args.word(4), args.word(5) != 0);
    let block: &[u32] = args.read(1, step::WORDS);
    let real = block[step::EXAMPLES] as usize;
    let weights = args.word(0) as *const f32;
    let weight = |column: usize| {
        if column % examples >= real {
            0.0
        } else if weighted {
            f64::from(*weights.add(column))
        } else {
            1.0
        }
    };
    let total: f64 = (0..columns).map(weight).sum();
    // Where nothing weighs anything, all weights are 0.
    let divisor = if total == 0.0 { 1.0 } else { total };
    let shares = core::slice::from_raw_parts_mut(args.write::<f32>(2), columns);
    for (column, share) in shares.iter_mut().enumerate() {
        *share = (weight(column) / divisor) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, step_block, Word};

    fn shares(weights: &mut [f32], weighted: usize) -> Vec<f32> {
        let mut out = vec![f32::NAN; 8];
        let words = &mut [
            Word::F32(weights),
            Word::U32(&mut step_block(&[(step::EXAMPLES, 3)])),
            Word::F32(&mut out),
            Word::Number(8),
            Word::Number(4),
            Word::Number(weighted),
        ];
        call(weight_shares, 2, words);
        out
    }

    #[test]
    fn weight_shares_add_up_to_one_over_the_examples() {
        let got = shares(&mut [1.0, 0.0, 2.0, 9.0, 3.0, 0.0, 2.0, 9.0], 1);
        assert_eq!(got, [0.125, 0.0, 0.25, 0.0, 0.375, 0.0, 0.25, 0.0]);
    }

    #[test]
    fn weight_shares_are_zero_where_nothing_weighs_anything() {
        assert_eq!(shares(&mut [0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 9.0], 1), [0.0; 8]);
    }

    #[test]
    fn weight_shares_are_alike_without_weights() {
        let sixth = 1.0 / 6.0;
        let expected = [sixth, sixth, sixth, 0.0, sixth, sixth, sixth, 0.0];
        assert_eq!(shares(&mut [f32::NAN], 0), expected);
    }
}
