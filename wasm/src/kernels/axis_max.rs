//! `axis_max`: the largest along an axis, and where it is. See `src/ops/kernels/axis_max.ts`.
use super::axis::{Axis, CHUNK};
use crate::args::{Args, Share};

/// `y[o, i]` is the largest of `x[o, l, i]`, NaN if one of them is; `place[o, i]` the first `l` where it is.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/axis_max.ts` declares.
pub unsafe fn axis_max(args: Args, share: Share) {
    let (x, y, place) = (args.word(0) as *const f32, args.write::<f32>(1), args.write::<u32>(2));
    let axis = Axis::read(args, 3);
    axis.each_chunk(share, |o, i, some| {
        let to = o * axis.inner + i;
        if some == CHUNK {
            find::<CHUNK>(x.add(axis.at(o, 0, i)), axis, y.add(to), place.add(to));
        } else {
            for j in 0..some {
                find::<1>(x.add(axis.at(o, 0, i + j)), axis, y.add(to + j), place.add(to + j));
            }
        }
    });
}

/// `WIDTH` neighbours at once, without branches: the compiler makes vectors of them.
#[inline(always)]
unsafe fn find<const WIDTH: usize>(x: *const f32, axis: Axis, y: *mut f32, place: *mut u32) {
    let mut largest = *x.cast::<[f32; WIDTH]>();
    let mut places = [0u32; WIDTH];
    for l in 1..axis.length {
        let values = *x.add(l * axis.inner).cast::<[f32; WIDTH]>();
        for j in 0..WIDTH {
            // A NaN is larger than any number, and nothing than it.
            let larger = values[j] > largest[j] || (values[j].is_nan() && !largest[j].is_nan());
            largest[j] = if larger { values[j] } else { largest[j] };
            places[j] = if larger { l as u32 } else { places[j] };
        }
    }
    *y.cast() = largest;
    *place.cast() = places;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn axis_max_finds_the_first_of_the_largest() {
        for [outer, length, inner] in [[1, 1, 1], [3, 5, 32], [2, 70, 19], [4, 9, 64]] {
            // Coarse, so that many are equal.
            let mut x: Vec<f32> =
                numbers(outer * length * inner, 2).into_iter().map(|v| (4.0 * v).round()).collect();
            if length > 2 {
                x[inner] = f32::NAN;
            }
            for threads in [1, 3] {
                let mut y = vec![0.0; outer * inner];
                let mut place = vec![u32::MAX; outer * inner];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::U32(&mut place),
                    Word::Number(outer),
                    Word::Number(length),
                    Word::Number(inner),
                ];
                call(axis_max, threads, words);
                for at in 0..outer * inner {
                    let value = |l: usize| x[(at / inner * length + l) * inner + at % inner];
                    let nan = (0..length).find(|&l| value(l).is_nan());
                    let most = (0..length).map(value).fold(f32::NEG_INFINITY, f32::max);
                    let first = nan.or((0..length).find(|&l| value(l) == most)).unwrap_or(0);
                    assert_eq!(place[at] as usize, first);
                    assert_eq!(y[at].to_bits(), value(first).to_bits());
                }
            }
        }
    }
}
