//! `gather_positions`: the columns of each example that are named. See `src/ops/kernels/gather_positions.ts`.
use crate::args::{Args, Share};

/// `y[f, k, e] = x[f, places[k, e], e]`, 0 where that is no position.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/gather_positions.ts` declares.
pub unsafe fn gather_positions(args: Args, share: Share) {
    let (features, positions) = (args.word(3), args.word(4));
    let (count, examples) = (args.word(5), args.word(6));
    let x: &[f32] = args.read(0, features * positions * examples);
    let places: &[u32] = args.read(1, count * examples);
    let y = args.write::<f32>(2);
    for feature in share.range(features) {
        let x = &x[feature * positions * examples..][..positions * examples];
        let y = core::slice::from_raw_parts_mut(y.add(feature * places.len()), places.len());
        let named = places.chunks_exact(examples).zip(y.chunks_exact_mut(examples));
        for (places, y) in named {
            for (example, (&place, y)) in places.iter().zip(y).enumerate() {
                let inside = (place as usize) < positions;
                *y = if inside { x[place as usize * examples + example] } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn gather_positions_takes_the_named_columns_of_each_example() {
        for (features, positions, examples, threads) in [(1, 1, 1, 1), (3, 5, 4, 2), (2, 4, 7, 3)] {
            let count = 3;
            let mut x = numbers(features * positions * examples, 1);
            // One beyond the last position among them.
            let mut places: Vec<u32> =
                (0..count * examples).map(|i| (i * 7 % (positions + 1)) as u32).collect();
            let mut y = vec![f32::NAN; features * count * examples];
            let expected: Vec<f32> = (0..y.len())
                .map(|i| {
                    let place = places[i % (count * examples)] as usize;
                    let line = i / (count * examples) * positions + place;
                    if place < positions {
                        x[line * examples + i % examples]
                    } else {
                        0.0
                    }
                })
                .collect();
            let words = &mut [
                Word::F32(&mut x),
                Word::U32(&mut places),
                Word::F32(&mut y),
                Word::Number(features),
                Word::Number(positions),
                Word::Number(count),
                Word::Number(examples),
            ];
            call(gather_positions, threads, words);
            assert_eq!(y, expected);
        }
    }
}
