//! What the kernels of attention share: heads of sixteen examples, turned round into panels of each, and scores of them.
//!
//! A thread takes a head of sixteen examples, a cache line, one after the other. The products are those of `panel`: four lines of one panel by
//! eight of another, with neighbouring positions in the lanes of vectors. Examples lie side by side in memory, so they are
//! turned round as they are packed, four positions by four examples.
//!
//! Slower: vectors of four examples, which are not turned round. Tiles of three by three of them read six vectors for nine
//! multiply-adds, where these read three and turn one for eight. Packing four examples at a time, which reads every cache line
//! four times.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use super::panel::{sum, Tile};
use crate::args::Args;
use crate::simd::F32x4;

/// Examples that are packed together: a cache line.
pub const EXAMPLES: usize = 16;

/// Vectors of them.
pub const VECTORS: usize = EXAMPLES / 4;

/// Floats between panels, so that those of many examples do not meet in the cache.
const APART: usize = 16;

/// Lines of the left panel of a product.
pub const LEFT: usize = 4;

/// Lines of the right panel.
pub const RIGHT: usize = 8;

/// What a score is where a query does not see a key.
pub const UNSEEN: f32 = f32::MIN;

/// `n` rounded up to whole tiles of the right panel.
#[inline(always)]
pub fn whole(n: usize) -> usize {
    n.div_ceil(RIGHT) * RIGHT
}

/// `n` rounded up to whole tiles of the left panel.
#[inline(always)]
pub fn whole_left(n: usize) -> usize {
    n.div_ceil(LEFT) * LEFT
}

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

/// One head of sixteen examples: rows of features, of positions.
#[derive(Clone, Copy)]
pub struct Head {
    data: *mut f32,
    /// Features.
    pub depth: usize,
    /// Positions.
    pub positions: usize,
    /// Elements from one feature to the next.
    feature: usize,
    columns: usize,
    /// Examples that there are.
    examples: usize,
}

impl Head {
    /// Some of the positions.
    pub fn part(&self, positions: &Range<usize>) -> Self {
        let data = self.data.wrapping_add(positions.start * self.columns);
        Self { data, positions: positions.len(), ..*self }
    }

    #[inline(always)]
    fn at(&self, feature: usize, position: usize) -> *mut f32 {
        self.data.wrapping_add(feature * self.feature + position * self.columns)
    }

    /// A feature of a position, of vector `v` of the examples; 0 where there is none.
    ///
    /// # Safety
    /// The data must be there.
    #[inline(always)]
    pub unsafe fn load(&self, feature: usize, position: usize, v: usize) -> F32x4 {
        if feature < self.depth && position < self.positions {
            self.lanes(v).load(self.at(feature, position).wrapping_add(4 * v))
        } else {
            F32x4::zero()
        }
    }

    /// Writes a feature of a position, of vector `v` of the examples.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    pub unsafe fn put(&self, value: F32x4, feature: usize, position: usize, v: usize) {
        self.lanes(v).store(value, self.at(feature, position).wrapping_add(4 * v));
    }

    /// Which lanes of vector `v` there are.
    #[inline(always)]
    fn lanes(&self, v: usize) -> Lanes {
        Lanes::first(self.examples.saturating_sub(4 * v))
    }
}

/// Where the panels of sixteen examples begin, and how many floats each takes.
#[derive(Clone, Copy)]
pub struct Panels {
    first: *mut f32,
    size: usize,
}

impl Panels {
    /// Takes panels of `size` floats out of scratch memory.
    pub fn take(next: &mut *mut f32, size: usize) -> Self {
        let first = *next;
        let size = size + APART;
        *next = first.wrapping_add(EXAMPLES * size);
        Self { first, size }
    }

    /// The panel of an example.
    #[inline(always)]
    pub fn of(&self, example: usize) -> *mut f32 {
        self.first.wrapping_add(example * self.size)
    }

    /// Packs `[lines / WIDTH][features][WIDTH]`, whose lines are positions, times a factor; lines are filled up to whole
    /// tiles of the right panel with zeros.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_positions<const WIDTH: usize>(&self, head: &Head, factor: f32) {
        let factor = F32x4::splat(factor);
        for feature in 0..head.depth {
            for position in (0..whole(head.positions)).step_by(4) {
                let line = position / WIDTH * head.depth + feature;
                for v in 0..VECTORS {
                    let rows = from_fn(|i| head.load(feature, position + i, v) * factor);
                    self.scatter(rows, v, line * WIDTH + position % WIDTH);
                }
            }
        }
    }

    /// Packs `[features / 4][positions][4]`, whose lines are features, filled up with zeros.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_features(&self, head: &Head) {
        for feature in (0..head.depth).step_by(LEFT) {
            for position in 0..head.positions {
                let at = (feature / LEFT * head.positions + position) * LEFT;
                for v in 0..VECTORS {
                    let rows = from_fn(|i| head.load(feature + i, position, v));
                    self.scatter(rows, v, at);
                }
            }
        }
    }

    /// Packs the sum over the features of the products of two heads, a number for each position.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_products(&self, a: &Head, b: &Head) {
        for position in (0..whole(a.positions)).step_by(4) {
            let mut sums = [[F32x4::zero(); 4]; VECTORS];
            for feature in 0..a.depth {
                for (v, sums) in sums.iter_mut().enumerate() {
                    for (i, sum) in sums.iter_mut().enumerate() {
                        let at = position + i;
                        *sum = sum.madd(a.load(feature, at, v), b.load(feature, at, v));
                    }
                }
            }
            for (v, sums) in sums.into_iter().enumerate() {
                self.scatter(sums, v, position);
            }
        }
    }

    /// Stores four of vector `v` of the examples as one for each example.
    #[inline(always)]
    unsafe fn scatter(&self, rows: [F32x4; 4], v: usize, at: usize) {
        for (example, lanes) in F32x4::transpose(rows).into_iter().enumerate() {
            lanes.store(self.of(4 * v + example).add(at));
        }
    }

    /// Stores what panels `[features][positions]`, filled up to whole tiles, hold, or adds it to what is there.
    ///
    /// # Safety
    /// The panels must hold it.
    pub unsafe fn unpack(&self, head: &Head, adds: bool) {
        let wide = whole(head.positions);
        for feature in 0..head.depth {
            for position in (0..head.positions).step_by(4) {
                let at = feature * wide + position;
                let some = (head.positions - position).min(4);
                for v in 0..VECTORS {
                    let rows = from_fn(|i| F32x4::load(self.of(4 * v + i).add(at)));
                    for (i, value) in F32x4::transpose(rows).into_iter().enumerate().take(some) {
                        let before =
                            if adds { head.load(feature, position + i, v) } else { F32x4::zero() };
                        head.put(before + value, feature, position + i, v);
                    }
                }
            }
        }
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

    /// The scores of eight queries from `query` on and of the keys from `key` up to `end`, `[keys][8]`.
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
    ) {
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
                }
            }
        }
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
