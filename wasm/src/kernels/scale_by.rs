//! `scale_by`: a number times every element. See `src/ops/kernels/scale_by.ts`.
use super::elementwise::map;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = factor[0] x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/scale_by.ts` declares.
pub unsafe fn scale_by(args: Args, share: Share) {
    let factor = F32x4::splat(*(args.word(1) as *const f32));
    let x = args.word(0) as *const f32;
    map(x, args.write::<f32>(2), args.word(3), share, |lanes| factor * lanes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn scale_by_multiplies_every_element() {
        for (length, threads) in [(1, 1), (7, 2), (64, 3)] {
            let mut x = numbers(length, 1);
            let expected: Vec<f32> = x.iter().map(|v| -1.5 * v).collect();
            let mut y = vec![f32::NAN; length];
            let words = &mut [
                Word::F32(&mut x),
                Word::F32(&mut [-1.5]),
                Word::F32(&mut y),
                Word::Number(length),
            ];
            call(scale_by, threads, words);
            assert_eq!(y, expected);
        }
    }
}
