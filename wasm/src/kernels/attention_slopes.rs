//! What the gradients of attention share: of a block of queries and keys the gradients of the scores, and the sums of them.
//!
//! The probabilities and the gradients of the scores are laid down along keys and along queries, so that all three sums over
//! them read what lies side by side.
use super::attention_panels::{sum, tile_at, whole, Block, Head, Sizes, Tile, TILE, VECTOR};
use crate::simd::F32x4;

/// Panels of a head of four examples, for blocks of at most so many queries and keys.
pub struct Slopes {
    /// The sizes of the attention.
    pub sizes: Sizes,
    /// What probabilities that were not dropped are multiplied by.
    pub factor: f32,
    /// Queries of a block.
    high: usize,
    /// Keys by features, `[depth][keys]`.
    pub k: *mut f32,
    /// Values by positions, `[keys][depth]`.
    pub v: *mut f32,
    /// Gradients of keys and values, tile by tile: sums over the blocks of queries.
    pub dk: *mut f32,
    pub dv: *mut f32,
    /// Queries by features, `[depth][queries]`, and the gradient of the result too.
    pub q: *mut f32,
    pub dy: *mut f32,
    /// The gradient of the result by positions, `[queries][depth]`.
    pub dy_lines: *mut f32,
    /// Gradients of the scores, `[queries][keys]` and `[keys][queries]`.
    ds: *mut f32,
    ds_keys: *mut f32,
    /// Probabilities, `[keys][queries]`.
    p_keys: *mut f32,
    /// Of each query the sum of the products of its result and the gradient of that.
    pub products: *mut f32,
    /// What lies behind all this.
    pub rest: *mut f32,
}

impl Slopes {
    /// Takes its panels out of scratch memory.
    pub fn new(sizes: Sizes, factor: f32, [high, wide]: [usize; 2], scratch: *mut f32) -> Self {
        let (high, wide, deep) = (whole(high), whole(wide), whole(sizes.depth));
        let mut next = scratch;
        let mut take = |vectors: usize| {
            let panel = next;
            next = next.wrapping_add(VECTOR * vectors);
            panel
        };
        let [k, v, dk, dv] = core::array::from_fn(|_| take(deep * wide));
        let [q, dy, dy_lines] = core::array::from_fn(|_| take(deep * high));
        let [ds, ds_keys, p_keys] = core::array::from_fn(|_| take(high * wide));
        let products = take(high);
        let rest = take(0);
        Self {
            sizes,
            factor,
            high,
            k,
            v,
            dk,
            dv,
            q,
            dy,
            dy_lines,
            ds,
            ds_keys,
            p_keys,
            products,
            rest,
        }
    }

    /// The gradients of the scores of a block. `p` gives the probabilities of tile `j` of keys and `i` of queries.
    ///
    /// # Safety
    /// Values, gradients of the result and products must be there.
    #[inline(always)]
    pub unsafe fn scores(&self, block: &Block, p: impl Fn(usize, usize) -> Tile) {
        let depth = self.sizes.depth;
        for i in 0..block.tiles() {
            for j in 0..block.seen(&self.sizes, i) / TILE {
                let dp = sum(tile_at(self.dy_lines, i, depth), tile_at(self.v, j, depth), depth);
                self.store_scores(p(i, j), dp, [i, j], whole(block.keys.len()));
            }
        }
    }

    #[inline(always)]
    unsafe fn store_scores(&self, p: Tile, dp: Tile, [i, j]: [usize; 2], wide: usize) {
        let scale = F32x4::splat(self.sizes.scale);
        let factor = F32x4::splat(self.factor);
        let by_query = tile_at(self.ds, i, wide).add(VECTOR * TILE * TILE * j);
        let at_key = VECTOR * TILE * (j * self.high + i * TILE);
        for r in 0..TILE {
            let product = F32x4::load(self.products.add(VECTOR * (TILE * i + r)));
            for c in 0..TILE {
                // What was dropped is below 0.
                let p = p[r][c];
                let dp = (dp[r][c] * factor).gate(p);
                let ds = p.abs() * (dp - product) * scale;
                ds.store(by_query.add(VECTOR * (TILE * c + r)));
                let to = at_key + VECTOR * (TILE * r + c);
                ds.store(self.ds_keys.add(to));
                (p.gate(p) * factor).store(self.p_keys.add(to));
            }
        }
    }

    /// Gives the gradients of the queries of a block to `leave`, tile by tile: the number of the tile, a feature.
    ///
    /// # Safety
    /// Keys must be there.
    #[inline(always)]
    pub unsafe fn queries(&self, block: &Block, leave: impl Fn(Tile, usize, usize)) {
        let wide = whole(block.keys.len());
        for i in 0..block.tiles() {
            let seen = block.seen(&self.sizes, i);
            let ds = tile_at(self.ds, i, wide);
            for (f, feature) in (0..self.sizes.depth).step_by(TILE).enumerate() {
                leave(sum(ds, tile_at(self.k, f, wide), seen), i, feature);
            }
        }
    }

    /// Adds what the queries of a block give to the gradients of its keys and values, which the first block begins.
    ///
    /// # Safety
    /// Queries and gradients of the result must be there.
    pub unsafe fn keys(&self, block: &Block, first: bool) {
        self.add(block, first, [self.ds_keys, self.q, self.dk]);
        self.add(block, first, [self.p_keys, self.dy, self.dv]);
    }

    /// Adds `weights` `[keys][queries]` times `values` `[depth][queries]` to `sums`.
    unsafe fn add(&self, block: &Block, begins: bool, [weights, values, sums]: [*mut f32; 3]) {
        let steps = whole(block.queries.len());
        let features = self.sizes.depth.div_ceil(TILE);
        for j in 0..block.keys.len().div_ceil(TILE) {
            // The tiles of queries that see some of these keys are the last ones.
            let first = (0..block.tiles())
                .find(|&i| block.seen(&self.sizes, i) > TILE * j)
                .unwrap_or(block.tiles());
            let skipped = VECTOR * TILE * TILE * first;
            let weights = tile_at(weights, j, self.high).add(skipped);
            for f in 0..features {
                let values = tile_at(values, f, steps).add(skipped);
                let tile = sum(weights, values, steps - TILE * first);
                let to = sums.add(VECTOR * TILE * TILE * (j * features + f));
                for (at, value) in tile.as_flattened().iter().enumerate() {
                    let to = to.add(VECTOR * at);
                    let before = if begins { F32x4::zero() } else { F32x4::load(to) };
                    (before + *value).store(to);
                }
            }
        }
    }

    /// Stores sums of some keys.
    ///
    /// # Safety
    /// They must be there.
    pub unsafe fn store(&self, sums: *const f32, block: &Block, to: Head) {
        let features = self.sizes.depth.div_ceil(TILE);
        for (j, key) in block.keys.clone().step_by(TILE).enumerate() {
            for (f, feature) in (0..self.sizes.depth).step_by(TILE).enumerate() {
                let from = sums.add(VECTOR * TILE * TILE * (j * features + f));
                let tile = core::array::from_fn(|r| {
                    core::array::from_fn(|c| F32x4::load(from.add(VECTOR * (TILE * r + c))))
                });
                to.store(tile, key..block.keys.end, feature);
            }
        }
    }
}
