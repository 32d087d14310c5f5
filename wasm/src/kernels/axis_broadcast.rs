//! `axis_broadcast`: the same along an axis. See `src/ops/kernels/axis_broadcast.ts`.
use super::axis::{vectors, Axis};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y[o, l, i] = scale * x[o, i]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/axis_broadcast.ts` declares.
pub unsafe fn axis_broadcast(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(1));
    let axis = Axis::read(args, 2);
    let scale = F32x4::splat(args.float(5));
    axis.each_chunk(share, |o, i, some| {
        let parts = vectors(some);
        let from = x.add(o * axis.inner + i);
        let values = parts.map(|(v, lanes)| scale * lanes.load(from.wrapping_add(v)));
        for l in 0..axis.length {
            let to = y.add(axis.at(o, l, i));
            for (value, (v, lanes)) in values.into_iter().zip(parts) {
                lanes.store(value, to.wrapping_add(v));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn axis_broadcast_repeats_along_the_axis() {
        for [outer, length, inner] in [[1, 1, 1], [3, 5, 32], [2, 7, 19]] {
            let mut x = numbers(outer * inner, 2);
            for threads in [1, 3] {
                let mut y = vec![f32::NAN; outer * length * inner];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::Number(outer),
                    Word::Number(length),
                    Word::Number(inner),
                    Word::Float(2.0),
                ];
                call(axis_broadcast, threads, words);
                for (at, &got) in y.iter().enumerate() {
                    assert_eq!(got, 2.0 * x[at / inner / length * inner + at % inner]);
                }
            }
        }
    }
}
