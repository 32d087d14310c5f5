//! What the kernels of attention share: sizes, who sees whom, and scores of the panels that `attention_panels` packs.
use core::array::from_fn;
use core::ops::Range;

use super::attention_panels::{whole, Head, Panels, EXAMPLES, LEFT, RIGHT};
use super::panel::{sum, Tile};
use crate::args::Args;
use crate::simd::F32x4;

/// What a score is where a query does not see a key.
pub const UNSEEN: f32 = f32::MIN;

/// The sizes of an attention, and who sees whom.
#[derive(Clone, Copy)]
pub struct Sizes {
    /// Heads.
    pub heads: usize,
    /// Features of a head.
    pub depth: usize,
    /// Positions of the queries.
    pub queries: usize,
    /// Positions of the keys.
    pub keys: usize,
    /// Columns of the batch.
    pub columns: usize,
    /// Factor of the scores.
    pub scale: f32,
    /// Whether some keys of some examples are seen by nobody.
    pub masked: bool,
    /// Whether a query sees no keys behind itself.
    pub causal: bool,
    /// Keys before the first query.
    pub offset: usize,
}

impl Sizes {
    /// The sizes, from word `first` on.
    pub fn read(args: Args, first: usize) -> Self {
        let [heads, depth, queries, keys, columns] = from_fn(|i| args.word(first + i));
        Self {
            heads,
            depth,
            queries,
            keys,
            columns,
            scale: args.float(first + 5),
            masked: args.word(first + 6) != 0,
            causal: args.word(first + 7) != 0,
            offset: args.word(first + 8),
        }
    }

    /// Heads of sixteen examples: what threads share.
    pub fn units(&self) -> usize {
        self.heads * self.columns.div_ceil(EXAMPLES)
    }

    /// The head of a unit, and its columns.
    pub fn unit(&self, unit: usize) -> (usize, Range<usize>) {
        let groups = self.columns.div_ceil(EXAMPLES);
        let first = EXAMPLES * (unit % groups);
        (unit / groups, first..self.columns.min(first + EXAMPLES))
    }

    /// Keys that the last of some queries may see, the first ones.
    #[inline(always)]
    pub fn seen(&self, last: usize) -> usize {
        if self.causal {
            self.keys.min(last + self.offset + 1)
        } else {
            self.keys
        }
    }

    /// The number of the draws of eight queries and four keys, of head and column number `number`.
    pub fn draws(&self, number: usize, query: usize, key: usize) -> usize {
        (number * whole(self.queries) + query) / RIGHT * self.keys.div_ceil(LEFT) + key / LEFT
    }

    /// The head and examples of a unit in a tensor `[heads * depth, positions, columns]`.
    pub fn head(&self, data: *mut f32, unit: usize, positions: usize) -> Head {
        let (head, columns) = self.unit(unit);
        let feature = positions * self.columns;
        Head {
            data: data.wrapping_add(head * self.depth * feature + columns.start),
            depth: self.depth,
            positions,
            feature,
            columns: self.columns,
            examples: columns.len(),
        }
    }

    /// A number of every query of a unit: row `which` of `[rows, heads, queries, columns]`.
    pub fn row(&self, data: *mut f32, unit: usize, which: usize) -> Head {
        let before = which * self.heads * self.queries * self.columns;
        let of_heads = Self { depth: 1, ..*self };
        of_heads.head(data.wrapping_add(before), unit, self.queries)
    }
}

/// Which keys of an example are seen.
#[derive(Clone, Copy)]
pub struct Sight {
    /// 1 for each key that is, or 0; only if some are not.
    flags: *mut f32,
    masked: bool,
    /// Keys up to the last one that is.
    pub end: usize,
}

impl Sight {
    /// Looks at the mask of a column, and notes it in as many floats as there are keys.
    ///
    /// # Safety
    /// `mask` must be the column's, and `flags` have the room.
    pub unsafe fn new(sizes: &Sizes, mask: *const f32, flags: *mut f32) -> Self {
        let Sizes { keys, columns, masked, .. } = *sizes;
        let mut end = if masked { 0 } else { keys };
        for key in 0..if masked { keys } else { 0 } {
            let seen = *mask.add(key * columns) > 0.0;
            *flags.add(key) = f32::from(seen);
            if seen {
                end = key + 1;
            }
        }
        Self { flags, masked, end }
    }

    /// The scores of eight queries from `query` on and of some keys, `[keys][8]`. Gives the largest of them and of `most`.
    ///
    /// # Safety
    /// The panels must hold queries and keys from these on, and `scores` have the room.
    #[inline(always)]
    pub unsafe fn score(
        &self,
        sizes: &Sizes,
        (query, keys): (usize, Range<usize>),
        [q, k]: [*const f32; 2],
        scores: *mut f32,
        mut most: [F32x4; 2],
    ) -> [F32x4; 2] {
        let Sizes { depth, causal, offset, .. } = *sizes;
        let unseen = F32x4::splat(UNSEEN);
        // What a key has to be below to be seen.
        let limits = [0.0, 4.0].map(|half| {
            let first = (query + offset) as f32 + half + 0.5;
            F32x4::from_array([first, first + 1.0, first + 2.0, first + 3.0])
        });
        for (tile, first) in keys.clone().step_by(LEFT).enumerate() {
            let products: Tile = sum(k.add(LEFT * depth * tile), q, depth);
            for (line, key) in products.into_iter().zip(first..keys.end) {
                let to = scores.add(RIGHT * (key - keys.start));
                let hidden = self.masked && *self.flags.add(key) == 0.0;
                let behind = causal && key > query + offset;
                for (half, score) in line.into_iter().enumerate() {
                    let value = if hidden {
                        unseen
                    } else if behind {
                        score.select(unseen, limits[half] - F32x4::splat(key as f32))
                    } else {
                        score
                    };
                    value.store(to.add(4 * half));
                    most[half] = most[half].max(value);
                }
            }
        }
        most
    }
}

/// What is seen of some columns, noted in panels of a float for each key.
///
/// # Safety
/// The mask must have the columns, and the panels the room.
pub unsafe fn sights(
    sizes: &Sizes,
    mask: *const f32,
    columns: &Range<usize>,
    flags: Panels,
) -> [Sight; EXAMPLES] {
    let nothing = Sight { flags: flags.of(0), masked: false, end: 0 };
    let mut all = [nothing; EXAMPLES];
    for (example, column) in columns.clone().enumerate() {
        all[example] = Sight::new(sizes, mask.wrapping_add(column), flags.of(example));
    }
    all
}
