//! `axis_max_gradient`: gradient of the largest along an axis. See `src/ops/kernels/axis_max_gradient.ts`.
use super::axis::Axis;
use crate::args::{Args, Share};

/// `dx[o, l, i]` is `dy[o, i]` where `l` is `place[o, i]`, else 0.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/axis_max_gradient.ts` declares.
pub unsafe fn axis_max_gradient(args: Args, share: Share) {
    let (place, dy, dx) =
        (args.word(0) as *const u32, args.word(1) as *const f32, args.write::<f32>(2));
    let axis = Axis::read(args, 3);
    axis.each_chunk(share, |o, i, some| {
        let from = o * axis.inner + i;
        for l in 0..axis.length {
            let to = dx.add(axis.at(o, l, i));
            for j in 0..some {
                let here = *place.add(from + j) as usize == l;
                *to.add(j) = if here { *dy.add(from + j) } else { 0.0 };
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn axis_max_gradient_goes_where_the_largest_was() {
        let [outer, length, inner] = [3, 5, 35];
        let mut place: Vec<u32> = (0..outer * inner).map(|i| (i * 7 % length) as u32).collect();
        let mut dy = numbers(outer * inner, 1);
        for threads in [1, 3] {
            let mut dx = vec![f32::NAN; outer * length * inner];
            let words = &mut [
                Word::U32(&mut place),
                Word::F32(&mut dy),
                Word::F32(&mut dx),
                Word::Number(outer),
                Word::Number(length),
                Word::Number(inner),
            ];
            call(axis_max_gradient, threads, words);
            for (at, &got) in dx.iter().enumerate() {
                let from = at / inner / length * inner + at % inner;
                let here = place[from] as usize == at / inner % length;
                assert_eq!(got, if here { dy[from] } else { 0.0 });
            }
        }
    }
}
