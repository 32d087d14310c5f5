//! `attention_tiled`: attention that keeps no probabilities. See `src/ops/kernels/attention_tiled.ts`.
//!
//! A thread takes a head of four examples. For a block of queries it goes through the keys in blocks and keeps the largest score
//! so far, the sum of the exponentials of the scores less that, and the sums of values times those (Milakov and Gimelshein 2018,
//! Dao et al. 2022): when a larger score comes, the sums are made smaller.
use super::attention_panels::{
    sum, tile_at, whole, Block, Head, Sight, Sizes, TILE, UNSEEN, VECTOR,
};
use super::softmax::exp;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Queries and keys of a block. Mirrored by `src/ops/kernels/attention_tiled.ts`.
const BLOCK: usize = 96;

/// `y = v softmax(scale k q)`; of each query the largest score, and what makes exponentials probabilities.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_tiled.ts` declares.
pub unsafe fn attention_tiled(args: Args, share: Share) {
    let sizes = Sizes::read(args, 6);
    let Sizes { queries, keys, scale, .. } = sizes;
    let [q, k, v, mask, y, statistics] = [0, 1, 2, 3, 4, 5].map(|i| args.write::<f32>(i));
    let work = Work::new(sizes, share.scratch.cast());
    for unit in share.range(sizes.units()) {
        let sight = Sight::new(&sizes, mask, unit);
        let [k, v] = [k, v].map(|data| sizes.head(data, unit, keys));
        let [q, y] = [q, y].map(|data| sizes.head(data, unit, queries));
        let statistics = [0, 1].map(|which| sizes.row(statistics, unit, which));
        for first in (0..queries).step_by(BLOCK) {
            let queries = first..queries.min(first + BLOCK);
            q.pack_positions(queries.clone(), scale, work.q);
            work.begin();
            for key in (0..sizes.seen(queries.end - 1)).step_by(BLOCK) {
                let block = Block { queries: queries.clone(), keys: key..keys.min(key + BLOCK) };
                k.pack_positions(block.keys.clone(), 1.0, work.k);
                v.pack_features(block.keys.clone(), work.v);
                block.score(&sizes, sight, [work.q, work.k, work.scores]);
                work.add(&block);
            }
            work.finish(queries, y, statistics);
        }
    }
}

/// Panels of a unit.
struct Work {
    sizes: Sizes,
    /// Queries and keys by positions, `[positions][depth]`; values by features, `[depth][keys]`.
    q: *mut f32,
    k: *mut f32,
    v: *mut f32,
    /// `[queries][keys]`
    scores: *mut f32,
    /// The sums of values, tile by tile.
    sums: *mut f32,
    /// Of each query the largest score so far, and the sum of the exponentials.
    largest: *mut f32,
    total: *mut f32,
}

impl Work {
    fn new(sizes: Sizes, scratch: *mut f32) -> Self {
        let deep = whole(sizes.depth);
        let mut next = scratch;
        let mut take = |vectors: usize| {
            let panel = next;
            next = next.wrapping_add(VECTOR * vectors);
            panel
        };
        let [q, k, v, sums] = core::array::from_fn(|_| take(deep * BLOCK));
        let scores = take(BLOCK * BLOCK);
        let [largest, total] = core::array::from_fn(|_| take(BLOCK));
        Self { sizes, q, k, v, scores, sums, largest, total }
    }

    /// Before the first keys.
    unsafe fn begin(&self) {
        for i in 0..BLOCK {
            F32x4::splat(UNSEEN).store(self.largest.add(VECTOR * i));
            F32x4::zero().store(self.total.add(VECTOR * i));
        }
        for i in 0..BLOCK * whole(self.sizes.depth) {
            F32x4::zero().store(self.sums.add(VECTOR * i));
        }
    }

    /// Adds the values of a block of keys.
    unsafe fn add(&self, block: &Block) {
        let depth = self.sizes.depth;
        let wide = whole(block.keys.len());
        let features = depth.div_ceil(TILE);
        for i in 0..block.tiles() {
            let seen = block.seen(&self.sizes, i);
            if seen == 0 {
                continue;
            }
            let scores = tile_at(self.scores, i, wide);
            let less = self.exponentials(scores, seen, i);
            for f in 0..features {
                let tile = sum(scores, tile_at(self.v, f, wide), seen);
                let to = self.sums.add(VECTOR * TILE * TILE * (i * features + f));
                for (r, line) in tile.into_iter().enumerate() {
                    for (c, value) in line.into_iter().enumerate() {
                        let to = to.add(VECTOR * (TILE * r + c));
                        (F32x4::load(to) * less[r] + value).store(to);
                    }
                }
            }
        }
    }

    /// Makes exponentials of the scores of a tile of queries, and gives the factors of the sums so far.
    #[inline(always)]
    unsafe fn exponentials(&self, scores: *mut f32, keys: usize, tile: usize) -> [F32x4; TILE] {
        let unseen = F32x4::splat(UNSEEN);
        let at = |key: usize, r: usize| scores.wrapping_add(VECTOR * (TILE * key + r));
        let place = VECTOR * TILE * tile;
        let before: [F32x4; TILE] =
            core::array::from_fn(|r| F32x4::load(self.largest.add(place + VECTOR * r)));
        let mut largest = before;
        for key in 0..keys {
            for (r, largest) in largest.iter_mut().enumerate() {
                *largest = largest.max(F32x4::load(at(key, r)));
            }
        }
        let mut sums = [F32x4::zero(); TILE];
        for key in 0..keys {
            for (r, sum) in sums.iter_mut().enumerate() {
                let score = F32x4::load(at(key, r));
                // Not `gate`: a score that is no number makes probabilities that are none.
                let term = exp(score - largest[r]).where_different(score, unseen);
                *sum = *sum + term;
                term.store(at(key, r));
            }
        }
        core::array::from_fn(|r| {
            let less = exp(before[r] - largest[r]);
            let total = self.total.add(place + VECTOR * r);
            (F32x4::load(total) * less + sums[r]).store(total);
            largest[r].store(self.largest.add(place + VECTOR * r));
            less
        })
    }

    /// After the last keys.
    unsafe fn finish(&self, queries: core::ops::Range<usize>, y: Head, statistics: [Head; 2]) {
        let features = self.sizes.depth.div_ceil(TILE);
        for (i, query) in queries.clone().step_by(TILE).enumerate() {
            // A query that sees nothing has no sum.
            let factors: [F32x4; TILE] = core::array::from_fn(|r| {
                let total = F32x4::load(self.total.add(VECTOR * (TILE * i + r)));
                (F32x4::splat(1.0) / total).where_different(total, F32x4::zero())
            });
            for (r, query) in (query..queries.end).take(TILE).enumerate() {
                let largest = F32x4::load(self.largest.add(VECTOR * (TILE * i + r)));
                statistics[0].put(largest, 0, query);
                statistics[1].put(factors[r], 0, query);
            }
            for f in 0..features {
                let from = self.sums.add(VECTOR * TILE * TILE * (i * features + f));
                let tile = core::array::from_fn(|r| {
                    core::array::from_fn(|c| {
                        F32x4::load(from.add(VECTOR * (TILE * r + c))) * factors[r]
                    })
                });
                y.store(tile, query..queries.end, TILE * f);
            }
        }
    }
}
