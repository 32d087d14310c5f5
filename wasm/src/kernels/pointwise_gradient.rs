//! `pointwise_gradient`: the gradient before a pointwise operation. See `src/ops/kernels/pointwise_gradient.ts`.
use super::elementwise::zip;
use super::pointwise_operations::{monomorphic, Constants};
use crate::args::{Args, Share};

/// `dx`, the gradient before the operation, from `dy` behind it.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/pointwise_gradient.ts` declares.
pub unsafe fn pointwise_gradient(args: Args, share: Share) {
    monomorphic!(args.word(4), apply(args, share))
}

unsafe fn apply<const OPERATION: usize>(args: Args, share: Share) {
    let (operand, dy) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let operations = Constants::held();
    zip(operand, dy, args.write(2), args.word(3), share, |operand, dy| {
        operations.gradient(OPERATION, dy, operand)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn pointwise_gradient_passes_everything_without_an_operation() {
        for length in [1, 4, 39, 128] {
            for threads in [1, 3] {
                let (mut y, mut dy) = (numbers(length, 6), numbers(length, 7));
                let expected = dy.clone();
                let mut dx = vec![f32::NAN; length];
                let words = &mut [
                    Word::F32(&mut y),
                    Word::F32(&mut dy),
                    Word::F32(&mut dx),
                    Word::Number(length),
                    Word::Number(0),
                ];
                call(pointwise_gradient, threads, words);
                assert_eq!(dx, expected);
            }
        }
    }
}
