//! `weighted_mean_gradient`. See `src/ops/kernels/weighted_mean_gradient.ts`.
use crate::args::{Args, Share};
use crate::step;

/// `dx[c] = dout[0] weights[labels[c]] / total[0]` for c < step.examples, else 0; NaN where a label is no
/// class.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/weighted_mean_gradient.ts` declares.
pub unsafe fn weighted_mean_gradient(args: Args, share: Share) {
    let (columns, classes) = (args.word(6), args.word(7));
    let (upstream, total) = (args.read::<f32>(0, 1)[0], args.read::<f32>(3, 1)[0]);
    let (labels, weights) = (args.read::<u32>(1, columns), args.read::<f32>(2, classes));
    let block: &[u32] = args.read(4, step::WORDS);
    let examples = block[step::EXAMPLES] as usize;
    let dx = args.write::<f32>(5);
    // Where nothing weighs anything, every weight is 0.
    let scale = upstream / if total == 0.0 { 1.0 } else { total };
    for column in share.range(columns) {
        let weight = weights.get(labels[column] as usize).copied().unwrap_or(f32::NAN);
        *dx.add(column) = if column < examples { scale * weight } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, step_block, Word};

    #[test]
    fn weighted_mean_gradient_is_the_share_of_each_weight() {
        for threads in [1, 3] {
            let mut dx = [f32::NAN; 5];
            let words = &mut [
                Word::F32(&mut [2.0]),
                Word::U32(&mut [0, 1, 0, 1, 1]),
                Word::F32(&mut [1.0, 2.0]),
                Word::F32(&mut [4.0]),
                Word::U32(&mut step_block(&[(step::EXAMPLES, 3)])),
                Word::F32(&mut dx),
                Word::Number(5),
                Word::Number(2),
            ];
            call(weighted_mean_gradient, threads, words);
            assert_eq!(dx, [0.5, 1.0, 0.5, 0.0, 0.0]);
        }
    }
}
