//! `attention_gradient`: the gradient of attention that kept its probabilities. See `src/ops/kernels/attention_gradient.ts`.
//!
//! A thread takes a head of four examples and goes through the queries in blocks.
use super::attention_panels::{whole, Block, Head, Sizes, Tile, TILE, VECTOR};
use super::attention_slopes::Slopes;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Queries of a block. Mirrored by `src/ops/kernels/attention_gradient.ts`.
const QUERIES: usize = 48;

/// `gradients` of q, k and v, one behind the other.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_gradient.ts` declares.
pub unsafe fn attention_gradient(args: Args, share: Share) {
    let sizes = Sizes::read(args, 7);
    let Sizes { heads, depth, queries, keys, columns, .. } = sizes;
    let [q, k, v, y, dy, kept, dq] = [0, 1, 2, 3, 4, 5, 6].map(|i| args.write::<f32>(i));
    let dk = dq.add(heads * depth * queries * columns);
    let dv = dk.add(heads * depth * keys * columns);
    let work = Slopes::new(sizes, args.float(16), [QUERIES, keys], share.scratch.cast());
    for unit in share.range(sizes.units()) {
        let of_keys = |data| sizes.head(data, unit, keys);
        let [q, y, dy, dq] = [q, y, dy, dq].map(|data| sizes.head(data, unit, queries));
        of_keys(k).pack_features(0..keys, work.k);
        of_keys(v).pack_positions(0..keys, 1.0, work.v);
        let kept = kept.add(unit * queries * keys * VECTOR);
        for first in (0..queries).step_by(QUERIES) {
            let block = Block { queries: first..queries.min(first + QUERIES), keys: 0..keys };
            q.pack_features(block.queries.clone(), work.q);
            dy.pack_features(block.queries.clone(), work.dy);
            dy.pack_positions(block.queries.clone(), 1.0, work.dy_lines);
            multiply(y, dy, &block, depth, work.products);
            work.scores(&block, |i, j| {
                kept_tile(kept, keys, block.queries.start + TILE * i..block.queries.end, TILE * j)
            });
            work.queries(&block, |tile, i, feature| {
                dq.store(tile, block.queries.start + TILE * i..block.queries.end, feature)
            });
            work.keys(&block, first == 0);
        }
        let block = Block { queries: 0..queries, keys: 0..keys };
        work.store(work.dk, &block, of_keys(dk));
        work.store(work.dv, &block, of_keys(dv));
    }
}

/// The products of y and dy of each query, added up: what the softmax takes from the gradients of its scores.
unsafe fn multiply(y: Head, dy: Head, block: &Block, depth: usize, products: *mut f32) {
    for i in 0..whole(block.queries.len()) {
        F32x4::zero().store(products.add(VECTOR * i));
    }
    for feature in 0..depth {
        for (i, query) in block.queries.clone().enumerate() {
            let to = products.add(VECTOR * i);
            let term = F32x4::load(to).madd(y.load(feature, query), dy.load(feature, query));
            term.store(to);
        }
    }
}

/// The probabilities of some queries, at most a tile of them, and a tile of keys.
#[inline(always)]
unsafe fn kept_tile(
    kept: *const f32,
    keys: usize,
    queries: core::ops::Range<usize>,
    key: usize,
) -> Tile {
    let mut tile = [[F32x4::zero(); TILE]; TILE];
    for (line, query) in tile.iter_mut().zip(queries) {
        let from = kept.add(VECTOR * (query * keys + key));
        for (c, p) in line.iter_mut().enumerate().take(keys - key) {
            *p = F32x4::load(from.add(VECTOR * c));
        }
    }
    tile
}
