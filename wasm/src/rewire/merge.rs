//! The new pattern: kept slots and grown inputs merged into sorted rows, and a map that says where
//! each new slot comes from, by which values and moments move.

use super::{bits, NONE};

/// A pattern's arrays to be written.
pub struct Merged<'a> {
    /// Begin and end of each row's list.
    pub span: &'a mut [u32],
    /// Input of each slot; every element is written.
    pub index: &'a mut [u32],
    /// Old slot of each slot, `NONE` for growth, padding and tail; every element is written.
    pub source: &'a mut [u32],
}

/// Lists of entries that grow.
pub struct Grown<'a> {
    /// Begin and end of each cell.
    pub span: &'a [u32],
    /// Cells in a list.
    pub per_list: usize,
    /// Input, ascending in a row.
    pub input: &'a [u32],
    /// Old slot whose value and moments to take up again, or `NONE`; absent if that is so for all.
    pub source: Option<&'a [u32]>,
    /// Entries that really grow; all if absent.
    pub chosen: Option<&'a [u32]>,
}

/// Merges; lists begin at multiples of `tile`. Gives the number of units, or the first list that does
/// not fit or that would get an entry twice, unless it `repeats` entries; then kept ones come first.
pub fn merge(
    span: &[u32],
    index: &[u32],
    kept: &[u32],
    grown: Grown,
    tile: usize,
    repeats: bool,
    out: Merged,
) -> Result<usize, usize> {
    let capacity = out.index.len();
    let (mut next, mut units) = (0, 0);
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for list in 0..span.len() / 2 {
        let slots = bits::elements(kept, span[2 * list] as usize, span[2 * list + 1] as usize);
        old.clear();
        old.extend(slots.map(|slot| (index[slot], slot as u32)));
        new.clear();
        grown.extend(list, &mut new);
        let (begin, end) = (next, next + old.len() + new.len());
        if end > capacity {
            return Err(list);
        }
        let (index, source) = (&mut out.index[begin..end], &mut out.source[begin..end]);
        if !merge_list(&mut old, &mut new, index, source) && !repeats {
            return Err(list);
        }
        out.span[2 * list] = begin as u32;
        out.span[2 * list + 1] = end as u32;
        units += end - begin;
        next = end.next_multiple_of(tile).min(capacity);
        out.index[end..next].fill(0);
        out.source[end..next].fill(NONE);
    }
    out.index[next..].fill(0);
    out.source[next..].fill(NONE);
    Ok(units)
}

/// Merges two ascending lists of (entry, source); gives whether no entry comes twice. Which list the
/// next entry comes from is a coin toss, so there is no branch on it.
fn merge_list(
    old: &mut Vec<(u32, u32)>,
    new: &mut Vec<(u32, u32)>,
    index: &mut [u32],
    source: &mut [u32],
) -> bool {
    // What follows the last of a list is never taken.
    old.push((NONE, NONE));
    new.push((NONE, NONE));
    let (mut i, mut j) = (0, 0);
    let (mut last, mut repeated) = (NONE, false);
    for (to, from) in index.iter_mut().zip(source) {
        let (a, b) = (old[i], new[j]);
        let first = u32::from(a.0 <= b.0);
        let take = 0u32.wrapping_sub(first);
        *to = a.0 & take | b.0 & !take;
        *from = a.1 & take | b.1 & !take;
        i += first as usize;
        j += 1 - first as usize;
        repeated |= *to == last;
        last = *to;
    }
    !repeated
}

impl Grown<'_> {
    /// Adds entry and source of what grows in a list.
    fn extend(&self, list: usize, to: &mut Vec<(u32, u32)>) {
        let (first, last) = (list * self.per_list, (list + 1) * self.per_list - 1);
        let (begin, end) = (self.span[2 * first] as usize, self.span[2 * last + 1] as usize);
        let source = |at: usize| self.source.map_or(NONE, |source| source[at]);
        match self.chosen {
            None => to.extend((begin..end).map(|at| (self.input[at], source(at)))),
            Some(chosen) => {
                to.extend(bits::elements(chosen, begin, end).map(|at| (self.input[at], source(at))))
            }
        }
    }
}

/// The `area` values of slot `source[i]` for slot `i`, 0 where there is no source.
pub fn carry(source: &[u32], values: &[f32], area: usize, out: &mut [f32]) {
    if values.is_empty() {
        out.fill(0.0);
        return;
    }
    if area == 1 {
        for (x, &slot) in out.iter_mut().zip(source) {
            // No branch: which slots are new is a coin toss.
            let old = 0u32.wrapping_sub(u32::from(slot != NONE));
            *x = f32::from_bits(values[(slot & old) as usize].to_bits() & old);
        }
        return;
    }
    for (unit, &slot) in out.chunks_exact_mut(area).zip(source) {
        match slot {
            NONE => unit.fill(0.0),
            _ => unit.copy_from_slice(&values[slot as usize * area..][..area]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::{cases, random_lists};
    use std::collections::BTreeMap;

    #[test]
    fn merge_is_the_sorted_union_with_its_sources() {
        cases(400, |random| {
            let inputs = 1 + random.below(30) as usize;
            let (span, index) = random_lists(random, inputs);
            let tile = [1, 4][random.below(2) as usize];
            let rows = span.len() / 2;
            let mut kept = vec![0; bits::words(index.len())];
            let (mut grown_span, mut input, mut source) = (vec![], vec![], vec![]);
            let mut expected: Vec<BTreeMap<u32, u32>> = vec![];
            let mut chosen = vec![0; bits::words(rows * inputs)];
            for row in 0..rows {
                let slots = span[2 * row] as usize..span[2 * row + 1] as usize;
                let mut map = BTreeMap::new();
                for slot in slots.clone().filter(|_| random.below(2) == 0) {
                    bits::insert(&mut kept, slot);
                    map.insert(index[slot], slot as u32);
                }
                grown_span.push(input.len() as u32);
                for i in 0..inputs as u32 {
                    if random.below(3) == 0 && !map.contains_key(&i) {
                        let old = slots.clone().find(|&slot| index[slot] == i);
                        let from = old.map_or(NONE, |slot| slot as u32);
                        if random.below(2) == 0 {
                            bits::insert(&mut chosen, input.len());
                            map.insert(i, from);
                        }
                        input.push(i);
                        source.push(from);
                    }
                }
                grown_span.push(input.len() as u32);
                expected.push(map);
            }
            let capacity = rows * inputs.next_multiple_of(4) + 4;
            let (mut out_span, mut out_index) = (vec![7; 2 * rows], vec![7; capacity]);
            let mut out_source = vec![7; capacity];
            let out =
                Merged { span: &mut out_span, index: &mut out_index, source: &mut out_source };
            let grown = Grown {
                span: &grown_span,
                per_list: 1,
                input: &input,
                source: Some(&source),
                chosen: Some(&chosen),
            };
            let total = expected.iter().map(BTreeMap::len).sum();
            assert_eq!(merge(&span, &index, &kept, grown, tile, false, out), Ok(total));
            let mut next = 0;
            for (row, map) in expected.iter().enumerate() {
                assert_eq!(out_span[2 * row] as usize, next);
                assert_eq!(out_span[2 * row + 1] as usize, next + map.len());
                for (i, (&input, &from)) in map.iter().enumerate() {
                    assert_eq!((out_index[next + i], out_source[next + i]), (input, from));
                }
                let padded = (next + map.len()).next_multiple_of(tile);
                assert!(out_index[next + map.len()..padded].iter().all(|&i| i == 0));
                assert!(out_source[next + map.len()..padded].iter().all(|&s| s == NONE));
                next = padded;
            }
            assert!(out_index[next..].iter().all(|&i| i == 0));
            assert!(out_source[next..].iter().all(|&s| s == NONE));

            for area in [1, 3] {
                let values: Vec<f32> = (0..area * index.len()).map(|s| s as f32 + 0.5).collect();
                let mut moved = vec![9.0; area * capacity];
                carry(&out_source, &values, area, &mut moved);
                for (i, x) in moved.iter().enumerate() {
                    let (s, part) = (out_source[i / area], i % area);
                    let from = (s as usize).wrapping_mul(area).wrapping_add(part) as f32 + 0.5;
                    assert_eq!(*x, if s == NONE { 0.0 } else { from });
                }
            }
        });
    }

    fn merge_small(capacity: usize, input: &[u32], repeats: bool) -> Result<usize, usize> {
        let (mut span, mut index, mut source) = ([0; 4], vec![0; capacity], vec![0; capacity]);
        let out = Merged { span: &mut span, index: &mut index, source: &mut source };
        let grown_span = [0, 0, 0, input.len() as u32];
        let grown = Grown { span: &grown_span, per_list: 1, input, source: None, chosen: None };
        let index = [2, 0, 0, 0, 1, 3, 0, 0];
        merge(&[0, 1, 4, 6], &index, &[0b11_0001], grown, 4, repeats, out)
    }

    #[test]
    fn merge_repeats_entries_where_it_may_the_kept_ones_first() {
        let (mut span, mut index, mut source) = ([9; 2], [9; 8], [9; 8]);
        let out = Merged { span: &mut span, index: &mut index, source: &mut source };
        let input = [1, 1, 3, 4];
        let grown = Grown { span: &[0, 4], per_list: 1, input: &input, source: None, chosen: None };
        // Slots 0 and 2 of entries 1, 1 and 3 are kept.
        assert_eq!(merge(&[0, 3], &[1, 1, 3, 0], &[0b101], grown, 4, true, out), Ok(6));
        assert_eq!((span, index), ([0, 6], [1, 1, 1, 3, 3, 4, 0, 0]));
        assert_eq!(source, [0, NONE, NONE, 2, NONE, NONE, NONE, NONE]);
    }

    #[test]
    fn merge_takes_the_entries_of_all_cells_of_a_list() {
        let (mut span, mut index, mut source) = ([9; 4], [9; 8], [9; 8]);
        let out = Merged { span: &mut span, index: &mut index, source: &mut source };
        // Two lists of two cells each; slot 0 (entry 2) stays.
        let grown = Grown {
            span: &[0, 1, 1, 2, 2, 2, 2, 3],
            per_list: 2,
            input: &[1, 5, 4],
            source: None,
            chosen: None,
        };
        assert_eq!(merge(&[0, 1, 4, 6], &[2, 0, 0, 0, 1, 3], &[1], grown, 4, false, out), Ok(4));
        assert_eq!((span, index), ([0, 3, 4, 5], [1, 2, 5, 0, 4, 0, 0, 0]));
    }

    #[test]
    fn merge_names_the_row_that_does_not_fit_or_repeats_an_input() {
        for repeats in [false, true] {
            assert_eq!(merge_small(8, &[0, 2], repeats), Ok(5));
            assert_eq!(merge_small(7, &[0, 2], repeats), Err(1));
            assert_eq!(merge_small(4, &[0], repeats), Err(1));
        }
        assert_eq!(merge_small(8, &[3], false), Err(1));
        assert_eq!(merge_small(12, &[0, 0], false), Err(1));
    }
}
