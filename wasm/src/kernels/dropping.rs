//! Which elements a kernel drops: every element has a draw of 16 bits, and is dropped where it is below a threshold. Mirrors
//! `src/ops/kernels/dropping.ts` and `wgsl/shared/dropping.wgsl`, to which it gives the same bits.
//!
//! A kernel that drops declares `DROPPING_PARAMS` and the step block, reads them with [`Dropping::read`], and asks for the
//! draws of 32 elements at a time: of elements that it numbers as it likes, each once in a call.
use crate::args::Args;
use crate::random::philox4x32_lanes;
use crate::simd::{F32x4, U32x4};
use crate::step;

/// Elements that are drawn for together.
pub const GROUP: usize = 32;

/// What a call drops.
#[derive(Clone, Copy)]
pub struct Dropping {
    key: [u32; 2],
    /// What is the same in every counter: examples before, step, stream.
    counter: [u32; 3],
    threshold: u32,
    /// What is kept is multiplied by this: 1 / (1 - rate).
    pub factor: f32,
}

impl Dropping {
    /// Of the parameters from word `first` on and a step block.
    pub fn read(args: Args, first: usize, block: &[u32]) -> Self {
        let word = |i: usize| args.word(first + i) as u32;
        Self {
            key: [word(0), word(1)],
            counter: [block[step::BEFORE], block[step::STEP], word(2)],
            threshold: word(3),
            factor: args.float(first + 4),
        }
    }

    /// Whether anything is dropped.
    #[inline(always)]
    pub fn drops(&self) -> bool {
        self.threshold > 0
    }

    /// The draws of the elements from `32 * group` on: four in each vector.
    #[inline(always)]
    pub fn draws(&self, group: usize) -> [U32x4; GROUP / 4] {
        let [draws] = self.draws_of([group]);
        draws
    }

    /// The draws of several groups; two at a time are faster than one after the other.
    #[inline(always)]
    pub fn draws_of<const N: usize>(&self, groups: [usize; N]) -> [[U32x4; GROUP / 4]; N] {
        let [before, step, stream] = self.counter.map(U32x4::splat);
        let counters = groups.map(|group| {
            let blocks = U32x4::splat(4 * group as u32).plus(U32x4::from_array([0, 1, 2, 3]));
            [blocks, before, step, stream]
        });
        philox4x32_lanes(counters, self.key).map(halves)
    }

    /// The lanes of `x` that are kept, without the factor; 0 for the others.
    #[inline(always)]
    pub fn keep(&self, x: F32x4, draws: U32x4) -> F32x4 {
        x.where_least(draws, U32x4::splat(self.threshold))
    }
}

/// The draws of 32 elements out of the words of four blocks.
#[inline(always)]
fn halves([a, b, c, d]: [U32x4; 4]) -> [U32x4; GROUP / 4] {
    [
        a.low_half(),
        a.high_half(),
        b.low_half(),
        b.high_half(),
        c.low_half(),
        c.high_half(),
        d.low_half(),
        d.high_half(),
    ]
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::random::philox4x32;

    /// Whether an element is kept, by the words of `DROPPING_PARAMS` and a step block.
    pub fn is_kept(element: usize, params: [u32; 4], block: &[u32]) -> bool {
        let [key0, key1, stream, threshold] = params;
        let number = (4 * (element / GROUP) + element % 4) as u32;
        let counter = [number, block[step::BEFORE], block[step::STEP], stream];
        let word = philox4x32(counter, [key0, key1])[element % GROUP / 8];
        (if element % 8 < 4 { word & 0xffff } else { word >> 16 }) >= threshold
    }

    #[test]
    fn draws_are_the_halves_of_the_words_of_four_blocks() {
        let block: Vec<u32> = (10..26).collect();
        let params = [7, 0x00a0_0003, 0x89ab_cdef, 0x4000];
        let words = [params[0], params[1], params[2], params[3], 1.5f32.to_bits()]
            .map(|word| word as usize);
        let dropping = Dropping::read(Args(&words), 0, &block);
        assert_eq!(dropping.factor, 1.5);
        let ones = F32x4::splat(1.0);
        for group in [0, 3, 1 << 20] {
            let kept: Vec<f32> = dropping
                .draws(group)
                .into_iter()
                .flat_map(|draws| dropping.keep(ones, draws).to_array())
                .collect();
            for (i, &kept) in kept.iter().enumerate() {
                assert_eq!(kept == 1.0, is_kept(GROUP * group + i, params, &block), "{group} {i}");
            }
        }
    }
}
