//! `gather_positions_gradient`. See `src/ops/kernels/gather_positions_gradient.ts`.
use crate::args::{Args, Share};

/// `dx[f, p, e]` is the sum of `dy[f, k, e]` over the k with `places[k, e] = p`, in their order.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/gather_positions_gradient.ts` declares.
pub unsafe fn gather_positions_gradient(args: Args, share: Share) {
    let (features, positions) = (args.word(3), args.word(4));
    let (count, examples) = (args.word(5), args.word(6));
    let places: &[u32] = args.read(1, count * examples);
    let dy: &[f32] = args.read(0, features * places.len());
    let (dx, length) = (args.write::<f32>(2), positions * examples);
    for feature in share.range(features) {
        let dx = core::slice::from_raw_parts_mut(dx.add(feature * length), length);
        let dy = &dy[feature * places.len()..][..places.len()];
        dx.fill(0.0);
        let named = places.chunks_exact(examples).zip(dy.chunks_exact(examples));
        for (places, dy) in named {
            for (example, (&place, &dy)) in places.iter().zip(dy).enumerate() {
                if (place as usize) < positions {
                    dx[place as usize * examples + example] += dy;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn gather_positions_gradient_adds_what_came_from_a_position() {
        for (features, positions, examples, threads) in [(1, 1, 1, 1), (3, 5, 4, 2), (2, 4, 7, 3)] {
            let count = 6;
            let mut dy = numbers(features * count * examples, 1);
            let mut places: Vec<u32> =
                (0..count * examples).map(|i| (i * i % (positions + 1)) as u32).collect();
            let mut dx = vec![f32::NAN; features * positions * examples];
            let mut expected = vec![0.0; dx.len()];
            for (i, dy) in dy.iter().enumerate() {
                let place = places[i % (count * examples)] as usize;
                if place < positions {
                    let line = i / (count * examples) * positions + place;
                    expected[line * examples + i % examples] += dy;
                }
            }
            let words = &mut [
                Word::F32(&mut dy),
                Word::U32(&mut places),
                Word::F32(&mut dx),
                Word::Number(features),
                Word::Number(positions),
                Word::Number(count),
                Word::Number(examples),
            ];
            call(gather_positions_gradient, threads, words);
            assert_eq!(dx, expected);
        }
    }
}
