//! `mean_gradient`. See `src/ops/kernels/mean_gradient.ts`.
use crate::args::{Args, Share};
use crate::step;

/// `dx[c] = dout[0] / step.examples` for c < step.examples, else 0.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/mean_gradient.ts` declares.
pub unsafe fn mean_gradient(args: Args, share: Share) {
    let upstream: &[f32] = args.read(0, 1);
    let block: &[u32] = args.read(1, step::WORDS);
    let examples = block[step::EXAMPLES] as usize;
    let gradient = upstream[0] / examples as f32;
    let dx = args.write::<f32>(2);
    for column in share.range(args.word(3)) {
        *dx.add(column) = if column < examples { gradient } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, step_block, Word};

    #[test]
    fn mean_gradient_is_zero_on_the_padding() {
        for threads in [1, 3] {
            let (mut upstream, mut dx) = ([3.0], [f32::NAN; 8]);
            let mut block = step_block(&[(step::EXAMPLES, 6)]);
            let words = &mut [
                Word::F32(&mut upstream),
                Word::U32(&mut block),
                Word::F32(&mut dx),
                Word::Number(8),
            ];
            call(mean_gradient, threads, words);
            assert_eq!(dx, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0]);
        }
    }
}
