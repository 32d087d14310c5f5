//! `pointwise_slope`: a pointwise operation and its derivative. See `src/ops/kernels/pointwise_slope.ts`.
use super::elementwise::each_vector;
use super::pointwise_operations::{monomorphic, Constants};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y` is the operation of `x`, `slope` its derivative there. What both are made of is computed once.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/pointwise_slope.ts` declares.
pub unsafe fn pointwise_slope(args: Args, share: Share) {
    monomorphic!(args.word(4), apply(args, share))
}

unsafe fn apply<const OPERATION: usize>(args: Args, share: Share) {
    let (x, y, slope) = (args.word(0) as *const f32, args.write::<f32>(1), args.write::<f32>(2));
    let operations = Constants::held();
    each_vector(args.word(3), share, |i, lanes| {
        let x = lanes.load(x.add(i));
        lanes.store(operations.value(OPERATION, x), y.add(i));
        let gradient = operations.gradient(OPERATION, F32x4::splat(1.0), x);
        lanes.store(gradient, slope.add(i));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn pointwise_slope_copies_with_slope_1_without_an_operation() {
        for length in [1, 4, 39, 128] {
            for threads in [1, 3] {
                let mut x = numbers(length, 5);
                let expected = x.clone();
                let (mut y, mut slope) = (vec![f32::NAN; length], vec![f32::NAN; length]);
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::F32(&mut slope),
                    Word::Number(length),
                    Word::Number(0),
                ];
                call(pointwise_slope, threads, words);
                assert_eq!(y, expected);
                assert_eq!(slope, vec![1.0; length]);
            }
        }
    }
}
