//! Magnitudes as integers: the bits of |x| order as the numbers do. Comparisons of many at once, on
//! WebAssembly SIMD or as plain loops, with the same results.

/// The bits of |x| from the bits of x.
#[inline(always)]
pub fn key(word: u32) -> u32 {
    word & 0x7fff_ffff
}

/// What [`partition`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Keys above the upper bound.
    pub above: usize,
    /// The largest key of all.
    pub largest: u32,
}

/// Counts the keys above `high` and appends those from `low` to `high`, in order, to `between`.
pub fn partition(words: &[u32], low: u32, high: u32, between: &mut Vec<u32>) -> Counted {
    // In pieces, so that room is made once in a while and never for everything.
    words.chunks(1 << 12).fold(Counted::default(), |sum, piece| {
        let counted = partition_piece(piece, low, high, between);
        Counted { above: sum.above + counted.above, largest: sum.largest.max(counted.largest) }
    })
}

/// Of up to 32 words: which keys are above `bound`, and which are equal to it, as bits.
#[inline(always)]
pub fn compare(words: &[u32], bound: u32) -> (u32, u32) {
    let (mut above, mut equal) = (0, 0);
    #[cfg(target_arch = "wasm32")]
    if let Ok(words) = words.try_into() {
        return simd::compare(words, bound);
    }
    for (i, &word) in words.iter().enumerate() {
        above |= u32::from(key(word) > bound) << i;
        equal |= u32::from(key(word) == bound) << i;
    }
    (above, equal)
}

#[cfg(not(target_arch = "wasm32"))]
fn partition_piece(words: &[u32], low: u32, high: u32, between: &mut Vec<u32>) -> Counted {
    between.extend(words.iter().map(|&word| key(word)).filter(|k| (low..=high).contains(k)));
    Counted {
        above: words.iter().filter(|&&word| key(word) > high).count(),
        largest: words.iter().map(|&word| key(word)).max().unwrap_or(0),
    }
}

#[cfg(target_arch = "wasm32")]
fn partition_piece(words: &[u32], low: u32, high: u32, between: &mut Vec<u32>) -> Counted {
    let (vectors, rest) = words.split_at(words.len() / 4 * 4);
    let mut counted = simd::partition(vectors, low, high, between);
    for k in rest.iter().map(|&word| key(word)) {
        counted.above += usize::from(k > high);
        counted.largest = counted.largest.max(k);
        if (low..=high).contains(&k) {
            between.push(k);
        }
    }
    counted
}

#[cfg(target_arch = "wasm32")]
mod simd {
    use super::Counted;
    use core::arch::wasm32::*;

    /// For each set of lanes, the bytes that bring these lanes to the front, in order.
    static COMPACT: [[u8; 16]; 16] = {
        let mut table = [[0; 16]; 16];
        let mut set = 0;
        while set < 16 {
            let (mut lane, mut next) = (0, 0);
            while lane < 4 {
                if set >> lane & 1 != 0 {
                    let mut byte = 0;
                    while byte < 4 {
                        table[set][4 * next + byte] = (4 * lane + byte) as u8;
                        byte += 1;
                    }
                    next += 1;
                }
                lane += 1;
            }
            set += 1;
        }
        table
    };

    /// [`super::partition`] of a multiple of four words.
    pub fn partition(words: &[u32], low: u32, high: u32, between: &mut Vec<u32>) -> Counted {
        between.reserve(words.len() + 4);
        let mask = u32x4_splat(0x7fff_ffff);
        // Keys have 31 bits, so that signed comparison is right.
        let (low, high) = (u32x4_splat(low), u32x4_splat(high.min(0x7fff_ffff)));
        let (mut above, mut largest) = (u32x4_splat(0), u32x4_splat(0));
        let mut len = between.len();
        for four in words.chunks_exact(4) {
            // SAFETY: `four` has 16 bytes; `between` has room for all words and one vector more,
            // of which the first `count` lanes count.
            unsafe {
                let keys = v128_and(v128_load(four.as_ptr().cast()), mask);
                let over = i32x4_gt(keys, high);
                above = i32x4_sub(above, over);
                largest = i32x4_max(largest, keys);
                let inside = i32x4_bitmask(v128_andnot(i32x4_ge(keys, low), over));
                let order = v128_load(COMPACT[inside as usize].as_ptr().cast());
                v128_store(between.as_mut_ptr().add(len).cast(), i8x16_swizzle(keys, order));
                len += inside.count_ones() as usize;
            }
        }
        // SAFETY: that many were written.
        unsafe { between.set_len(len) };
        Counted {
            above: lanes(above).iter().sum::<u32>() as usize,
            largest: lanes(largest).into_iter().fold(0, u32::max),
        }
    }

    fn lanes(vector: v128) -> [u32; 4] {
        [
            u32x4_extract_lane::<0>(vector),
            u32x4_extract_lane::<1>(vector),
            u32x4_extract_lane::<2>(vector),
            u32x4_extract_lane::<3>(vector),
        ]
    }

    /// [`super::compare`] of exactly 32 words.
    #[inline(always)]
    pub fn compare(words: &[u32; 32], bound: u32) -> (u32, u32) {
        let (mask, bound) = (u32x4_splat(0x7fff_ffff), u32x4_splat(bound));
        let (mut above, mut equal) = (0, 0);
        for i in 0..8 {
            // SAFETY: eight vectors are the 32 words.
            let keys = unsafe { v128_and(v128_load(words.as_ptr().add(4 * i).cast()), mask) };
            above |= u32::from(i32x4_bitmask(i32x4_gt(keys, bound))) << (4 * i);
            equal |= u32::from(i32x4_bitmask(i32x4_eq(keys, bound))) << (4 * i);
        }
        (above, equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::cases;

    #[test]
    fn partition_and_compare_agree_with_the_obvious() {
        cases(200, |random| {
            let len = random.below(70) as usize;
            let words: Vec<u32> =
                (0..len).map(|_| random.below(9) | random.below(2) << 31).collect();
            let (low, high) = (random.below(9), random.below(9));
            let mut between = vec![77];
            let counted = partition(&words, low, high, &mut between);
            assert_eq!(counted.above, words.iter().filter(|&&w| key(w) > high).count());
            assert_eq!(counted.largest, words.iter().map(|&w| key(w)).max().unwrap_or(0));
            let inside = words.iter().map(|&w| key(w)).filter(|&k| low <= k && k <= high);
            assert_eq!(between[1..], inside.collect::<Vec<_>>());
            let block = &words[..len.min(32)];
            let (over, equal) = compare(block, low);
            for (i, &word) in block.iter().enumerate() {
                assert_eq!(over >> i & 1 != 0, key(word) > low);
                assert_eq!(equal >> i & 1 != 0, key(word) == low);
            }
        });
    }
}
