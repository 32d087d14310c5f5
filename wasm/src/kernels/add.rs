//! `add`: the sum of two gradients of one tensor. See `src/ops/kernels/add.ts`.
use super::elementwise::zip;
use crate::args::{Args, Share};

/// `y = a + b`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/add.ts` declares.
pub unsafe fn add(args: Args, share: Share) {
    let (a, b) = (args.word(0) as *const f32, args.word(1) as *const f32);
    zip(a, b, args.write(2), args.word(3), share, |a, b| a + b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn add_adds_element_by_element() {
        for length in [1, 4, 39, 128] {
            for threads in [1, 3] {
                let (mut a, mut b) = (numbers(length, 8), numbers(length, 9));
                let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
                let mut y = vec![f32::NAN; length];
                let words = &mut [
                    Word::F32(&mut a),
                    Word::F32(&mut b),
                    Word::F32(&mut y),
                    Word::Number(length),
                ];
                call(add, threads, words);
                assert_eq!(y, expected);
            }
        }
    }
}
