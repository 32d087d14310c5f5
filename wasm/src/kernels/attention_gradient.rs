//! `attention_gradient`: the gradient of attention that kept its probabilities. See `src/ops/kernels/attention_gradient.ts`.
//!
//! A thread takes a head of four examples, one after the other. The gradients of the scores are laid down as the probabilities
//! lie, and both turned round, so that all three sums over them read what lies side by side.
use core::array::from_fn;

use super::attention_heads::{whole, whole_left, Panels, EXAMPLES, LEFT, RIGHT};
use super::attention_panels::Sizes;
use super::panel::sum;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `gradients` of q, k and v, one behind the other.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_gradient.ts` declares.
pub unsafe fn attention_gradient(args: Args, share: Share) {
    let sizes = Sizes::read(args, 7);
    let [q, k, v, y, dy, kept, dq] = [0, 1, 2, 3, 4, 5, 6].map(|i| args.write::<f32>(i));
    let Sizes { heads, depth, queries, keys, columns, .. } = sizes;
    let dk = dq.add(heads * depth * queries * columns);
    let dv = dk.add(heads * depth * keys * columns);
    let work = Work::new(sizes, args.float(16), share.scratch.cast());
    for unit in share.range(sizes.units()) {
        let [q, y, dy, dq] = [q, y, dy, dq].map(|data| sizes.head(data, unit, queries));
        let [k, v, dk, dv] = [k, v, dk, dv].map(|data| sizes.head(data, unit, keys));
        work.k.pack_features(&k);
        work.v.pack_positions::<LEFT>(&v, 1.0);
        work.q.pack_features(&q);
        work.dy.pack_features(&dy);
        work.dy_lines.pack_positions::<RIGHT>(&dy, 1.0);
        work.products.pack_products(&y, &dy);
        let (head, first) = (unit / sizes.groups(), EXAMPLES * (unit % sizes.groups()));
        for example in 0..EXAMPLES.min(columns - first) {
            let at = (head * columns + first + example) * whole(queries) * keys;
            work.scores(example, kept.add(at));
            work.queries(example);
            work.keys(example);
        }
        work.dy_lines.unpack(&dq);
        work.v.unpack(&dk);
        work.k.unpack(&dv);
    }
}

/// Panels of four examples. What is done with takes the gradients in, `[features][positions]`: the gradient of the result those
/// of the queries, values those of the keys, keys those of the values.
struct Work {
    sizes: Sizes,
    /// What probabilities that were not dropped are multiplied by.
    factor: f32,
    /// By features.
    k: Panels,
    q: Panels,
    dy: Panels,
    /// By positions.
    v: Panels,
    dy_lines: Panels,
    /// Of each query the sum of the products of its result and the gradient of that.
    products: Panels,
    /// Gradients of the scores of an example, `[queries / 8][keys][8]` and `[keys / 8][queries][8]`.
    ds: *mut f32,
    ds_turned: *mut f32,
    /// Probabilities of an example, `[keys / 8][queries][8]`.
    p_turned: *mut f32,
}

impl Work {
    fn new(sizes: Sizes, factor: f32, scratch: *mut f32) -> Self {
        let (deep, wide, high) =
            (whole_left(sizes.depth), whole(sizes.keys), whole(sizes.queries));
        let mut next = scratch;
        let [k, v] = from_fn(|_| Panels::take(&mut next, deep * wide));
        let [q, dy, dy_lines] = from_fn(|_| Panels::take(&mut next, deep * high));
        let products = Panels::take(&mut next, high);
        let [ds, ds_turned, p_turned] = from_fn(|i| next.wrapping_add(i * wide * high));
        Self { sizes, factor, k, q, dy, v, dy_lines, products, ds, ds_turned, p_turned }
    }

    /// Keys that eight queries may see, in whole tiles.
    #[inline(always)]
    fn seen(&self, query: usize) -> usize {
        whole(self.sizes.seen(self.sizes.queries.min(query + RIGHT) - 1))
    }

    /// The gradients of the scores.
    unsafe fn scores(&self, example: usize, kept: *const f32) {
        let Sizes { depth, keys, queries, scale, .. } = self.sizes;
        let (scale, factor) = (F32x4::splat(scale), F32x4::splat(self.factor));
        for query in (0..queries).step_by(RIGHT) {
            let dy = self.dy_lines.of(example).add(query * depth);
            let products: [F32x4; 2] =
                from_fn(|half| F32x4::load(self.products.of(example).add(query + 4 * half)));
            for key in (0..self.seen(query)).step_by(LEFT) {
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
                self.turn(ds, self.ds_turned, query, key);
                self.turn(p, self.p_turned, query, key);
            }
        }
    }

    /// Stores a tile turned round.
    #[inline(always)]
    unsafe fn turn(&self, tile: [[F32x4; LEFT]; 2], to: *mut f32, query: usize, key: usize) {
        let high = whole(self.sizes.queries);
        let to = to.add((key / RIGHT * high + query) * RIGHT + key % RIGHT);
        for (half, rows) in tile.into_iter().enumerate() {
            for (i, value) in F32x4::transpose(rows).into_iter().enumerate() {
                value.store(to.add(RIGHT * (4 * half + i)));
            }
        }
    }

    /// The gradients of the queries.
    unsafe fn queries(&self, example: usize) {
        let Sizes { depth, keys, queries, .. } = self.sizes;
        let wide = whole(queries);
        for query in (0..queries).step_by(RIGHT) {
            let seen = self.seen(query).min(keys);
            for feature in (0..depth).step_by(LEFT) {
                let k = self.k.of(example).add(feature * keys);
                let tile = sum(k, self.ds.add(query * keys), seen);
                put(tile, self.dy_lines.of(example).add(feature * wide + query), wide);
            }
        }
    }

    /// The gradients of the keys and of the values.
    unsafe fn keys(&self, example: usize) {
        let Sizes { depth, keys, queries, causal, offset, .. } = self.sizes;
        let (wide, high) = (whole(keys), whole(queries));
        for key in (0..keys).step_by(RIGHT) {
            // The first eight queries of which one sees one of the keys.
            let start = if causal { key.saturating_sub(offset) / RIGHT * RIGHT } else { 0 };
            let some = start < queries && key < self.seen(start);
            let first = if some { start } else { queries };
            for feature in (0..depth).step_by(LEFT) {
                let from = feature * queries + LEFT * first;
                let turned = key * high + RIGHT * first;
                let at = feature * wide + key;
                let q = self.q.of(example).add(from);
                let dk = sum(q, self.ds_turned.add(turned), queries - first);
                put(dk, self.v.of(example).add(at), wide);
                let dy = self.dy.of(example).add(from);
                let dv = sum(dy, self.p_turned.add(turned), queries - first);
                put(dv, self.k.of(example).add(at), wide);
            }
        }
    }
}

/// Stores a tile of features and eight positions.
#[inline(always)]
unsafe fn put(tile: [[F32x4; 2]; LEFT], to: *mut f32, wide: usize) {
    for (r, [left, right]) in tile.into_iter().enumerate() {
        left.store(to.add(r * wide));
        right.store(to.add(r * wide + 4));
    }
}
