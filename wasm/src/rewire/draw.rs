//! Random growth: distinct inputs for each row among those that it does not keep.

use super::bits;
use crate::random::{Key, Random};

/// Draws `counts[row]` distinct inputs for each row, every set of inputs outside `kept` equally
/// likely, and lists them in ascending order: `out_span` as a pattern's span (begin, end), without
/// padding, `out_input` as long as the sum of the counts. A row's draw depends on the key and the
/// row alone. Gives the first row that has fewer such inputs than wanted.
#[allow(clippy::too_many_arguments)]
pub fn draw(
    span: &[u32],
    index: &[u32],
    kept: &[u32],
    inputs: usize,
    counts: &[u32],
    key: Key,
    out_span: &mut [u32],
    out_input: &mut [u32],
) -> Result<(), usize> {
    let mut drawn = vec![0u32; bits::words(inputs)];
    let mut begin = 0;
    for (row, (list, &count)) in span.chunks_exact(2).zip(counts).enumerate() {
        let slots = list[0] as usize..list[1] as usize;
        let taken = bits::count_range(kept, slots.start, slots.end);
        let (free, count) = (inputs - taken, count as usize);
        if count > free {
            return Err(row);
        }
        let picks = &mut out_input[begin..begin + count];
        draw_distinct(&mut Random::new(key, row as u32), free, picks, &mut drawn);
        // From the number among the free inputs to the input: step over the kept ones.
        let mut skipped = 0;
        let mut kept_inputs =
            slots.filter(|&slot| bits::has(kept, slot)).map(|slot| index[slot]).peekable();
        for pick in picks {
            while kept_inputs.next_if(|&input| input <= *pick + skipped).is_some() {
                skipped += 1;
            }
            *pick += skipped;
        }
        out_span[2 * row] = begin as u32;
        begin += count;
        out_span[2 * row + 1] = begin as u32;
    }
    Ok(())
}

/// Distinct integers below `bound`, ascending (Floyd). `drawn` is an empty set and is left empty.
/// Mirrors `drawDistinct` of `src/device/random.ts`.
fn draw_distinct(random: &mut Random, bound: usize, picks: &mut [u32], drawn: &mut [u32]) {
    let first = bound - picks.len();
    for (i, pick) in picks.iter_mut().enumerate() {
        let last = (first + i) as u32;
        *pick = random.below(last + 1);
        if bits::has(drawn, *pick as usize) {
            *pick = last;
        }
        bits::insert(drawn, *pick as usize);
    }
    for &pick in picks.iter() {
        drawn[pick as usize / 32] = 0;
    }
    picks.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::USE_GROWTH;
    use crate::rewire::testing::{cases, random_lists};

    fn key(step: u32) -> Key {
        Key { seed: [5, 0], purpose: USE_GROWTH, stream: 1, step }
    }

    #[test]
    fn draw_gives_exact_counts_of_free_inputs_in_order() {
        cases(300, |random| {
            let inputs = 1 + random.below(40) as usize;
            let (span, index) = random_lists(random, inputs);
            let rows = span.len() / 2;
            let mut kept = vec![0; bits::words(index.len())];
            let mut counts = vec![];
            for row in 0..rows {
                let mut free = inputs as u32;
                for slot in span[2 * row]..span[2 * row + 1] {
                    if random.below(2) == 0 {
                        bits::insert(&mut kept, slot as usize);
                        free -= 1;
                    }
                }
                counts.push(random.below(free + 1));
            }
            let total = counts.iter().sum::<u32>() as usize;
            let (mut out_span, mut out) = (vec![0; 2 * rows], vec![0; total]);
            draw(&span, &index, &kept, inputs, &counts, key(1), &mut out_span, &mut out).unwrap();
            for row in 0..rows {
                let picks = &out[out_span[2 * row] as usize..out_span[2 * row + 1] as usize];
                assert_eq!(picks.len(), counts[row] as usize);
                assert!(picks.windows(2).all(|p| p[0] < p[1]));
                assert!(picks.iter().all(|&p| (p as usize) < inputs));
                for slot in span[2 * row]..span[2 * row + 1] {
                    let slot = slot as usize;
                    assert!(!(bits::has(&kept, slot) && picks.contains(&index[slot])));
                }
            }
        });
    }

    #[test]
    fn draw_names_the_row_that_has_too_few() {
        let (span, index, kept) = ([0, 0, 0, 2], [0, 1, 0, 0], [0b11]);
        let (mut out_span, mut out) = ([0; 4], [0; 4]);
        let drawn = draw(&span, &index, &kept, 4, &[1, 3], key(1), &mut out_span, &mut out);
        assert_eq!(drawn, Err(1));
    }

    #[test]
    fn draw_gives_every_set_equally_often() {
        // Pairs out of the four free inputs {0, 2, 3, 5} of six: six sets.
        let (span, index, kept) = ([0, 2], [1, 4, 0, 0], [0b11]);
        let mut seen = std::collections::BTreeMap::new();
        for step in 0..30_000 {
            let (mut out_span, mut out) = ([0; 2], [0; 2]);
            draw(&span, &index, &kept, 6, &[2], key(step), &mut out_span, &mut out).unwrap();
            *seen.entry(out).or_insert(0u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        // Five standard deviations of a binomial(30000, 1/6).
        assert!(seen.values().all(|&c| (4_678..5_323).contains(&c)), "{seen:?}");
    }
}
