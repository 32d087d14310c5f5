//! `label_top`: the largest logits of every column so far, with their labels. See
//! `src/ops/kernels/label_top.ts`.
//!
//! Threads share the columns. Four logits are compared at once with the least of what their columns hold; hardly
//! any is larger after the first chunk.
use super::elementwise::Lanes;
use crate::args::{Args, Share};

/// Adds a chunk of labels to the largest logits.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/label_top.ts` declares.
pub unsafe fn label_top(args: Args, share: Share) {
    let logits = args.word(0) as *const f32;
    let numbers = args.word(1) as *const u32;
    let (rows, columns, first) = (args.word(4), args.word(5), args.word(6));
    let numbered = args.word(9) != 0;
    let lists = Lists { scores: args.write(2), labels: args.write(3), top: args.word(7), columns };
    let vectors = share.range(columns.div_ceil(4));
    let part = 4 * vectors.start..columns.min(4 * vectors.end);
    if args.word(8) != 0 {
        for i in 0..lists.top {
            for column in part.clone() {
                *lists.scores.add(i * columns + column) = f32::MIN;
                *lists.labels.add(i * columns + column) = u32::MAX;
            }
        }
    }
    let least = lists.scores.add((lists.top - 1) * columns);
    for row in 0..rows {
        let line = logits.add(row * columns);
        for column in part.clone().step_by(4) {
            let lanes = Lanes::first(part.end - column);
            let (own, held) = (lanes.load(line.add(column)), lanes.load(least.add(column)));
            // Labels that ascend come behind their equals; numbers may be lower.
            let some = if numbered { !held.greater(own) } else { own.greater(held) };
            let mut some = lanes.bits(some);
            while some != 0 {
                let column = column + some.trailing_zeros() as usize;
                let label = if numbered { *numbers.add(row) } else { (first + row) as u32 };
                lists.insert(column, *line.add(column), label);
                some &= some - 1;
            }
        }
    }
}

/// The largest logits of every column, the largest first, with their labels.
struct Lists {
    scores: *mut f32,
    labels: *mut u32,
    top: usize,
    columns: usize,
}

impl Lists {
    /// Whether a label comes before the one at a place; one of a score that is no number does not.
    #[inline(always)]
    unsafe fn precedes(&self, score: f32, label: u32, at: usize) -> bool {
        let held = *self.scores.add(at);
        score > held || (score == held && label < *self.labels.add(at))
    }

    /// Puts a label that comes before the last one in its place.
    #[inline(never)]
    unsafe fn insert(&self, column: usize, score: f32, label: u32) {
        let mut at = (self.top - 1) * self.columns + column;
        if !self.precedes(score, label, at) {
            return;
        }
        while at >= self.columns && self.precedes(score, label, at - self.columns) {
            *self.scores.add(at) = *self.scores.add(at - self.columns);
            *self.labels.add(at) = *self.labels.add(at - self.columns);
            at -= self.columns;
        }
        *self.scores.add(at) = score;
        *self.labels.add(at) = label;
    }
}
