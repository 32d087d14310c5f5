//! Sets of slots or positions, one bit each: element `i` is bit `i % 32` of word `i / 32`.

/// Words that hold `len` bits.
pub fn words(len: usize) -> usize {
    len.div_ceil(32)
}

/// Whether element `i` is in the set.
#[inline(always)]
pub fn has(bits: &[u32], i: usize) -> bool {
    bits[i / 32] >> (i % 32) & 1 != 0
}

/// Adds element `i`.
#[inline(always)]
pub fn insert(bits: &mut [u32], i: usize) {
    bits[i / 32] |= 1 << (i % 32);
}

/// Number of elements.
pub fn count(bits: &[u32]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// Number of elements in `begin..end`.
pub fn count_range(bits: &[u32], begin: usize, end: usize) -> usize {
    if begin >= end {
        return 0;
    }
    let (first, last) = (begin / 32, (end - 1) / 32);
    let from = !0u32 << (begin % 32);
    let to = !0u32 >> (31 - (end - 1) % 32);
    if first == last {
        return (bits[first] & from & to).count_ones() as usize;
    }
    let inner = count(&bits[first + 1..last]);
    (bits[first] & from).count_ones() as usize + inner + (bits[last] & to).count_ones() as usize
}

/// Adds `begin..end`.
pub fn insert_range(bits: &mut [u32], begin: usize, end: usize) {
    for i in begin..end {
        insert(bits, i);
    }
}

/// Adds the position `row * inputs + input` of every connection; for the share of all positions
/// that a training has explored (Liu et al., "Do we actually need dense over-parameterization?",
/// ICML 2021: in-time over-parameterization).
pub fn mark(bits: &mut [u32], span: &[u32], index: &[u32], inputs: usize) {
    for (row, list) in span.chunks_exact(2).enumerate() {
        for &input in &index[list[0] as usize..list[1] as usize] {
            insert(bits, row * inputs + input as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::cases;

    #[test]
    fn ranges_agree_with_single_elements() {
        cases(200, |random| {
            let len = 1 + random.below(200) as usize;
            let mut bits = vec![0; words(len)];
            let mut naive = vec![false; len];
            for _ in 0..random.below(6) {
                let begin = random.below(len as u32) as usize;
                let end = begin + random.below((len - begin) as u32 + 1) as usize;
                insert_range(&mut bits, begin, end);
                naive[begin..end].fill(true);
            }
            let begin = random.below(len as u32) as usize;
            let end = begin + random.below((len - begin) as u32 + 1) as usize;
            assert!((0..len).all(|i| has(&bits, i) == naive[i]));
            assert_eq!(count(&bits), naive.iter().filter(|&&b| b).count());
            let expected = naive[begin..end].iter().filter(|&&b| b).count();
            assert_eq!(count_range(&bits, begin, end), expected, "{begin}..{end} of {len}");
            assert_eq!(count_range(&bits, end, begin), 0);
        });
    }

    #[test]
    fn mark_adds_every_position_once() {
        let (span, index) = ([0, 2, 4, 4, 4, 5], [1, 3, 0, 0, 2, 0, 0, 0]);
        let mut bits = vec![0; words(12)];
        mark(&mut bits, &span, &index, 4);
        mark(&mut bits, &span, &index, 4);
        assert_eq!(bits, [1 << 1 | 1 << 3 | 1 << 10]);
    }
}
