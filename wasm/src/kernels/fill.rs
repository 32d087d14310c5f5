//! `fill`: one number in a run of elements. See `src/ops/kernels/fill.ts`.
use super::elementwise::each_vector;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y[to + i] = value`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/fill.ts` declares.
pub unsafe fn fill(args: Args, share: Share) {
    let y = args.write::<f32>(0).add(args.word(2));
    let value = F32x4::splat(args.float(3));
    each_vector(args.word(1), share, |i, lanes| lanes.store(value, y.add(i)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, Word};

    #[test]
    fn fill_leaves_what_lies_around_alone() {
        for length in [1, 4, 7, 64] {
            for threads in [1, 3] {
                let mut y = vec![7.0; length + 9];
                let mut expected = y.clone();
                expected[5..5 + length].fill(-2.5);
                let words = &mut [
                    Word::F32(&mut y),
                    Word::Number(length),
                    Word::Number(5),
                    Word::Number((-2.5f32).to_bits() as usize),
                ];
                call(fill, threads, words);
                assert_eq!(y, expected);
            }
        }
    }
}
