//! Selection by magnitude: the k-th largest, exactly the top n of a layer, the top n of each cell.
//! Ties go to the lower slot, so a result depends on the scores alone.
//!
//! Scores are floats given by their bits (`keys.rs`). The k-th largest of a long list is found in one
//! pass between two values that bracket it: the order statistics of a sample, five standard
//! deviations either side of where it should be. Only what lies between them is kept and selected
//! from by radix. Should the bracket miss, radix takes the whole list.

use super::bits;
use super::keys::{compare, key, partition, Counted};

/// Where a list divides into its n largest and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// Bits of the magnitude of the n-th largest.
    pub key: u32,
    /// Elements of larger magnitude; fewer than n.
    pub above: usize,
}

/// Lists at least this long are worth a sample.
const SAMPLED: usize = 1 << 17;
/// Elements in the sample.
const SAMPLE: usize = 1 << 14;
/// Key of the infinities; those of NaN lie above.
const INFINITY: u32 = 0x7f80_0000;

/// First element that is NaN, if any.
pub fn find_nan(values: &[f32]) -> Option<usize> {
    // Blocks without a branch inside become SIMD.
    let block = values.chunks(1024).position(|block| {
        block.iter().fold(0, |largest, x| key(x.to_bits()).max(largest)) > INFINITY
    })?;
    let from = 1024 * block;
    values[from..].iter().position(|x| x.is_nan()).map(|i| from + i)
}

/// The `n`-th largest magnitude (`1 <= n <= words.len()`) of floats given by their bits.
pub fn kth_largest(words: &[u32], n: usize) -> Boundary {
    debug_assert!(1 <= n && n <= words.len());
    if words.len() >= SAMPLED {
        if let (Some(boundary), _) = bracket(words, n) {
            return boundary;
        }
    }
    radix(words, n)
}

/// [`kth_largest`] of floats that may be NaN: `None` where one is.
pub fn kth_largest_of_numbers(words: &[u32], n: usize) -> Option<Boundary> {
    if words.len() < SAMPLED {
        let nan = words.iter().any(|&word| key(word) > INFINITY);
        return (!nan).then(|| radix(words, n));
    }
    let (boundary, largest) = bracket(words, n);
    (largest <= INFINITY).then(|| boundary.unwrap_or_else(|| radix(words, n)))
}

/// Keys between which the n-th largest very probably lies, from a sample.
fn sample_bracket(words: &[u32], n: usize) -> (u32, u32) {
    let mut sample: Vec<u32> = (0..SAMPLE)
        .map(|i| {
            // One element of each of SAMPLE strata, at a place scrambled by the stratum's number.
            let begin = (i as u64 * words.len() as u64 / SAMPLE as u64) as usize;
            let end = ((i + 1) as u64 * words.len() as u64 / SAMPLE as u64) as usize;
            let scrambled = (i as u32 + 1).wrapping_mul(0x9e37_79b1).rotate_left(13);
            key(words[begin + scrambled as usize % (end - begin)])
        })
        .collect();
    sample.sort_unstable();
    let share = n as f64 / words.len() as f64;
    let middle = share * SAMPLE as f64;
    let margin = 5.0 * (middle * (1.0 - share)).sqrt() + 1.0;
    // The sample is ascending and n counts from the top.
    let from_top = |rank: f64| sample.len().checked_sub(rank as usize + 1).map(|i| sample[i]);
    let high = if middle - margin < 0.0 {
        u32::MAX
    } else {
        from_top(middle - margin).unwrap_or(u32::MAX)
    };
    (from_top(middle + margin).unwrap_or(0), high)
}

/// The boundary, if the bracket holds it, and the largest key.
fn bracket(words: &[u32], n: usize) -> (Option<Boundary>, u32) {
    let (low, high) = sample_bracket(words, n);
    let mut between = Vec::new();
    let Counted { above, largest } = partition(words, low, high, &mut between);
    if above >= n || n - above > between.len() {
        return (None, largest);
    }
    let inner = radix(&between, n - above);
    (Some(Boundary { key: inner.key, above: above + inner.above }), largest)
}

/// Radix selection over the 31 bits of a magnitude: 11, 10, 10, from the top.
fn radix(words: &[u32], n: usize) -> Boundary {
    let mut histogram = [0usize; 1 << 11];
    for &word in words {
        histogram[(key(word) >> 20) as usize] += 1;
    }
    let (mut top, mut above) = descend(&histogram, n);
    let mut rest: Vec<u32> = Vec::with_capacity(histogram[top as usize]);
    rest.extend(words.iter().map(|&w| key(w)).filter(|k| k >> 20 == top));
    for shift in [10, 0] {
        let mut histogram = [0usize; 1 << 10];
        for &k in &rest {
            histogram[(k >> shift & 0x3ff) as usize] += 1;
        }
        let (digit, more) = descend(&histogram, n - above);
        above += more;
        top = top << 10 | digit;
        rest.retain(|k| k >> shift == top);
    }
    Boundary { key: top, above }
}

/// The bin that holds the n-th largest, and how many elements lie in the bins above it.
fn descend(histogram: &[usize], n: usize) -> (u32, usize) {
    let mut above = 0;
    for (bin, &count) in histogram.iter().enumerate().rev() {
        if above + count >= n {
            return (bin as u32, above);
        }
        above += count;
    }
    unreachable!("fewer than n elements")
}

/// Puts exactly the `n` largest magnitudes of the `eligible` slots into `out`; all of them where
/// there are fewer.
pub fn select_top(scores: &[u32], eligible: &[u32], n: usize, out: &mut [u32]) {
    if n >= bits::count(eligible) {
        out.copy_from_slice(eligible);
        return;
    }
    out.fill(0);
    if n == 0 {
        return;
    }
    let boundary = kth_largest(&gather(scores, eligible), n);
    let mut ties = n - boundary.above;
    for ((block, &set), out) in scores.chunks(32).zip(eligible).zip(out) {
        let (above, equal) = compare(block, boundary.key);
        let mut tied = equal & set;
        while tied.count_ones() as usize > ties {
            tied &= !(1 << tied.ilog2());
        }
        ties -= tied.count_ones() as usize;
        *out = above & set | tied;
    }
}

/// The scores of a set of slots.
fn gather(scores: &[u32], set: &[u32]) -> Vec<u32> {
    let mut gathered = Vec::with_capacity(bits::count(set));
    for (block, &set) in scores.chunks(32).zip(set) {
        if set == u32::MAX {
            gathered.extend_from_slice(block);
            continue;
        }
        let mut rest = set;
        while rest != 0 {
            gathered.push(block[rest.trailing_zeros() as usize]);
            rest &= rest - 1;
        }
    }
    gathered
}

/// Puts the `counts[cell]` largest magnitudes of the `eligible` slots of each cell into `out`, which
/// is empty; all of a cell's where there are fewer.
pub fn select_cells(
    scores: &[u32],
    span: &[u32],
    eligible: &[u32],
    counts: &[u32],
    out: &mut [u32],
) {
    let mut keys = Vec::new();
    for (slots, &count) in span.chunks_exact(2).zip(counts) {
        let (begin, end, n) = (slots[0] as usize, slots[1] as usize, count as usize);
        if n == 0 {
            continue;
        }
        if n >= bits::count_range(eligible, begin, end) {
            bits::insert_common(out, eligible, begin, end);
            continue;
        }
        keys.clear();
        keys.extend(bits::elements(eligible, begin, end).map(|slot| key(scores[slot])));
        let at = keys.len() - n;
        let least = *keys.select_nth_unstable(at).1;
        let mut ties = n - keys[at..].iter().filter(|&&k| k > least).count();
        for slot in bits::elements(eligible, begin, end) {
            let k = key(scores[slot]);
            if k == least && ties > 0 {
                ties -= 1;
                bits::insert(out, slot);
            } else if k > least {
                bits::insert(out, slot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::rewire::testing::cases;

    /// Scores of many kinds: ties, zeros of both signs, huge and denormal, infinite.
    fn scores(random: &mut Random, len: usize) -> Vec<f32> {
        let kind = random.below(6);
        (0..len)
            .map(|i| match kind {
                0 => random.below(5) as f32 - 2.0,
                1 => [0.0, -0.0][random.below(2) as usize],
                2 => f32::from_bits(random.next_word() & 0x807f_ffff),
                3 => [f32::INFINITY, 1.0, f32::MIN_POSITIVE, -f32::MAX][random.below(4) as usize],
                4 => i as f32,
                _ => random.next_word() as f32 - 2e9,
            })
            .collect()
    }

    fn subset(random: &mut Random, len: usize) -> Vec<u32> {
        let mut set = vec![0; bits::words(len)];
        let share = random.below(4);
        for i in 0..len {
            if share == 3 || random.below(4) < share {
                bits::insert(&mut set, i);
            }
        }
        set
    }

    fn naive(scores: &[f32], mut slots: Vec<usize>, n: usize) -> Vec<usize> {
        slots.sort_by(|&a, &b| {
            scores[b].abs().partial_cmp(&scores[a].abs()).unwrap().then(a.cmp(&b))
        });
        slots.truncate(n);
        slots.sort_unstable();
        slots
    }

    fn to_bits(scores: &[f32]) -> Vec<u32> {
        scores.iter().map(|x| x.to_bits()).collect()
    }

    fn elements(set: &[u32]) -> Vec<usize> {
        (0..32 * set.len()).filter(|&i| bits::has(set, i)).collect()
    }

    #[test]
    fn select_top_is_the_head_of_a_stable_sort() {
        cases(400, |random| {
            let len = random.below(300) as usize;
            let (scores, eligible) = (scores(random, len), subset(random, len));
            let n = random.below(len as u32 + 3) as usize;
            let mut out = vec![9; bits::words(len)];
            select_top(&to_bits(&scores), &eligible, n, &mut out);
            assert_eq!(elements(&out), naive(&scores, elements(&eligible), n));
        });
    }

    #[test]
    fn select_cells_is_the_head_of_a_stable_sort_of_each_cell() {
        cases(400, |random| {
            let rows = random.below(8) as usize;
            let (mut span, mut counts, mut end) = (vec![], vec![], 0);
            for _ in 0..rows {
                let len = random.below(30);
                span.extend([end, end + len]);
                end = (end + len).next_multiple_of(4);
                counts.push(random.below(len + 2));
            }
            let len = end as usize;
            let (scores, eligible) = (scores(random, len), subset(random, len));
            let mut out = vec![0; bits::words(len)];
            select_cells(&to_bits(&scores), &span, &eligible, &counts, &mut out);
            let mut expected = vec![];
            for row in 0..rows {
                let slots = (span[2 * row] as usize..span[2 * row + 1] as usize)
                    .filter(|&slot| bits::has(&eligible, slot))
                    .collect();
                expected.extend(naive(&scores, slots, counts[row] as usize));
            }
            assert_eq!(elements(&out), expected);
        });
    }

    #[test]
    fn bracket_radix_and_sort_agree_on_long_lists() {
        cases(12, |random| {
            let len = SAMPLED + random.below(1000) as usize;
            let scores = scores(random, len);
            let words = to_bits(&scores);
            let mut sorted: Vec<u32> = words.iter().map(|&w| key(w)).collect();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            for n in [1, 2, len / 10, len / 2, len - 1, len, 1 + random.below(len as u32) as usize]
            {
                let expected = Boundary {
                    key: sorted[n - 1],
                    above: sorted.partition_point(|&k| k > sorted[n - 1]),
                };
                assert_eq!(kth_largest(&words, n), expected);
                assert_eq!(radix(&words, n), expected);
            }
        });
    }

    #[test]
    fn a_bracket_that_misses_falls_back() {
        // Everything the sample sees is 1; what it does not see is larger.
        let mut words = vec![1u32; SAMPLED];
        let blind = {
            let marked: Vec<u32> = (0..SAMPLED as u32).collect();
            let (low, high) = sample_bracket(&marked, SAMPLED / 2);
            (low..high).find(|&i| {
                let mut probe = vec![0u32; SAMPLED];
                probe[i as usize] = 9;
                sample_bracket(&probe, 1) == (0, u32::MAX)
            })
        };
        words[blind.unwrap() as usize] = 5;
        assert_eq!(kth_largest(&words, 1), Boundary { key: 5, above: 0 });
        assert_eq!(kth_largest(&words, 2), Boundary { key: 1, above: 1 });
    }

    #[test]
    fn find_nan_gives_the_first() {
        let mut values = vec![1.0; 5000];
        assert_eq!(find_nan(&values), None);
        values[4000] = f32::NEG_INFINITY;
        assert_eq!(find_nan(&values), None);
        values[3000] = -f32::NAN;
        values[2000] = f32::NAN;
        assert_eq!(find_nan(&values), Some(2000));
    }
}
