//! `axis_softmax`: the softmax along an axis. See `src/ops/kernels/axis_softmax.ts`.
use super::axis::{vectors, Axis};
use super::softmax::Exponential;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y[o, l, i]` is `exp(x[o, l, i])` over the sum of those of all `l`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/axis_softmax.ts` declares.
pub unsafe fn axis_softmax(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(1));
    let axis = Axis::read(args, 2);
    let exp = Exponential::held();
    axis.each_chunk(share, |o, i, some| {
        for (v, lanes) in vectors(some) {
            let (from, to) = (x.add(axis.at(o, 0, i)), y.add(axis.at(o, 0, i)));
            let (from, to) = (from.wrapping_add(v), to.wrapping_add(v));
            let mut largest = lanes.load(from);
            for l in 1..axis.length {
                largest = largest.max(lanes.load(from.wrapping_add(l * axis.inner)));
            }
            let mut sum = F32x4::zero();
            for l in 0..axis.length {
                let term = exp.of(lanes.load(from.wrapping_add(l * axis.inner)) - largest);
                sum = sum + term;
                lanes.store(term, to.wrapping_add(l * axis.inner));
            }
            let factor = F32x4::splat(1.0) / sum;
            for l in 0..axis.length {
                let at = to.wrapping_add(l * axis.inner);
                lanes.store(lanes.load(at) * factor, at);
            }
        }
    });
}
