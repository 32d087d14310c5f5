//! `clip`: the factor of global-norm clipping. See `src/ops/kernels/clip.ts`.
use super::elementwise::sum;
use crate::args::{Args, Share};

/// `clip[0] = min(1, maxNorm / norm)` (1 where the norm is 0) and `norm[0] = norm`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/clip.ts` declares.
pub unsafe fn clip(args: Args, share: Share) {
    if share.thread > 0 {
        return;
    }
    let norm = sum(args.word(0) as *const f32, args.word(3), |v| v).sqrt();
    // Not `min`, which would turn the factor of a NaN norm into 1 and hide it.
    let factor = args.float(4) / norm;
    *args.write::<f32>(1) = if norm == 0.0 || factor > 1.0 { 1.0 } else { factor };
    *args.write::<f32>(2) = norm;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, Word};

    fn clipped(partial: &mut [f32], max_norm: f32) -> [f32; 2] {
        let (count, mut factor, mut norm) = (partial.len(), [f32::NAN], [f32::NAN]);
        let words = &mut [
            Word::F32(partial),
            Word::F32(&mut factor),
            Word::F32(&mut norm),
            Word::Number(count),
            Word::Float(max_norm),
        ];
        call(clip, 2, words);
        [factor[0], norm[0]]
    }

    #[test]
    fn clip_scales_down_to_the_largest_norm() {
        assert_eq!(clipped(&mut [9.0, 0.0, 16.0], 2.5), [0.5, 5.0]);
        assert_eq!(clipped(&mut [9.0, 0.0, 16.0], 5.0), [1.0, 5.0]);
        assert_eq!(clipped(&mut [9.0, 0.0, 16.0], 7.0), [1.0, 5.0]);
    }

    #[test]
    fn clip_is_one_where_there_is_no_gradient() {
        assert_eq!(clipped(&mut [0.0], 1.0), [1.0, 0.0]);
    }

    #[test]
    fn clip_does_not_hide_a_nan() {
        assert!(clipped(&mut [f32::NAN], 1.0).iter().all(|v| v.is_nan()));
    }
}
