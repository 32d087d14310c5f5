//! `copy`: a run of elements, from one place to another. See `src/ops/kernels/copy.ts`.
use super::elementwise::map;
use crate::args::{Args, Share};

/// `y[to + i] = x[begin + i]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/copy.ts` declares.
pub unsafe fn copy(args: Args, share: Share) {
    let x = (args.word(0) as *const f32).add(args.word(3));
    let y = args.write::<f32>(1).add(args.word(4));
    map(x, y, args.word(2), share, |lanes| lanes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn copy_leaves_what_lies_around_alone() {
        for length in [1, 4, 7, 64] {
            for threads in [1, 3] {
                let mut x = numbers(length + 5, 1);
                let mut y = vec![7.0; length + 9];
                let mut expected = y.clone();
                expected[6..6 + length].copy_from_slice(&x[3..3 + length]);
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::Number(length),
                    Word::Number(3),
                    Word::Number(6),
                ];
                call(copy, threads, words);
                assert_eq!(y, expected);
            }
        }
    }
}
