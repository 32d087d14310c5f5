//! `rotary`: pairs of features turned by the angle of their position. See `src/ops/kernels/rotary.ts`.
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `(a, b)` of a head becomes `(a cos - direction b sin, b cos + direction a sin)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/rotary.ts` declares.
pub unsafe fn rotary(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(3));
    let (heads, half) = (args.word(4), args.word(5));
    let (positions, examples, angles) = (args.word(6), args.word(7), args.word(8));
    let (placed, direction) = (args.word(9) == 1, args.float(10));
    let table: &[f32] = args.read(1, 2 * half * angles);
    let places: &[u32] = args.read(2, if placed { positions * examples } else { 0 });
    let columns = positions * examples;
    for pair in share.range(heads * half) {
        let first = (pair / half * half + pair) * columns;
        let begin = pair % half * angles;
        let cosines = &table[begin..][..angles];
        let sines = &table[half * angles + begin..][..angles];
        for position in 0..positions {
            let at = first + position * examples;
            for example in (0..examples).step_by(4) {
                let lanes = Lanes::first(examples - example);
                let (cosine, sine) = if placed {
                    let places = &places[position * examples + example..];
                    (of_each(cosines, places, lanes), of_each(sines, places, lanes))
                } else {
                    (F32x4::splat(cosines[position]), F32x4::splat(sines[position]))
                };
                let sine = F32x4::splat(direction) * sine;
                let a = lanes.load(x.add(at + example));
                let b = lanes.load(x.add(at + example + half * columns));
                lanes.store(a * cosine - b * sine, y.add(at + example));
                lanes.store(b * cosine + a * sine, y.add(at + example + half * columns));
            }
        }
    }
}

/// The numbers at the places of four examples.
#[inline(always)]
fn of_each(numbers: &[f32], places: &[u32], lanes: Lanes) -> F32x4 {
    let mut each = [0.0; 4];
    for (number, &place) in each.iter_mut().zip(places).take(lanes.count()) {
        *number = numbers[place as usize];
    }
    F32x4::from_array(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn rotary_turns_pairs_by_the_angle_of_their_place() {
        for (heads, half, positions, examples, placed, threads) in
            [(1, 1, 1, 1, 0, 1), (2, 3, 5, 7, 1, 2), (3, 2, 4, 32, 0, 3), (2, 2, 3, 6, 1, 1)]
        {
            let (angles, columns) = (positions + 2, positions * examples);
            let mut x = numbers(2 * heads * half * columns, 1);
            let mut table = numbers(2 * half * angles, 2);
            let mut places: Vec<u32> = (0..columns).map(|i| (i * 5 % angles) as u32).collect();
            let mut expected = vec![f32::NAN; x.len()];
            for pair in 0..heads * half {
                let (head, i) = (pair / half, pair % half);
                for column in 0..columns {
                    let place =
                        if placed == 1 { places[column] as usize } else { column / examples };
                    let cosine = table[i * angles + place];
                    let sine = -table[(half + i) * angles + place];
                    let first = (2 * head * half + i) * columns + column;
                    let second = first + half * columns;
                    expected[first] = x[first] * cosine - x[second] * sine;
                    expected[second] = x[second] * cosine + x[first] * sine;
                }
            }
            let mut y = vec![f32::NAN; x.len()];
            let words = &mut [
                Word::F32(&mut x),
                Word::F32(&mut table),
                Word::U32(&mut places),
                Word::F32(&mut y),
                Word::Number(heads),
                Word::Number(half),
                Word::Number(positions),
                Word::Number(examples),
                Word::Number(angles),
                Word::Number(placed),
                Word::Float(-1.0),
            ];
            call(rotary, threads, words);
            assert_eq!(y, expected);
        }
    }
}
