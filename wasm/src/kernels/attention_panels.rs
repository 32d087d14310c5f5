//! What the kernels of attention share: heads of four examples, packed into panels, and the products of panels.
//!
//! The lanes of every vector are four examples, so that nothing is added across lanes and nothing is turned round. A head of
//! four examples is copied into panels `[lines / 3][steps][3]`, because lines lie a power of two apart in memory and would
//! meet in the cache.
use core::ops::Range;

pub use super::batched_product::{sum, Tile};
use super::elementwise::Lanes;
use crate::args::Args;
use crate::simd::F32x4;

/// Lines of a tile.
pub const TILE: usize = 3;

/// Floats of a vector.
pub const VECTOR: usize = 4;

/// What a score is where a query does not see a key.
pub const UNSEEN: f32 = f32::MIN;

/// `n` rounded up to whole tiles.
#[inline(always)]
pub fn whole(n: usize) -> usize {
    n.div_ceil(TILE) * TILE
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
        let [heads, depth, queries, keys, columns] = [0, 1, 2, 3, 4].map(|i| args.word(first + i));
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

    /// Vectors that the columns fill.
    pub fn groups(&self) -> usize {
        self.columns.div_ceil(VECTOR)
    }

    /// Heads of four examples: what threads share.
    pub fn units(&self) -> usize {
        self.heads * self.groups()
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

    /// The head and examples of a unit in a tensor `[heads * depth, positions, columns]`.
    #[inline(always)]
    pub fn head(&self, data: *mut f32, unit: usize, positions: usize) -> Head {
        let (head, group) = (unit / self.groups(), unit % self.groups());
        let column = VECTOR * group;
        Head {
            data: data.wrapping_add(head * self.depth * positions * self.columns + column),
            depth: self.depth,
            positions,
            columns: self.columns,
            lanes: Lanes::first(self.columns - column),
        }
    }

    /// A number of every query of a unit: row `which` of `[rows, heads, queries, columns]`.
    #[inline(always)]
    pub fn row(&self, data: *mut f32, unit: usize, which: usize) -> Head {
        let before = which * self.heads * self.queries * self.columns;
        let of_heads = Self { depth: 1, ..*self };
        of_heads.head(data.wrapping_add(before), unit, self.queries)
    }
}

/// Who sees which keys, of four examples.
#[derive(Clone, Copy)]
pub struct Sight {
    /// The mask at key 0, if there is one.
    mask: Option<*const f32>,
    columns: usize,
    lanes: Lanes,
    exists: F32x4,
}

impl Sight {
    /// Of a unit.
    pub fn new(sizes: &Sizes, mask: *const f32, unit: usize) -> Self {
        let column = VECTOR * (unit % sizes.groups());
        let some = sizes.columns - column;
        let exists = core::array::from_fn(|i| f32::from(i < some));
        Self {
            mask: sizes.masked.then(|| mask.wrapping_add(column)),
            columns: sizes.columns,
            lanes: Lanes::first(some),
            exists: F32x4::from_array(exists),
        }
    }

    /// Above 0 in the lanes where a key may be seen.
    ///
    /// # Safety
    /// The mask must have the key.
    #[inline(always)]
    pub unsafe fn of(&self, key: usize) -> F32x4 {
        match self.mask {
            None => self.exists,
            Some(mask) => self.lanes.load(mask.add(key * self.columns)),
        }
    }
}

/// One head of four examples: rows of features, of positions.
#[derive(Clone, Copy)]
pub struct Head {
    data: *mut f32,
    /// Features.
    pub depth: usize,
    /// Positions.
    pub positions: usize,
    columns: usize,
    lanes: Lanes,
}

impl Head {
    /// Where a feature of a position lies.
    #[inline(always)]
    fn at(&self, feature: usize, position: usize) -> *mut f32 {
        self.data.wrapping_add((feature * self.positions + position) * self.columns)
    }

    /// A feature of a position.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    pub unsafe fn load(&self, feature: usize, position: usize) -> F32x4 {
        self.lanes.load(self.at(feature, position))
    }

    /// A feature of a position, 0 where there is none.
    ///
    /// # Safety
    /// The feature must exist.
    #[inline(always)]
    pub unsafe fn load_or_zero(&self, feature: usize, position: usize) -> F32x4 {
        if position < self.positions {
            self.load(feature, position)
        } else {
            F32x4::zero()
        }
    }

    /// Writes a feature of a position.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    pub unsafe fn put(&self, value: F32x4, feature: usize, position: usize) {
        self.lanes.store(value, self.at(feature, position));
    }

    /// Packs some positions as lines, whose steps are the features, times a factor.
    ///
    /// # Safety
    /// `to` must have the room of whole tiles.
    pub unsafe fn pack_positions(&self, positions: Range<usize>, factor: f32, to: *mut f32) {
        let factor = F32x4::splat(factor);
        for feature in 0..self.depth {
            for (tile, first) in positions.clone().step_by(TILE).enumerate() {
                let to = to.add(VECTOR * TILE * (tile * self.depth + feature));
                for i in 0..TILE {
                    let inside = first + i < positions.end;
                    let value =
                        if inside { self.load(feature, first + i) } else { F32x4::zero() };
                    (value * factor).store(to.add(VECTOR * i));
                }
            }
        }
    }

    /// Packs the features as lines, whose steps are some positions, filled up to whole tiles.
    ///
    /// # Safety
    /// `to` must have the room of whole tiles.
    pub unsafe fn pack_features(&self, positions: Range<usize>, to: *mut f32) {
        let steps = whole(positions.len());
        for feature in 0..whole(self.depth) {
            let to = to.add(VECTOR * (feature / TILE * steps * TILE + feature % TILE));
            for step in 0..steps {
                let inside = feature < self.depth && step < positions.len();
                let value = if inside {
                    self.load(feature, positions.start + step)
                } else {
                    F32x4::zero()
                };
                value.store(to.add(VECTOR * TILE * step));
            }
        }
    }

    /// Adds a tile to what is there: see [`Head::store`].
    ///
    /// # Safety
    /// The positions must exist.
    #[inline(always)]
    pub unsafe fn add(&self, mut tile: Tile, positions: Range<usize>, feature: usize) {
        for (line, position) in tile.iter_mut().zip(positions.clone()) {
            for (i, value) in line.iter_mut().enumerate() {
                if feature + i < self.depth {
                    *value = self.load(feature + i, position) + *value;
                }
            }
        }
        self.store(tile, positions, feature);
    }

    /// Stores a tile whose first line is of `positions.start`, and of those behind it that lie in the range, and whose columns
    /// are features.
    ///
    /// # Safety
    /// The positions must exist.
    #[inline(always)]
    pub unsafe fn store(&self, tile: Tile, positions: Range<usize>, feature: usize) {
        for (line, position) in tile.into_iter().zip(positions) {
            for (i, value) in line.into_iter().enumerate() {
                if feature + i < self.depth {
                    self.lanes.store(value, self.at(feature + i, position));
                }
            }
        }
    }
}

/// Some queries and some keys, whose numbers lie in panels `[queries / 3][keys][3]`.
#[derive(Clone)]
pub struct Block {
    /// Positions of the queries.
    pub queries: Range<usize>,
    /// Positions of the keys.
    pub keys: Range<usize>,
}

impl Block {
    /// Tiles of queries.
    #[inline(always)]
    pub fn tiles(&self) -> usize {
        self.queries.len().div_ceil(TILE)
    }

    /// Keys that a tile of queries may see, the first ones of the block, in whole tiles.
    #[inline(always)]
    pub fn seen(&self, sizes: &Sizes, tile: usize) -> usize {
        let last = self.queries.end.min(self.queries.start + (tile + 1) * TILE) - 1;
        whole(sizes.seen(last).saturating_sub(self.keys.start).min(self.keys.len()))
    }

    /// The products of queries and keys, both packed by positions; [`UNSEEN`] where a query does not see a key.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn score(&self, sizes: &Sizes, sight: Sight, [q, k, scores]: [*mut f32; 3]) {
        let Sizes { depth, causal, offset, .. } = *sizes;
        let wide = whole(self.keys.len());
        let unseen = F32x4::splat(UNSEEN);
        for (j, key) in self.keys.clone().step_by(TILE).enumerate() {
            let k = tile_at(k, j, depth);
            let mut seen = [F32x4::zero(); TILE];
            for (seen, key) in seen.iter_mut().zip(key..self.keys.end) {
                *seen = sight.of(key);
            }
            for i in 0..self.tiles() {
                if TILE * j >= self.seen(sizes, i) {
                    continue;
                }
                let tile = sum(tile_at(q, i, depth), k, depth);
                let to = tile_at(scores, i, wide).add(VECTOR * TILE * TILE * j);
                for (r, line) in tile.into_iter().enumerate() {
                    let last = self.queries.start + TILE * i + r + offset;
                    for (c, score) in line.into_iter().enumerate() {
                        let behind = causal && key + c > last;
                        let score = if behind { unseen } else { score.select(unseen, seen[c]) };
                        score.store(to.add(VECTOR * (TILE * c + r)));
                    }
                }
            }
        }
    }
}

/// Where tile `i` begins in a panel whose lines have so many steps.
#[inline(always)]
pub fn tile_at(panel: *mut f32, i: usize, steps: usize) -> *mut f32 {
    panel.wrapping_add(VECTOR * TILE * i * steps)
}
