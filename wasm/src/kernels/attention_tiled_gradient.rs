//! `attention_tiled_gradient`: the gradient of attention that kept no probabilities. See
//! `src/ops/kernels/attention_tiled_gradient.ts`.
//!
//! A thread takes a head of four examples. For a block of keys it goes through the queries in blocks and computes their
//! probabilities anew. The gradients of the queries are added up over the blocks of keys, in their order.
use super::attention_panels::{tile_at, whole, Block, Head, Sight, Sizes, Tile, TILE, UNSEEN, VECTOR};
use super::attention_slopes::Slopes;
use super::softmax::exp;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Queries and keys of a block. Mirrored by `src/ops/kernels/attention_tiled_gradient.ts`.
const BLOCK: usize = 72;

/// `gradients` of q, k and v, one behind the other.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_tiled_gradient.ts` declares.
pub unsafe fn attention_tiled_gradient(args: Args, share: Share) {
    let sizes = Sizes::read(args, 6);
    let Sizes { heads, depth, queries, keys, columns, .. } = sizes;
    let [q, k, v, known, dy, dq] = [0, 1, 2, 3, 4, 5].map(|i| args.write::<f32>(i));
    let dk = dq.add(heads * depth * queries * columns);
    let dv = dk.add(heads * depth * keys * columns);
    let mask = known.add(3 * heads * queries * columns);
    let slopes = Slopes::new(sizes, args.float(15), [BLOCK, BLOCK], share.scratch.cast());
    let deep = whole(depth) * BLOCK * VECTOR;
    let q_lines = slopes.rest;
    let k_lines = q_lines.wrapping_add(deep);
    let scores = k_lines.wrapping_add(deep);
    for unit in share.range(sizes.units()) {
        let sight = Sight::new(&sizes, mask, unit);
        let rows = [0, 1].map(|which| sizes.row(known, unit, which));
        let products = sizes.row(known, unit, 2);
        let [q, dy, dq] = [q, dy, dq].map(|data| sizes.head(data, unit, queries));
        let [k, v, dk, dv] = [k, v, dk, dv].map(|data| sizes.head(data, unit, keys));
        for key in (0..keys).step_by(BLOCK) {
            let keys = key..keys.min(key + BLOCK);
            k.pack_features(keys.clone(), slopes.k);
            k.pack_positions(keys.clone(), 1.0, k_lines);
            v.pack_positions(keys.clone(), 1.0, slopes.v);
            for first in (0..queries).step_by(BLOCK) {
                let block =
                    Block { queries: first..queries.min(first + BLOCK), keys: keys.clone() };
                // The first block begins the sums, whatever it sees.
                if first > 0 && block.seen(&sizes, block.tiles() - 1) == 0 {
                    continue;
                }
                q.pack_features(block.queries.clone(), slopes.q);
                q.pack_positions(block.queries.clone(), sizes.scale, q_lines);
                dy.pack_features(block.queries.clone(), slopes.dy);
                dy.pack_positions(block.queries.clone(), 1.0, slopes.dy_lines);
                products.pack_positions(block.queries.clone(), 1.0, slopes.products);
                block.score(&sizes, sight, [q_lines, k_lines, scores]);
                share_out(&sizes, &block, scores, rows);
                let wide = whole(keys.len());
                slopes.scores(&block, |i, j| turned(tile_at(scores, i, wide), j));
                slopes.queries(&block, |tile, i, feature| {
                    let at = block.queries.start + TILE * i..block.queries.end;
                    if key == 0 {
                        dq.store(tile, at, feature);
                    } else {
                        dq.add(tile, at, feature);
                    }
                });
                slopes.keys(&block, first == 0);
            }
            let block = Block { queries: 0..queries, keys };
            slopes.store(slopes.dk, &block, dk);
            slopes.store(slopes.dv, &block, dv);
        }
    }
}

/// Makes probabilities of the scores of a block: `rows` are the largest score of each query and what makes exponentials
/// probabilities.
unsafe fn share_out(sizes: &Sizes, block: &Block, scores: *mut f32, rows: [Head; 2]) {
    let unseen = F32x4::splat(UNSEEN);
    for i in 0..block.tiles() {
        let scores = tile_at(scores, i, whole(block.keys.len()));
        let seen = block.seen(sizes, i);
        for r in 0..TILE {
            let query = block.queries.start + TILE * i + r;
            let there = query < block.queries.end;
            let [largest, factor] =
                rows.map(|row| if there { row.load(0, query) } else { F32x4::zero() });
            for key in 0..seen {
                let at = scores.add(VECTOR * (TILE * key + r));
                let score = F32x4::load(at);
                let p = exp(score - largest) * factor;
                p.where_different(score, unseen).store(at);
            }
        }
    }
}

/// Tile `j` of a line of tiles `[keys][3]`, whose rows are queries.
#[inline(always)]
unsafe fn turned(line: *const f32, j: usize) -> Tile {
    let from = line.add(VECTOR * TILE * TILE * j);
    core::array::from_fn(|r| {
        core::array::from_fn(|c| F32x4::load(from.add(VECTOR * (TILE * c + r))))
    })
}
