//! Pools: for each cell, the units that gradient growth chooses from, in ascending order of entry.
//! They come from two sorted lists: slots of the pattern, whose gradient is known, and the fetched
//! candidates among the inactive entries.

use super::cells::Cells;
use super::{bits, NONE};

/// Lists of entries by cell with a score and the slot that each comes from.
pub struct Pool<'a> {
    /// Begin and end of each cell's list; no padding.
    pub span: &'a mut [u32],
    /// Entry.
    pub input: &'a mut [u32],
    /// Gradient, or the norm of a unit's.
    pub score: &'a mut [f32],
    /// Slot of the pattern, or `NONE` of a candidate.
    pub source: &'a mut [u32],
}

/// Gathers, cell by cell, the slots of `from` (those active before and not kept, or all) and the
/// `count` candidates (`NONE` where there are fewer). `input` and the others have room for every
/// slot of `from` and every candidate. Gives the length, or the first cell whose candidates are not
/// ascending inactive entries of it.
#[allow(clippy::too_many_arguments)]
pub fn gather(
    cells: Cells,
    index: &[u32],
    gradient: &[f32],
    from: &[u32],
    count: usize,
    candidate: &[u32],
    candidate_score: &[f32],
    pool: Pool,
) -> Result<usize, usize> {
    let mut end = 0;
    for cell in 0..cells.len() {
        pool.span[2 * cell] = end as u32;
        let mut slots = cells.slots(cell);
        let mut slot = slots.next();
        let mut push = |input, score, source| {
            pool.input[end] = input;
            pool.score[end] = score;
            pool.source[end] = source;
            end += 1;
        };
        let inside = cells.entries(cell);
        let mut least = inside.start as u32;
        let candidates = cell * count..(cell + 1) * count;
        for (&input, &score) in
            candidate[candidates.clone()].iter().zip(&candidate_score[candidates])
        {
            if input == NONE {
                break;
            }
            while let Some(s) = slot.filter(|&s| index[s] < input) {
                if bits::has(from, s) {
                    push(index[s], gradient[s], s as u32);
                }
                slot = slots.next();
            }
            let active = slot.is_some_and(|s| index[s] == input);
            if input < least || input as usize >= inside.end || active {
                return Err(cell);
            }
            push(input, score, NONE);
            least = input + 1;
        }
        while let Some(s) = slot {
            if bits::has(from, s) {
                push(index[s], gradient[s], s as u32);
            }
            slot = slots.next();
        }
        pool.span[2 * cell + 1] = end as u32;
    }
    Ok(end)
}

/// For each cell, how many positions are in either of two sets: `weights` over the slots of the
/// pattern, `gradients` over the entries of a pool.
pub fn count_union(
    span: &[u32],
    weights: &[u32],
    pool_span: &[u32],
    source: &[u32],
    gradients: &[u32],
    out: &mut [u32],
) {
    for (cell, total) in out.iter_mut().enumerate() {
        let (begin, end) = (span[2 * cell] as usize, span[2 * cell + 1] as usize);
        let (first, last) = (pool_span[2 * cell] as usize, pool_span[2 * cell + 1] as usize);
        let more = bits::elements(gradients, first, last).filter(|&entry| {
            let slot = source[entry];
            !(slot != NONE && bits::has(weights, slot as usize))
        });
        *total = (bits::count_range(weights, begin, end) + more.count()) as u32;
    }
}

/// First cell whose candidates (entries without a slot) are all chosen although it has inactive
/// entries that were not fetched, so that better ones than some chosen elsewhere may be missing.
pub fn find_saturated(
    cells: Cells,
    pool_span: &[u32],
    source: &[u32],
    chosen: &[u32],
    count: usize,
) -> Option<usize> {
    (0..cells.len()).find(|&cell| {
        let mut candidates = (pool_span[2 * cell] as usize..pool_span[2 * cell + 1] as usize)
            .filter(|&entry| source[entry] == NONE);
        cells.entries(cell).len() - cells.slots(cell).len() > count
            && candidates.all(|entry| bits::has(chosen, entry))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::whole_lists;
    use crate::rewire::testing::{cases, random_lists};

    #[test]
    fn gather_merges_slots_and_candidates_by_input() {
        cases(300, |random| {
            let inputs = 1 + random.below(30) as usize;
            let (span, index) = random_lists(random, inputs);
            let cells = whole_lists(&span, inputs);
            let rows = span.len() / 2;
            let gradient: Vec<f32> = (0..index.len()).map(|s| s as f32).collect();
            let mut from = vec![0; bits::words(index.len())];
            (0..index.len())
                .filter(|_| random.below(3) > 0)
                .for_each(|s| bits::insert(&mut from, s));
            let count = random.below(10) as usize;
            let mut candidate = vec![NONE; rows * count];
            let mut expected = vec![];
            for row in 0..rows {
                let slots = span[2 * row] as usize..span[2 * row + 1] as usize;
                let mut list: Vec<(u32, f32, u32)> = slots
                    .clone()
                    .filter(|&s| bits::has(&from, s))
                    .map(|s| (index[s], s as f32, s as u32))
                    .collect();
                let free: Vec<u32> = (0..inputs as u32)
                    .filter(|i| !index[slots.clone()].contains(i) && random.below(2) == 0)
                    .take(count)
                    .collect();
                for (i, &input) in free.iter().enumerate() {
                    candidate[row * count + i] = input;
                    list.push((input, -1.0 - input as f32, NONE));
                }
                list.sort_by_key(|entry| entry.0);
                expected.push(list);
            }
            let score: Vec<f32> = candidate.iter().map(|&i| -1.0 - i as f32).collect();
            let room = index.len() + candidate.len();
            let (mut pool_span, mut input) = (vec![9; 2 * rows], vec![0; room]);
            let (mut scores, mut source) = (vec![0.0; room], vec![0; room]);
            let pool = Pool {
                span: &mut pool_span,
                input: &mut input,
                score: &mut scores,
                source: &mut source,
            };
            let length = gather(cells, &index, &gradient, &from, count, &candidate, &score, pool);
            assert_eq!(length, Ok(expected.iter().map(Vec::len).sum()));
            for (row, list) in expected.iter().enumerate() {
                let got: Vec<_> = (pool_span[2 * row] as usize..pool_span[2 * row + 1] as usize)
                    .map(|e| (input[e], scores[e], source[e]))
                    .collect();
                assert_eq!(&got, list);
            }
        });
    }

    fn gather_two(candidate: [u32; 2]) -> Result<usize, usize> {
        let (mut span, mut input, mut score, mut source) = ([0; 2], [0; 8], [0.0; 8], [0; 8]);
        let pool =
            Pool { span: &mut span, input: &mut input, score: &mut score, source: &mut source };
        let (index, zero) = ([1, 3, 0, 0], [0.0; 4]);
        gather(whole_lists(&[0, 2], 6), &index, &zero, &[0], 2, &candidate, &zero[..2], pool)
    }

    #[test]
    fn gather_goes_by_segments_and_refuses_candidates_of_another() {
        let gather_segments = |candidate: &[u32]| {
            let (mut span, mut input) = ([9; 4], [9; 8]);
            let (mut score, mut source) = ([0.0; 8], [0; 8]);
            let pool =
                Pool { span: &mut span, input: &mut input, score: &mut score, source: &mut source };
            // Segments of 4 in a list of 6: entry 1 is active in the first, 4 in the second.
            let cells = Cells { span: &[0, 1, 1, 2], per_list: 2, segment: 4, entries: 6 };
            let (index, zero) = ([1, 4, 0, 0], [0.0; 4]);
            gather(cells, &index, &zero, &[0b10], 1, candidate, &zero[..2], pool)
                .map(|length| (span, input[..length].to_vec()))
        };
        assert_eq!(gather_segments(&[3, 5]), Ok(([0, 1, 1, 3], vec![3, 4, 5])));
        assert_eq!(gather_segments(&[NONE, 5]), Ok(([0, 0, 0, 2], vec![4, 5])));
        assert_eq!(gather_segments(&[4, 5]), Err(0));
        assert_eq!(gather_segments(&[3, 3]), Err(1));
        assert_eq!(gather_segments(&[3, 6]), Err(1));
    }

    #[test]
    fn gather_refuses_candidates_that_are_active_repeated_unsorted_or_out_of_range() {
        assert_eq!(gather_two([0, 5]), Ok(2));
        assert_eq!(gather_two([2, NONE]), Ok(1));
        for candidate in [[0, 1], [3, 4], [4, 4], [5, 2], [2, 6]] {
            assert_eq!(gather_two(candidate), Err(0), "{candidate:?}");
        }
    }

    #[test]
    fn count_union_counts_a_position_once() {
        // Slots 0 and 1; entries: slot 0, a candidate, slot 1.
        let mut out = [9];
        count_union(&[0, 2], &[0b01], &[0, 3], &[0, NONE, 1], &[0b111], &mut out);
        assert_eq!(out, [3]);
        count_union(&[0, 2], &[0b11], &[0, 3], &[0, NONE, 1], &[0b101], &mut out);
        assert_eq!(out, [2]);
    }

    #[test]
    fn find_saturated_wants_an_unchosen_candidate_or_no_more_inputs() {
        let (pool_span, source) = ([0, 3], [NONE, 0, NONE]);
        let saturated = |chosen, inputs| {
            find_saturated(whole_lists(&[0, 1], inputs), &pool_span, &source, &[chosen], 2)
        };
        assert_eq!(saturated(0b101, 4), Some(0));
        assert_eq!(saturated(0b101, 3), None);
        assert_eq!(saturated(0b011, 4), None);
    }
}
