//! `relu_gradient`. See `src/ops/kernels/relu_gradient.ts`.
use super::elementwise::zip;
use crate::args::{Args, Share};

/// `dx = dy` where `y > 0`, else 0.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/relu_gradient.ts` declares.
pub unsafe fn relu_gradient(args: Args, share: Share) {
    let (y, dy) = (args.word(0) as *const f32, args.word(1) as *const f32);
    zip(y, dy, args.write(2), args.word(3), share, |y, dy| dy.gate(y));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn relu_gradient_passes_where_the_output_is_positive() {
        for length in [1, 4, 39, 128] {
            for threads in [1, 3] {
                let mut y: Vec<f32> = numbers(length, 6).iter().map(|v| v.max(0.0)).collect();
                let mut dy = numbers(length, 7);
                let expected: Vec<f32> =
                    y.iter().zip(&dy).map(|(&y, &d)| if y > 0.0 { d } else { 0.0 }).collect();
                let mut dx = vec![f32::NAN; length];
                let words = &mut [
                    Word::F32(&mut y),
                    Word::F32(&mut dy),
                    Word::F32(&mut dx),
                    Word::Number(length),
                ];
                call(relu_gradient, threads, words);
                assert_eq!(dx, expected);
            }
        }
    }
}
