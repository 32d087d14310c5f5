//! `axis_sum`: sums along an axis. See `src/ops/kernels/axis_sum.ts`.
use super::axis::{vectors, Axis};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Terms of a block: blocks are added first, lest small terms are lost in many.
const BLOCK: usize = 256;

/// `y[o, i] = scale * sum of x[o, l, i]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/axis_sum.ts` declares.
pub unsafe fn axis_sum(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(1));
    let axis = Axis::read(args, 2);
    let scale = F32x4::splat(args.float(5));
    axis.each_chunk(share, |o, i, some| {
        let parts = vectors(some);
        let mut sums = [F32x4::zero(); 4];
        for first in (0..axis.length).step_by(BLOCK) {
            let mut block = [F32x4::zero(); 4];
            for l in first..axis.length.min(first + BLOCK) {
                let from = x.add(axis.at(o, l, i));
                for (sum, (v, lanes)) in block.iter_mut().zip(parts) {
                    *sum = *sum + lanes.load(from.wrapping_add(v));
                }
            }
            for (sum, part) in sums.iter_mut().zip(block) {
                *sum = *sum + part;
            }
        }
        for (sum, (v, lanes)) in sums.into_iter().zip(parts) {
            lanes.store(scale * sum, y.add(o * axis.inner + i).wrapping_add(v));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn axis_sum_adds_along_the_axis() {
        for [outer, length, inner] in [[1, 1, 1], [3, 5, 32], [2, 700, 19], [4, 9, 64]] {
            let mut x = numbers(outer * length * inner, 2);
            let mut expected = vec![0.0; outer * inner];
            for (at, value) in x.iter().enumerate() {
                expected[at / inner / length * inner + at % inner] += 0.5 * f64::from(*value);
            }
            for threads in [1, 3] {
                let mut y = vec![f32::NAN; outer * inner];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::Number(outer),
                    Word::Number(length),
                    Word::Number(inner),
                    Word::Float(0.5),
                ];
                call(axis_sum, threads, words);
                assert_close(&y, &expected, 1e-4);
            }
        }
    }
}
