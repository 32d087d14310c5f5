//! `pointwise`: a pointwise operation of every element. See `src/ops/kernels/pointwise.ts`.
use super::elementwise::map;
use super::pointwise_operations::{monomorphic, Constants};
use crate::args::{Args, Share};

/// `y` is the operation of `x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/pointwise.ts` declares.
pub unsafe fn pointwise(args: Args, share: Share) {
    monomorphic!(args.word(3), apply(args, share))
}

unsafe fn apply<const OPERATION: usize>(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write(1));
    let operations = Constants::held();
    map(x, y, args.word(2), share, |x| operations.value(OPERATION, x));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn pointwise_copies_without_an_operation() {
        for length in [1, 4, 39, 128] {
            for threads in [1, 3] {
                let mut x = numbers(length, 5);
                let expected = x.clone();
                let mut y = vec![f32::NAN; length];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::Number(length),
                    Word::Number(0),
                ];
                call(pointwise, threads, words);
                assert_eq!(y, expected);
            }
        }
    }

    #[test]
    fn pointwise_does_not_hide_a_nan() {
        for operation in 0..20 {
            let (mut x, mut y) = ([f32::NAN, -1.0, 1.0], [9.0; 3]);
            let words = &mut [
                Word::F32(&mut x),
                Word::F32(&mut y),
                Word::Number(3),
                Word::Number(operation),
            ];
            call(pointwise, 1, words);
            assert!(y[0].is_nan(), "operation {operation}");
            assert!(y[1..].iter().all(|y| y.is_finite()), "operation {operation}");
        }
    }
}
