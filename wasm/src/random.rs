//! Counter-based randomness: Philox4x32-10 (Salmon et al., SC 2011). Mirrors, bit for bit,
//! `src/device/random.ts`, which says how a key becomes counter and key.

use crate::simd::U32x4;

const MULTIPLIER: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: usize = 10;

/// Uses of random numbers; keeps the sequences of one seed and stream apart. As `RANDOM_USE`.
pub const USE_PATTERN: u32 = 0;
/// First values.
pub const USE_VALUES: u32 = 1;
/// Where connections grow.
pub const USE_GROWTH: u32 = 2;

/// One block: four words out of a counter of four and a key of two.
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], [mut key0, mut key1]) = (counter, key);
    for _ in 0..ROUNDS {
        let first = u64::from(MULTIPLIER[0]) * u64::from(a);
        let second = u64::from(MULTIPLIER[1]) * u64::from(c);
        a = (second >> 32) as u32 ^ b ^ key0;
        b = second as u32;
        c = (first >> 32) as u32 ^ d ^ key1;
        d = first as u32;
        key0 = key0.wrapping_add(WEYL[0]);
        key1 = key1.wrapping_add(WEYL[1]);
    }
    [a, b, c, d]
}

/// Four blocks at once for each of `N` counters, one in each lane; the key is that of all. Two at a time take 0.85 of
/// the time of one after the other: a round waits for its products.
#[inline(always)]
pub fn philox4x32_lanes<const N: usize>(
    mut counters: [[U32x4; 4]; N],
    key: [u32; 2],
) -> [[U32x4; 4]; N] {
    let [mut key0, mut key1] = key;
    let [first, second] = MULTIPLIER.map(U32x4::splat);
    for _ in 0..ROUNDS {
        let (low, high) = (U32x4::splat(key0), U32x4::splat(key1));
        for counter in &mut counters {
            let [a, b, c, d] = *counter;
            let (first_high, first_low) = a.products(first);
            let (second_high, second_low) = c.products(second);
            *counter =
                [second_high.xor(b).xor(low), second_low, first_high.xor(d).xor(high), first_low];
        }
        key0 = key0.wrapping_add(WEYL[0]);
        key1 = key1.wrapping_add(WEYL[1]);
    }
    counters
}

/// What a sequence of random numbers depends on, apart from its element.
#[derive(Clone, Copy)]
pub struct Key {
    /// Low and high half of the seed; the seed has 53 bits.
    pub seed: [u32; 2],
    /// What the numbers are for: one of the `USE_` constants.
    pub purpose: u32,
    /// Number of the owner.
    pub stream: u32,
    /// Step of the training.
    pub step: u32,
}

impl Key {
    /// The key of Philox: the seed fills 53 bits, the use takes the rest.
    fn words(self) -> [u32; 2] {
        [self.seed[0], self.seed[1] + (self.purpose << 21)]
    }
}

/// An integer below `bound` (at least 1), all equally likely (Lemire 2019), of the words that `next` gives.
#[inline(always)]
fn below(bound: u32, mut next: impl FnMut() -> u32) -> u32 {
    let mut product = u64::from(next()) * u64::from(bound);
    if (product as u32) < bound {
        let reject = bound.wrapping_neg() % bound;
        while (product as u32) < reject {
            product = u64::from(next()) * u64::from(bound);
        }
    }
    (product >> 32) as u32
}

/// The sequence of random numbers of a key and an element.
pub struct Random {
    counter: [u32; 4],
    key: [u32; 2],
    block: [u32; 4],
    position: usize,
}

impl Random {
    /// Starts the sequence.
    pub fn new(key: Key, element: u32) -> Self {
        Self {
            counter: [0, element, key.step, key.stream],
            key: key.words(),
            block: [0; 4],
            position: 4,
        }
    }

    /// A word.
    pub fn next_word(&mut self) -> u32 {
        if self.position == 4 {
            self.block = philox4x32(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.position = 0;
        }
        self.position += 1;
        self.block[self.position - 1]
    }

    /// An integer below `bound` (at least 1), all equally likely.
    pub fn below(&mut self, bound: u32) -> u32 {
        below(bound, || self.next_word())
    }
}

/// Blocks that [`Many`] makes at a time, in lanes of two vectors.
const AT_ONCE: usize = 8;

/// The same sequence as [`Random`], for those who take many words of it: eight blocks are made at a time, which takes a third of the
/// time, the more so in code that nobody has optimised yet.
pub struct Many {
    counter: [u32; 4],
    key: [u32; 2],
    words: [u32; 4 * AT_ONCE],
    position: usize,
}

impl Many {
    /// Starts the sequence.
    pub fn new(key: Key, element: u32) -> Self {
        Self {
            counter: [0, element, key.step, key.stream],
            key: key.words(),
            words: [0; 4 * AT_ONCE],
            position: 4 * AT_ONCE,
        }
    }

    #[inline(never)]
    fn fill(&mut self) {
        let [first, others @ ..] = self.counter;
        let [element, step, stream] = others.map(U32x4::splat);
        let lanes = [0, 4].map(|from| {
            let numbers = [0, 1, 2, 3].map(|lane| first.wrapping_add(from + lane));
            [U32x4::from_array(numbers), element, step, stream]
        });
        for (half, words) in philox4x32_lanes(lanes, self.key).into_iter().enumerate() {
            for (word, lanes) in words.map(U32x4::to_array).into_iter().enumerate() {
                for (lane, value) in lanes.into_iter().enumerate() {
                    self.words[16 * half + 4 * lane + word] = value;
                }
            }
        }
        self.counter[0] = first.wrapping_add(AT_ONCE as u32);
        self.position = 0;
    }

    /// A word.
    #[inline]
    pub fn next_word(&mut self) -> u32 {
        if self.position == self.words.len() {
            self.fill();
        }
        let word = self.words[self.position];
        self.position += 1;
        word
    }

    /// An integer below `bound` (at least 1), all equally likely.
    pub fn below(&mut self, bound: u32) -> u32 {
        below(bound, || self.next_word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kat_vectors` of Random123 1.14.
    #[test]
    fn philox4x32_gives_the_published_words() {
        let vectors: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([!0; 4], [!0; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in vectors {
            assert_eq!(philox4x32(counter, key), expected);
        }
    }

    #[test]
    fn philox4x32_lanes_gives_a_block_in_each_lane() {
        let counters = [[0; 4], [!0; 4], [1, 2, 3, 4], [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 7]];
        let key = [0xa409_3822, 0x299f_31d0];
        let lanes = core::array::from_fn(|word| U32x4::from_array(counters.map(|c| c[word])));
        let words = philox4x32_lanes([lanes; 2], key).map(|words| words.map(U32x4::to_array));
        assert_eq!(words[0], words[1]);
        let [words, _] = words;
        for (lane, counter) in counters.into_iter().enumerate() {
            assert_eq!(words.map(|word| word[lane]), philox4x32(counter, key));
        }
    }

    #[test]
    fn many_words_are_the_same_sequence() {
        let key = Key { seed: [7, 1], purpose: USE_VALUES, stream: 3, step: 5 };
        let (mut single, mut many) = (Random::new(key, 9), Many::new(key, 9));
        for _ in 0..100 {
            assert_eq!(single.next_word(), many.next_word());
        }
    }

    #[test]
    fn below_is_in_range_and_even() {
        let key = Key { seed: [7, 0], purpose: 0, stream: 0, step: 0 };
        let mut random = Random::new(key, 0);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[random.below(6) as usize] += 1;
        }
        // Five standard deviations of a binomial(60000, 1/6).
        assert!(counts.iter().all(|&c| (9_540..10_460).contains(&c)), "{counts:?}");
        assert_eq!(random.below(1), 0);
    }
}
