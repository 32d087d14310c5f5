//! Cells: the parts of a pattern by which connections are counted, drawn and grown. A cell is a list
//! of units, or a segment of one in an N:M pattern.

use core::ops::Range;

/// The cells of a pattern, list by list.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    /// Begin and end of each cell's slots.
    pub span: &'a [u32],
    /// Cells in a list.
    pub per_list: usize,
    /// Entries that a cell could have; the last one of a list may have fewer.
    pub segment: usize,
    /// Entries that a list could have.
    pub entries: usize,
}

impl Cells<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.span.len() / 2
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.span.is_empty()
    }

    /// The slots of a cell.
    #[inline(always)]
    pub fn slots(&self, cell: usize) -> Range<usize> {
        self.span[2 * cell] as usize..self.span[2 * cell + 1] as usize
    }

    /// The entries that a cell could have.
    #[inline(always)]
    pub fn entries(&self, cell: usize) -> Range<usize> {
        let first = cell % self.per_list * self.segment;
        first..self.entries.min(first + self.segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_the_segments_of_lists() {
        let cells = Cells { span: &[0, 2, 2, 3, 4, 6, 6, 7], per_list: 2, segment: 4, entries: 6 };
        let found: Vec<_> = (0..cells.len()).map(|c| (cells.slots(c), cells.entries(c))).collect();
        assert_eq!(found, [(0..2, 0..4), (2..3, 4..6), (4..6, 0..4), (6..7, 4..6)]);
        assert!(!cells.is_empty());
    }
}
