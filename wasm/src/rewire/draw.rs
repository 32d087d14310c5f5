//! Random growth: distinct entries among those that are not kept, for each cell or anywhere.

use super::bits;
use super::cells::Cells;
use crate::random::{Key, Random};

/// Draws `counts[cell]` distinct entries for each cell, every set of its entries outside `kept` equally
/// likely, and lists them in ascending order: `out_span` has begin and end of each cell, `out_entry` is
/// as long as the sum of the counts. A cell's draw depends on the key and the cell alone. Gives the
/// first cell that has fewer such entries than wanted.
pub fn draw(
    cells: Cells,
    index: &[u32],
    kept: &[u32],
    counts: &[u32],
    key: Key,
    out_span: &mut [u32],
    out_entry: &mut [u32],
) -> Result<(), usize> {
    let mut drawn = vec![0u32; bits::words(cells.segment)];
    let mut list = Vec::new();
    let mut begin = 0;
    for (cell, &count) in counts.iter().enumerate() {
        out_span[2 * cell] = begin as u32;
        out_span[2 * cell + 1] = begin as u32 + count;
        if count == 0 {
            continue;
        }
        let (slots, entries) = (cells.slots(cell), cells.entries(cell));
        let taken = bits::count_range(kept, slots.start, slots.end);
        let (free, count) = (entries.len() - taken, count as usize);
        if count > free {
            return Err(cell);
        }
        let picks = &mut out_entry[begin..begin + count];
        let mut random = Random::new(key, cell as u32);
        draw_distinct(|bound| random.below(bound), free, picks, &mut drawn);
        let first = entries.start as u32;
        let kept_entries = bits::elements(kept, slots.start, slots.end).map(|s| index[s] - first);
        step_over(picks, kept_entries, &mut list);
        picks.iter_mut().for_each(|pick| *pick += first);
        begin += count;
    }
    Ok(())
}

/// As [`draw`], but each of a cell's entries is any of those that it could have, whatever it keeps and whatever else is drawn.
pub fn draw_any(
    cells: Cells,
    counts: &[u32],
    key: Key,
    out_span: &mut [u32],
    out_entry: &mut [u32],
) {
    let mut begin = 0;
    for (cell, &count) in counts.iter().enumerate() {
        let end = begin + count as usize;
        out_span[2 * cell] = begin as u32;
        out_span[2 * cell + 1] = end as u32;
        let entries = cells.entries(cell);
        let mut random = Random::new(key, cell as u32);
        let picks = &mut out_entry[begin..end];
        picks.fill_with(|| entries.start as u32 + random.below(entries.len() as u32));
        picks.sort_unstable();
        begin = end;
    }
}

/// As [`draw`], but `count` entries out of all lists together, every set of positions outside `kept`
/// equally likely. The cells are whole lists. Gives how many free positions there are if too few.
pub fn draw_anywhere(
    cells: Cells,
    index: &[u32],
    kept: &[u32],
    count: usize,
    key: Key,
    out_span: &mut [u32],
    out_entry: &mut [u32],
) -> Result<(), usize> {
    let free = cells.len() * cells.entries - bits::count(kept);
    if count > free {
        return Err(free);
    }
    let mut drawn = vec![0u32; bits::words(free)];
    let mut random = Random::new(key, 0);
    insert_distinct(|bound| random.below(bound), free, count, &mut drawn, |_| ());
    let (mut begin, mut rank) = (0, 0);
    let mut work = Vec::new();
    for list in 0..cells.len() {
        let slots = cells.slots(list);
        let next = rank + cells.entries - bits::count_range(kept, slots.start, slots.end);
        let mut end = begin;
        for pick in bits::elements(&drawn, rank, next) {
            out_entry[end] = (pick - rank) as u32;
            end += 1;
        }
        let kept_entries = bits::elements(kept, slots.start, slots.end).map(|slot| index[slot]);
        step_over(&mut out_entry[begin..end], kept_entries, &mut work);
        out_span[2 * list] = begin as u32;
        out_span[2 * list + 1] = end as u32;
        (begin, rank) = (end, next);
    }
    Ok(())
}

/// From the ascending numbers among the free entries to the entries: steps over the kept ones. Whether
/// the next entry is a kept one is a coin toss, so there is no branch on it. `list` is for its work.
fn step_over(picks: &mut [u32], kept: impl Iterator<Item = u32>, list: &mut Vec<u32>) {
    list.clear();
    list.extend(kept);
    let steps = picks.len() + list.len();
    // What follows the last kept entry is never stepped over.
    list.push(u32::MAX);
    let (mut done, mut skipped) = (0, 0);
    for _ in 0..steps {
        if done == picks.len() {
            return;
        }
        let entry = picks[done] + skipped as u32;
        let over = usize::from(list[skipped] <= entry);
        picks[done] += (skipped as u32) & (over as u32).wrapping_sub(1);
        done += 1 - over;
        skipped += over;
    }
}

/// Distinct integers below `bound`, ascending; `below` gives random ones. `drawn` is an empty set and is left empty.
/// Mirrors `drawDistinct` of `src/device/random.ts`.
pub fn draw_distinct(
    below: impl FnMut(u32) -> u32,
    bound: usize,
    picks: &mut [u32],
    drawn: &mut [u32],
) {
    let mut at = 0;
    let count = picks.len();
    insert_distinct(below, bound, count, drawn, |pick| {
        picks[at] = pick;
        at += 1;
    });
    if bits::words(bound) < 4 * count {
        // Many: the set is already in order.
        picks.iter_mut().zip(bits::elements(drawn, 0, bound)).for_each(|(p, e)| *p = e as u32);
        drawn[..bits::words(bound)].fill(0);
    } else {
        for &pick in picks.iter() {
            drawn[pick as usize / 32] = 0;
        }
        picks.sort_unstable();
    }
}

/// Adds `count` distinct integers below `bound` to the set `drawn` (Floyd), each given to `visit`.
fn insert_distinct(
    mut below: impl FnMut(u32) -> u32,
    bound: usize,
    count: usize,
    drawn: &mut [u32],
    mut visit: impl FnMut(u32),
) {
    for last in (bound - count) as u32..bound as u32 {
        let mut pick = below(last + 1);
        if bits::has(drawn, pick as usize) {
            pick = last;
        }
        bits::insert(drawn, pick as usize);
        visit(pick);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::USE_GROWTH;
    use crate::rewire::testing::{cases, random_lists, whole_lists};

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
            let cells = whole_lists(&span, inputs);
            draw(cells, &index, &kept, &counts, key(1), &mut out_span, &mut out).unwrap();
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
        let cells = whole_lists(&span, 4);
        let drawn = draw(cells, &index, &kept, &[1, 3], key(1), &mut out_span, &mut out);
        assert_eq!(drawn, Err(1));
    }

    #[test]
    fn draw_gives_every_set_equally_often() {
        // Pairs out of the four free inputs {0, 2, 3, 5} of six: six sets.
        let (span, index, kept) = ([0, 2], [1, 4, 0, 0], [0b11]);
        let mut seen = std::collections::BTreeMap::new();
        for step in 0..30_000 {
            let (mut out_span, mut out) = ([0; 2], [0; 2]);
            let cells = whole_lists(&span, 6);
            draw(cells, &index, &kept, &[2], key(step), &mut out_span, &mut out).unwrap();
            *seen.entry(out).or_insert(0u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        // Five standard deviations of a binomial(30000, 1/6).
        assert!(seen.values().all(|&c| (4_678..5_323).contains(&c)), "{seen:?}");
    }

    #[test]
    fn draw_takes_the_entries_of_each_segment() {
        // Segments of 4 in a list of 6; entries 0 and 5 are kept.
        let cells = Cells { span: &[0, 1, 1, 2], per_list: 2, segment: 4, entries: 6 };
        for step in 0..50 {
            let (mut span, mut out) = ([9; 4], [9; 3]);
            draw(cells, &[0, 5], &[0b11], &[2, 1], key(step), &mut span, &mut out).unwrap();
            assert_eq!(span, [0, 2, 2, 3]);
            assert!(1 <= out[0] && out[0] < out[1] && out[1] < 4 && out[2] == 4, "{out:?}");
        }
        let (mut span, mut out) = ([9; 4], [9; 3]);
        let drawn = draw(cells, &[0, 5], &[0b11], &[1, 2], key(0), &mut span, &mut out);
        assert_eq!(drawn, Err(1));
    }

    #[test]
    fn draw_any_gives_every_entry_of_a_cell_equally_often() {
        // Segments of 3 in a list of 5: pairs of the first one's entries, one of the second one's.
        let cells = Cells { span: &[0, 1, 1, 2], per_list: 2, segment: 3, entries: 5 };
        let mut seen = std::collections::BTreeMap::new();
        for step in 0..30_000 {
            let (mut span, mut out) = ([9; 4], [9; 3]);
            draw_any(cells, &[2, 1], key(step), &mut span, &mut out);
            assert_eq!(span, [0, 2, 2, 3]);
            *seen.entry(out).or_insert(0u32) += 1;
        }
        // Of two draws out of three, each ordered pair is one of nine: unequal entries come in two orders.
        assert_eq!(seen.len(), 12);
        for ([a, b, c], count) in seen {
            assert!(a <= b && b < 3 && (3..5).contains(&c));
            // Five standard deviations of a binomial of 30000.
            let expected = 30_000.0 * if a == b { 1.0 } else { 2.0 } / 18.0;
            assert!(
                (f64::from(count) - expected).abs() < 5.0 * expected.sqrt(),
                "{a} {b} {c}: {count}"
            );
        }
    }

    #[test]
    fn draw_anywhere_gives_every_set_equally_often() {
        // Pairs out of the four free positions (0, 0), (0, 2), (2, 0), (2, 1) of three lists of three.
        let (span, index, kept) = ([0, 1, 1, 4, 4, 5], [1, 0, 1, 2, 2], [0b1_1111]);
        let mut seen = std::collections::BTreeMap::new();
        for step in 0..30_000 {
            let (mut out_span, mut out) = ([9; 6], [9; 2]);
            let cells = whole_lists(&span, 3);
            draw_anywhere(cells, &index, &kept, 2, key(step), &mut out_span, &mut out).unwrap();
            let mut pairs = vec![];
            for list in 0..3 {
                let range = out_span[2 * list] as usize..out_span[2 * list + 1] as usize;
                pairs.extend(out[range].iter().map(|&entry| (list, entry)));
            }
            assert!(
                pairs.iter().all(|p| [(0, 0), (0, 2), (2, 0), (2, 1)].contains(p)),
                "{pairs:?}"
            );
            *seen.entry(pairs).or_insert(0u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|&c| (4_678..5_323).contains(&c)), "{seen:?}");
        let cells = whole_lists(&span, 3);
        let drawn = draw_anywhere(cells, &index, &kept, 5, key(0), &mut [9; 6], &mut [9; 5]);
        assert_eq!(drawn, Err(4));
    }
}
