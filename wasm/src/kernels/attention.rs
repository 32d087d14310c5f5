//! `attention`: attention that keeps its probabilities. See `src/ops/kernels/attention.ts`.
//!
//! A thread takes a head of four examples and goes through the queries in blocks, whose scores stay in the cache.
use super::attention_panels::{sum, tile_at, whole, Block, Head, Sight, Sizes, TILE, UNSEEN, VECTOR};
use super::softmax::exp;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Queries of a block. Mirrored by `src/ops/kernels/attention.ts`.
const QUERIES: usize = 24;

/// `y = v softmax(scale k q)`, and the probabilities.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention.ts` declares.
pub unsafe fn attention(args: Args, share: Share) {
    let sizes = Sizes::read(args, 6);
    let Sizes { queries, keys, scale, .. } = sizes;
    for unit in share.range(sizes.units()) {
        let [q, k, v, mask, y, probabilities] = [0, 1, 2, 3, 4, 5].map(|i| args.write::<f32>(i));
        let work = Work::new(sizes, share.scratch.cast());
        let sight = Sight::new(&sizes, mask, unit);
        sizes.head(k, unit, keys).pack_positions(0..keys, 1.0, work.k);
        sizes.head(v, unit, keys).pack_features(0..keys, work.v);
        let q = sizes.head(q, unit, queries);
        let y = sizes.head(y, unit, queries);
        let kept = probabilities.add(unit * queries * keys * VECTOR);
        for first in (0..queries).step_by(QUERIES) {
            let block = Block { queries: first..queries.min(first + QUERIES), keys: 0..keys };
            q.pack_positions(block.queries.clone(), scale, work.q);
            block.score(&sizes, sight, [work.q, work.k, work.scores]);
            work.normalize(&block, kept);
            work.gather(&block, y);
        }
    }
}

/// Panels of a unit.
struct Work {
    sizes: Sizes,
    /// Keys by positions, `[keys][depth]`, and values by features, `[depth][keys]`.
    k: *mut f32,
    v: *mut f32,
    /// Queries of a block, and their scores, `[queries][keys]`.
    q: *mut f32,
    scores: *mut f32,
}

impl Work {
    fn new(sizes: Sizes, scratch: *mut f32) -> Self {
        let keys = whole(sizes.keys);
        let k = scratch;
        let v = k.wrapping_add(VECTOR * keys * sizes.depth);
        let q = v.wrapping_add(VECTOR * keys * whole(sizes.depth));
        let scores = q.wrapping_add(VECTOR * QUERIES * sizes.depth);
        Self { sizes, k, v, q, scores }
    }

    /// Makes probabilities of scores, and keeps them.
    unsafe fn normalize(&self, block: &Block, kept: *mut f32) {
        let keys = self.sizes.keys;
        for i in 0..block.tiles() {
            let seen = block.seen(&self.sizes, i);
            let scores = tile_at(self.scores, i, whole(keys));
            softmax(scores, seen);
            for (r, query) in (block.queries.start + TILE * i..block.queries.end).take(TILE).enumerate()
            {
                let to = kept.add(VECTOR * query * keys);
                for key in 0..keys.min(seen) {
                    let p = F32x4::load(scores.add(VECTOR * (TILE * key + r)));
                    p.store(to.add(VECTOR * key));
                }
                for key in seen..keys {
                    F32x4::zero().store(to.add(VECTOR * key));
                }
            }
        }
    }

    /// The sums of values.
    unsafe fn gather(&self, block: &Block, y: Head) {
        let Sizes { depth, keys, .. } = self.sizes;
        let wide = whole(keys);
        for i in 0..block.tiles() {
            let seen = block.seen(&self.sizes, i);
            let p = tile_at(self.scores, i, wide);
            for (f, feature) in (0..depth).step_by(TILE).enumerate() {
                let tile = sum(p, tile_at(self.v, f, wide), seen);
                y.store(tile, block.queries.start + TILE * i..block.queries.end, feature);
            }
        }
    }
}

/// The softmax of three lines of scores `[keys][3]`, where they lie.
#[inline(always)]
unsafe fn softmax(scores: *mut f32, keys: usize) {
    let unseen = F32x4::splat(UNSEEN);
    let at = |key: usize, r: usize| scores.wrapping_add(VECTOR * (TILE * key + r));
    let mut largest = [unseen; TILE];
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
    // A query that sees nothing has no sum.
    let one = F32x4::splat(1.0);
    let factors = sums.map(|sum| (one / sum).where_different(sum, F32x4::zero()));
    for key in 0..keys {
        for (r, &factor) in factors.iter().enumerate() {
            (F32x4::load(at(key, r)) * factor).store(at(key, r));
        }
    }
}
