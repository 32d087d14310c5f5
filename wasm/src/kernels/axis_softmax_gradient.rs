//! `axis_softmax_gradient`: gradient of the softmax along an axis. See `src/ops/kernels/axis_softmax_gradient.ts`.
use super::axis::{vectors, Axis};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `dx = y (dy - sum of y dy along the axis)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/axis_softmax_gradient.ts` declares.
pub unsafe fn axis_softmax_gradient(args: Args, share: Share) {
    let (y, dy, dx) =
        (args.word(0) as *const f32, args.word(1) as *const f32, args.write::<f32>(2));
    let axis = Axis::read(args, 3);
    axis.each_chunk(share, |o, i, some| {
        for (v, lanes) in vectors(some) {
            let at = |l: usize| axis.at(o, l, i) + v;
            let mut sum = F32x4::zero();
            for l in 0..axis.length {
                let (y, dy) = (y.wrapping_add(at(l)), dy.wrapping_add(at(l)));
                sum = sum.madd(lanes.load(y), lanes.load(dy));
            }
            for l in 0..axis.length {
                let (y, dy) = (y.wrapping_add(at(l)), dy.wrapping_add(at(l)));
                let value = lanes.load(y) * (lanes.load(dy) - sum);
                lanes.store(value, dx.wrapping_add(at(l)));
            }
        }
    });
}
