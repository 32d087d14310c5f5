//! `put_position`: a column of each example, put where it is named. See `src/ops/kernels/put_position.ts`.
use crate::args::{Args, Share};

/// `y[f, places[e], e] = x[f, e]`, nothing where that is no position.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/put_position.ts` declares.
pub unsafe fn put_position(args: Args, share: Share) {
    let (features, positions, examples) = (args.word(3), args.word(4), args.word(5));
    let x: &[f32] = args.read(0, features * examples);
    let places: &[u32] = args.read(1, examples);
    let y = args.write::<f32>(2);
    for feature in share.range(features) {
        let x = &x[feature * examples..][..examples];
        for (example, (&place, &x)) in places.iter().zip(x).enumerate() {
            let place = place as usize;
            if place < positions {
                *y.add((feature * positions + place) * examples + example) = x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn put_position_leaves_the_other_positions_alone() {
        for (features, positions, examples, threads) in [(1, 1, 1, 1), (3, 5, 4, 2), (2, 4, 7, 3)] {
            let mut x = numbers(features * examples, 1);
            // One beyond the last position among them.
            let mut places: Vec<u32> =
                (0..examples).map(|i| (i * 7 % (positions + 1)) as u32).collect();
            let mut y = numbers(features * positions * examples, 2);
            let mut expected = y.clone();
            for (i, &x) in x.iter().enumerate() {
                let place = places[i % examples] as usize;
                if place < positions {
                    let line = i / examples * positions + place;
                    expected[line * examples + i % examples] = x;
                }
            }
            let words = &mut [
                Word::F32(&mut x),
                Word::U32(&mut places),
                Word::F32(&mut y),
                Word::Number(features),
                Word::Number(positions),
                Word::Number(examples),
            ];
            call(put_position, threads, words);
            assert_eq!(y, expected);
        }
    }
}
