//! What the gradients of attention share: of some queries and keys of an example the gradients of the scores, and the sums of
//! them.
//!
//! The gradients of the scores are laid down as the probabilities lie, and both turned round, so that all three sums over them
//! read what lies side by side.
use core::array::from_fn;
use core::ops::Range;

use super::attention_heads::Sizes;
use super::attention_panels::{whole, whole_left, Panels, LEFT, RIGHT};
use super::panel::sum;
use crate::simd::F32x4;

/// Some queries and some keys.
#[derive(Clone)]
pub struct Block {
    /// Positions of the queries.
    pub queries: Range<usize>,
    /// Positions of the keys.
    pub keys: Range<usize>,
    /// Whether the sums over the queries begin.
    pub begins: bool,
}

impl Block {
    /// Keys of the block that eight of its queries may see, in whole tiles.
    #[inline(always)]
    pub fn seen(&self, sizes: &Sizes, at: usize) -> usize {
        let last = self.queries.end.min(self.queries.start + at + RIGHT) - 1;
        whole(sizes.seen(last).saturating_sub(self.keys.start).min(self.keys.len()))
    }
}

/// Panels of sixteen examples.
pub struct Slopes {
    sizes: Sizes,
    /// What probabilities that were not dropped are multiplied by.
    factor: f32,
    /// By features.
    pub k: Panels,
    pub q: Panels,
    pub dy: Panels,
    /// By positions.
    pub v: Panels,
    pub dy_lines: Panels,
    /// Of each query the sum of the products of its result and the gradient of that.
    pub products: Panels,
    /// The gradients, `[features][positions]`. Those of the queries take the place of `dy_lines`.
    pub dk: Panels,
    pub dv: Panels,
    /// Gradients of the scores of an example, `[queries / 8][keys][8]` and `[keys / 8][queries][8]`.
    ds: *mut f32,
    ds_turned: *mut f32,
    /// Probabilities of an example, `[keys / 8][queries][8]`.
    p_turned: *mut f32,
}

impl Slopes {
    /// Takes its panels out of scratch memory, for so many queries and keys. If these are all, gradients of keys take the place
    /// of values, and those of values that of keys.
    pub fn take(
        next: &mut *mut f32,
        sizes: Sizes,
        factor: f32,
        [queries, keys]: [usize; 2],
        all: bool,
    ) -> Self {
        let (deep, wide, high) = (whole_left(sizes.depth), whole(keys), whole(queries));
        let [k, v] = from_fn(|_| Panels::take(next, deep * wide));
        let [q, dy, dy_lines] = from_fn(|_| Panels::take(next, deep * high));
        let products = Panels::take(next, high);
        let [dk, dv] = if all { [v, k] } else { from_fn(|_| Panels::take(next, deep * wide)) };
        let [ds, ds_turned, p_turned] = from_fn(|i| next.wrapping_add(i * wide * high));
        *next = p_turned.wrapping_add(wide * high);
        Self { sizes, factor, k, q, dy, v, dy_lines, products, dk, dv, ds, ds_turned, p_turned }
    }

    /// Computes the gradients that a block of an example gives, of its probabilities `[queries / 8][keys][8]`.
    ///
    /// # Safety
    /// The panels must hold the block.
    pub unsafe fn block(&self, block: &Block, example: usize, p: *const f32) {
        self.scores(block, example, p);
        self.queries(block, example);
        self.keys(block, example);
    }

    /// The gradients of the scores.
    unsafe fn scores(&self, block: &Block, example: usize, kept: *const f32) {
        let Sizes { depth, scale, .. } = self.sizes;
        let keys = block.keys.len();
        let (scale, factor) = (F32x4::splat(scale), F32x4::splat(self.factor));
        for query in (0..block.queries.len()).step_by(RIGHT) {
            let dy = self.dy_lines.of(example).add(query * depth);
            let products: [F32x4; 2] =
                from_fn(|half| F32x4::load(self.products.of(example).add(query + 4 * half)));
            for key in (0..block.seen(&self.sizes, query)).step_by(LEFT) {
                let dp = sum(self.v.of(example).add(key * depth), dy, depth);
                let mut p = [[F32x4::zero(); LEFT]; 2];
                let mut ds = p;
                for (r, line) in dp.into_iter().enumerate().take(keys.saturating_sub(key)) {
                    let at = query * keys + RIGHT * (key + r);
                    for (half, dp) in line.into_iter().enumerate() {
                        let share = F32x4::load(kept.add(at + 4 * half));
                        // What was dropped is below 0.
                        let dp = (dp * factor).gate(share);
                        let slope = share.abs() * (dp - products[half]) * scale;
                        slope.store(self.ds.add(at + 4 * half));
                        ds[half][r] = slope;
                        p[half][r] = share.gate(share) * factor;
                    }
                }
                let to = (key / RIGHT * whole(block.queries.len()) + query) * RIGHT + key % RIGHT;
                turn(ds, self.ds_turned.add(to));
                turn(p, self.p_turned.add(to));
            }
        }
    }

    /// The gradients of the queries.
    unsafe fn queries(&self, block: &Block, example: usize) {
        let keys = block.keys.len();
        let wide = whole(block.queries.len());
        for query in (0..block.queries.len()).step_by(RIGHT) {
            let seen = block.seen(&self.sizes, query).min(keys);
            for feature in (0..self.sizes.depth).step_by(LEFT) {
                let k = self.k.of(example).add(feature * keys);
                let tile = sum(k, self.ds.add(query * keys), seen);
                put(tile, self.dy_lines.of(example).add(feature * wide + query), wide, false);
            }
        }
    }

    /// The gradients of the keys and of the values.
    unsafe fn keys(&self, block: &Block, example: usize) {
        let Sizes { depth, causal, offset, .. } = self.sizes;
        let queries = block.queries.len();
        let (wide, high) = (whole(block.keys.len()), whole(queries));
        for key in (0..block.keys.len()).step_by(RIGHT) {
            // The first eight queries of which one sees one of the keys.
            let hidden = (block.keys.start + key).saturating_sub(offset + block.queries.start);
            let start = if causal { hidden / RIGHT * RIGHT } else { 0 };
            let some = start < queries && key < block.seen(&self.sizes, start);
            let first = if some { start } else { queries };
            for feature in (0..depth).step_by(LEFT) {
                let from = feature * queries + LEFT * first;
                let turned = key * high + RIGHT * first;
                let at = feature * wide + key;
                let q = self.q.of(example).add(from);
                let dk = sum(q, self.ds_turned.add(turned), queries - first);
                put(dk, self.dk.of(example).add(at), wide, !block.begins);
                let dy = self.dy.of(example).add(from);
                let dv = sum(dy, self.p_turned.add(turned), queries - first);
                put(dv, self.dv.of(example).add(at), wide, !block.begins);
            }
        }
    }
}

/// Stores a tile `[keys]` of eight queries turned round.
#[inline(always)]
unsafe fn turn(tile: [[F32x4; LEFT]; 2], to: *mut f32) {
    for (half, rows) in tile.into_iter().enumerate() {
        for (i, value) in F32x4::transpose(rows).into_iter().enumerate() {
            value.store(to.add(RIGHT * (4 * half + i)));
        }
    }
}

/// Stores a tile of features and eight positions, or adds it to what is there.
#[inline(always)]
unsafe fn put(tile: [[F32x4; 2]; LEFT], to: *mut f32, wide: usize, adds: bool) {
    for (r, line) in tile.into_iter().enumerate() {
        for (half, value) in line.into_iter().enumerate() {
            let to = to.add(r * wide + 4 * half);
            let value = if adds { F32x4::load(to) + value } else { value };
            value.store(to);
        }
    }
}
