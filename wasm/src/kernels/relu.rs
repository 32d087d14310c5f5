//! `relu`. See `src/ops/kernels/relu.ts`.
use super::elementwise::map;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = max(x, 0)`; a NaN stays one.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/relu.ts` declares.
pub unsafe fn relu(args: Args, share: Share) {
    map(args.word(0) as *const f32, args.write(1), args.word(2), share, |x| x.max(F32x4::zero()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn relu_keeps_what_is_positive() {
        for length in [1, 4, 39, 128] {
            for threads in [1, 3] {
                let mut x = numbers(length, 5);
                let expected: Vec<f32> = x.iter().map(|v| v.max(0.0)).collect();
                let mut y = vec![f32::NAN; length];
                let words = &mut [Word::F32(&mut x), Word::F32(&mut y), Word::Number(length)];
                call(relu, threads, words);
                assert_eq!(y, expected);
            }
        }
    }

    #[test]
    fn relu_does_not_hide_a_nan() {
        let (mut x, mut y) = ([f32::NAN, -1.0, 1.0], [9.0; 3]);
        call(relu, 1, &mut [Word::F32(&mut x), Word::F32(&mut y), Word::Number(3)]);
        assert!(y[0].is_nan());
        assert_eq!(y[1..], [0.0, 1.0]);
    }
}
