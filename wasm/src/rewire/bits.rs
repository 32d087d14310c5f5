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

/// Takes element `i` out.
#[inline(always)]
pub fn remove(bits: &mut [u32], i: usize) {
    bits[i / 32] &= !(1 << (i % 32));
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
    for_words(begin, end, |word, mask| bits[word] |= mask);
}

/// Adds those of `begin..end` that are in another set.
pub fn insert_common(bits: &mut [u32], from: &[u32], begin: usize, end: usize) {
    for_words(begin, end, |word, mask| bits[word] |= from[word] & mask);
}

/// Calls `f` with each word that holds elements of `begin..end`, and their bits.
#[inline(always)]
fn for_words(begin: usize, end: usize, mut f: impl FnMut(usize, u32)) {
    let mut at = begin;
    while at < end {
        let word = at / 32;
        let next = end.min(32 * (word + 1));
        f(word, !0 >> (32 - (next - at)) << (at % 32));
        at = next;
    }
}

/// The elements of `begin..end` that are in the set, ascending.
pub fn elements(bits: &[u32], begin: usize, end: usize) -> Elements<'_> {
    let rest = if begin < end { bits[begin / 32] & !0 << (begin % 32) } else { 0 };
    Elements { bits, word: begin / 32, rest, end }
}

/// Made by [`elements`].
pub struct Elements<'a> {
    bits: &'a [u32],
    word: usize,
    rest: u32,
    end: usize,
}

impl Iterator for Elements<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.rest == 0 {
            self.word += 1;
            if 32 * self.word >= self.end {
                return None;
            }
            self.rest = self.bits[self.word];
        }
        let element = 32 * self.word + self.rest.trailing_zeros() as usize;
        self.rest &= self.rest - 1;
        (element < self.end).then_some(element)
    }
}

/// Adds the position `list * entries + entry` of every unit; for the share of all positions
/// that a training has explored (Liu et al., "Do we actually need dense over-parameterization?",
/// ICML 2021: in-time over-parameterization).
pub fn mark(bits: &mut [u32], span: &[u32], index: &[u32], entries: usize) {
    for (row, list) in span.chunks_exact(2).enumerate() {
        for &entry in &index[list[0] as usize..list[1] as usize] {
            insert(bits, row * entries + entry as usize);
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
            let inside: Vec<usize> = (begin..end).filter(|&i| naive[i]).collect();
            assert_eq!(elements(&bits, begin, end).collect::<Vec<_>>(), inside);
            let mut common = vec![0; words(len)];
            insert_common(&mut common, &bits, begin, end);
            assert_eq!(elements(&common, 0, len).collect::<Vec<_>>(), inside);
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
