//! The transposed view: the connections by columns, for the gradient of the input.

use super::NONE;

/// The view's arrays to be written.
pub struct View<'a> {
    /// Begin and end of each column's list; every element is written.
    pub column_span: &'a mut [u32],
    /// Row of each slot of the view, 0 on padding and tail; every element is written.
    pub row_of: &'a mut [u32],
    /// Slot by rows of each slot of the view, `NONE` on padding and tail; every element is written.
    pub slot_of: &'a mut [u32],
}

/// Sorts the connections by input, stably, so that rows ascend in a column. Lists begin at
/// multiples of `tile`. Gives the slots taken, or the first column that does not fit.
pub fn transpose(span: &[u32], index: &[u32], tile: usize, view: View) -> Result<usize, usize> {
    let View { column_span, row_of, slot_of } = view;
    column_span.fill(0);
    for list in span.chunks_exact(2) {
        for &input in &index[list[0] as usize..list[1] as usize] {
            column_span[2 * input as usize + 1] += 1;
        }
    }
    let mut next = 0usize;
    for (column, list) in column_span.chunks_exact_mut(2).enumerate() {
        let count = list[1] as usize;
        list.fill(next as u32);
        next += count.next_multiple_of(tile);
        if next > slot_of.len() {
            return Err(column);
        }
    }
    row_of.fill(0);
    slot_of.fill(NONE);
    let mut cursor: Vec<u32> = span.iter().step_by(2).copied().collect();
    let band = band(span, column_span.len() / 2);
    for bound in (0..column_span.len() / 2).step_by(band).map(|first| (first + band) as u32) {
        for (row, (slot, list)) in cursor.iter_mut().zip(span.chunks_exact(2)).enumerate() {
            while *slot < list[1] && index[*slot as usize] < bound {
                let end = &mut column_span[2 * index[*slot as usize] as usize + 1];
                row_of[*end as usize] = row as u32;
                slot_of[*end as usize] = *slot;
                *end += 1;
                *slot += 1;
            }
        }
    }
    Ok(next)
}

/// Columns that are filled at a time. Every column's list lies on pages of its own, and a processor
/// remembers the addresses of few pages; on the other hand a visit to a row should find some entries.
fn band(span: &[u32], columns: usize) -> usize {
    let units: usize = span.chunks_exact(2).map(|list| (list[1] - list[0]) as usize).sum();
    let bands = (units / (span.len() / 2).max(1) / VISIT).clamp(1, columns.div_ceil(BAND).max(1));
    columns.div_ceil(bands).max(1)
}

/// Columns that are few enough.
const BAND: usize = 256;
/// Entries of a row that are worth a visit.
const VISIT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::{cases, random_lists};

    #[test]
    fn transpose_lists_every_connection_by_column() {
        cases(300, |random| {
            let inputs = 1 + random.below(30) as usize;
            let (span, index) = random_lists(random, inputs);
            let tile = [1, 4][random.below(2) as usize];
            let rows = span.len() / 2;
            let capacity = inputs * rows.next_multiple_of(4);
            let (mut column_span, mut row_of) = (vec![7; 2 * inputs], vec![7; capacity]);
            let mut slot_of = vec![7; capacity];
            let view =
                View { column_span: &mut column_span, row_of: &mut row_of, slot_of: &mut slot_of };
            let taken = transpose(&span, &index, tile, view).unwrap();
            let mut next = 0;
            for column in 0..inputs as u32 {
                assert_eq!(column_span[2 * column as usize] as usize, next);
                for row in 0..rows {
                    for slot in span[2 * row]..span[2 * row + 1] {
                        if index[slot as usize] == column {
                            assert_eq!((row_of[next], slot_of[next]), (row as u32, slot));
                            next += 1;
                        }
                    }
                }
                assert_eq!(column_span[2 * column as usize + 1] as usize, next);
                while next % tile != 0 {
                    assert_eq!((row_of[next], slot_of[next]), (0, NONE));
                    next += 1;
                }
            }
            assert_eq!(taken, next);
            assert!(slot_of[next..].iter().all(|&s| s == NONE));
            assert!(row_of[next..].iter().all(|&r| r == 0));
        });
    }

    #[test]
    fn transpose_names_the_column_that_does_not_fit() {
        let (mut column_span, mut row_of, mut slot_of) = ([0; 6], [0; 4], [0; 4]);
        let view =
            View { column_span: &mut column_span, row_of: &mut row_of, slot_of: &mut slot_of };
        assert_eq!(transpose(&[0, 2], &[0, 2, 0, 0], 4, view), Err(2));
    }
}
