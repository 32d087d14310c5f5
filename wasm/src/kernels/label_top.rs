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
    let (rows, columns, first) = (args.word(3), args.word(4), args.word(5));
    let lists = Lists { scores: args.write(1), labels: args.write(2), top: args.word(6), columns };
    let vectors = share.range(columns.div_ceil(4));
    let part = 4 * vectors.start..columns.min(4 * vectors.end);
    if args.word(7) != 0 {
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
            let above = lanes.load(line.add(column)).greater(lanes.load(least.add(column)));
            let mut above = lanes.bits(above);
            while above != 0 {
                let column = column + above.trailing_zeros() as usize;
                lists.insert(column, *line.add(column), (first + row) as u32);
                above &= above - 1;
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
    /// Puts a logit that is above the least in its place, behind its equals.
    #[inline(never)]
    unsafe fn insert(&self, column: usize, score: f32, label: u32) {
        let mut at = (self.top - 1) * self.columns + column;
        while at >= self.columns && score > *self.scores.add(at - self.columns) {
            *self.scores.add(at) = *self.scores.add(at - self.columns);
            *self.labels.add(at) = *self.labels.add(at - self.columns);
            at -= self.columns;
        }
        *self.scores.add(at) = score;
        *self.labels.add(at) = label;
    }
}
