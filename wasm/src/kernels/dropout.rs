//! `dropout`: some elements, and 0 for the others. See `src/ops/kernels/dropout.ts`.
use super::dropping::{Dropping, GROUP};
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `y = factor * x` where an element is kept, else 0.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/dropout.ts` declares.
pub unsafe fn dropout(args: Args, share: Share) {
    let (x, y, length) = (args.word(0) as *const f32, args.write::<f32>(2), args.word(3));
    let dropping = Dropping::read(args, 4, args.read(1, step::WORDS));
    let factor = F32x4::splat(dropping.factor);
    let put = |at: usize, lanes: Lanes, draws| {
        lanes.store(dropping.keep(factor * lanes.load(x.add(at)), draws), y.add(at));
    };
    let groups = share.range(length.div_ceil(GROUP));
    let mut group = groups.start;
    while group + 2 <= groups.end && GROUP * (group + 2) <= length {
        for (i, draws) in dropping.draws_of([group, group + 1]).into_iter().flatten().enumerate() {
            put(GROUP * group + 4 * i, Lanes::first(4), draws);
        }
        group += 2;
    }
    for group in group..groups.end {
        let first = GROUP * group;
        let draws = dropping.draws(group);
        for (at, draws) in (first..length).step_by(4).zip(draws) {
            put(at, Lanes::first(length - at), draws);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::dropping::tests::is_kept;
    use crate::kernels::testing::{call, numbers, step_block, Word};

    #[test]
    fn dropout_keeps_what_the_draws_say() {
        let mut block = step_block(&[(step::STEP, 3), (step::BEFORE, 64)]);
        let params = [5, 0x00a0_0000, 9, 0x6000];
        for length in [1, 4, 31, 32, 33, 200, 1000] {
            let mut x = numbers(length, 2);
            let expected: Vec<f32> = (0..length)
                .map(|i| if is_kept(i, params, &block) { 1.6 * x[i] } else { 0.0 })
                .collect();
            assert!(length < 200 || expected.iter().filter(|&&y| y == 0.0).count() > length / 4);
            for threads in [1, 3] {
                let mut y = vec![f32::NAN; length];
                let [key0, key1, stream, threshold] =
                    params.map(|word| Word::Number(word as usize));
                let words = &mut [
                    Word::F32(&mut x),
                    Word::U32(&mut block),
                    Word::F32(&mut y),
                    Word::Number(length),
                    key0,
                    key1,
                    stream,
                    threshold,
                    Word::Float(1.6),
                ];
                call(dropout, threads, words);
                assert_eq!(y, expected);
            }
        }
    }
}
