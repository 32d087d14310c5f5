//! `accumulate`: one batch's share of an update over several. See `src/ops/kernels/accumulate.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `sum = share * x` where the update begins, else `sum += share * x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/accumulate.ts` declares.
pub unsafe fn accumulate(args: Args, share: Share) {
    let (sum, x) = (args.write::<f32>(0), args.word(1) as *const f32);
    let block: &[u32] = args.read(2, step::WORDS);
    let begun = block[step::BEFORE] != 0;
    let scale = F32x4::splat(step::float(block, step::SHARE));
    each_vector(args.word(3), share, |i, lanes| {
        // Not multiplied by 0: what an earlier update left may not be finite.
        let before = if begun { lanes.load(sum.add(i)) } else { F32x4::splat(0.0) };
        lanes.store(before + scale * lanes.load(x.add(i)), sum.add(i));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, step_block, Word};

    #[test]
    fn accumulate_begins_anew_and_then_adds() {
        for length in [1, 4, 37, 130] {
            for threads in [1, 3] {
                let mut sum = vec![f32::NAN; length];
                let mut expected = vec![0.0; length];
                for (batch, share) in [0.25f32, 0.5, 0.125].into_iter().enumerate() {
                    let mut x = numbers(length, 17 + batch as u32);
                    let words = [(step::BEFORE, 32 * batch as u32), (step::SHARE, share.to_bits())];
                    let mut block = step_block(&words);
                    for (e, &x) in expected.iter_mut().zip(&x) {
                        *e += f64::from(share) * f64::from(x);
                    }
                    let words = &mut [
                        Word::F32(&mut sum),
                        Word::F32(&mut x),
                        Word::U32(&mut block),
                        Word::Number(length),
                    ];
                    call(accumulate, threads, words);
                }
                assert_close(&sum, &expected, 1e-6);
            }
        }
    }
}
