//! `mean` over the examples of a batch. See `src/ops/kernels/mean.ts`.
use super::elementwise::sum;
use crate::args::{Args, Share};
use crate::step;

/// `out[0]` is the mean of the first `step.examples` entries of `x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/mean.ts` declares.
pub unsafe fn mean(args: Args, share: Share) {
    if share.thread > 0 {
        return;
    }
    let block: &[u32] = args.read(1, step::WORDS);
    let examples = block[step::EXAMPLES] as usize;
    *args.write::<f32>(2) = sum(args.word(0) as *const f32, examples, |v| v) / examples as f32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn mean_leaves_out_the_padding() {
        for examples in [1, 3, 32, 61] {
            for threads in [1, 3] {
                let mut x = numbers(64, 13);
                let mut block = step_block(&[(step::EXAMPLES, examples as u32)]);
                let total: f64 = x[..examples].iter().map(|&v| f64::from(v)).sum();
                let mut out = [f32::NAN];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::U32(&mut block),
                    Word::F32(&mut out),
                    Word::Number(64),
                ];
                call(mean, threads, words);
                assert_close(&out, &[total / examples as f64], 1e-5);
            }
        }
    }
}
