//! `attention`: attention that keeps its probabilities. See `src/ops/kernels/attention.ts`.
//!
//! Scores are computed where the probabilities are kept, for eight queries at a time, in lanes: the softmax runs down the keys.
use super::attention_heads::{Sight, Sizes, UNSEEN};
use super::attention_panels::{whole, whole_left, Panels, LEFT, RIGHT};
use super::attention_softmax::{drop, inverses, multiply, Exponentials};
use super::dropping::Dropping;
use super::panel::sum;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// `y = v softmax(scale k q)`, and the probabilities.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention.ts` declares.
pub unsafe fn attention(args: Args, share: Share) {
    let sizes = Sizes::read(args, 7);
    let [q, k, v, mask, y, kept] = [0, 1, 2, 3, 5, 6].map(|i| args.write::<f32>(i));
    let dropping = Dropping::read(args, 16, args.read(4, step::WORDS));
    let Sizes { queries, keys, columns, .. } = sizes;
    let work = Work::new(sizes, share.scratch.cast());
    for unit in share.range(sizes.units()) {
        work.k.pack_positions::<LEFT>(&sizes.head(k, unit, keys), 1.0);
        work.v.pack_features(&sizes.head(v, unit, keys));
        work.q.pack_positions::<RIGHT>(&sizes.head(q, unit, queries), sizes.scale);
        let (head, own) = sizes.unit(unit);
        for (example, column) in own.enumerate() {
            let sight = Sight::new(&sizes, mask.wrapping_add(column), work.flags);
            let number = head * columns + column;
            for query in (0..queries).step_by(RIGHT) {
                let p = kept.add((number * whole(queries) + query) * keys);
                let seen = work.shares(example, query, sight, p);
                if dropping.drops() {
                    drop(&dropping, sizes.draws(number, query, 0), p, seen, work.passed);
                    work.gather(example, query, seen, work.passed);
                } else {
                    work.gather(example, query, seen, p);
                }
            }
        }
        work.y.unpack(&sizes.head(y, unit, queries), false);
    }
}

/// Panels of sixteen examples.
struct Work {
    sizes: Sizes,
    /// Keys by positions, values by features.
    k: Panels,
    v: Panels,
    /// Queries by positions, and the results, `[features][queries]`.
    q: Panels,
    y: Panels,
    /// Which keys of an example are seen.
    flags: *mut f32,
    /// What is not dropped of the probabilities of eight queries.
    passed: *mut f32,
    exponentials: Exponentials,
}

impl Work {
    fn new(sizes: Sizes, scratch: *mut f32) -> Self {
        let (deep, wide, high) = (whole_left(sizes.depth), whole(sizes.keys), whole(sizes.queries));
        let mut next = scratch;
        let [k, v, q, y] = [wide, wide, high, high].map(|n| Panels::take(&mut next, deep * n));
        let (passed, exponentials) = (next.wrapping_add(wide), Exponentials::held());
        Self { sizes, k, v, q, y, flags: next, passed, exponentials }
    }

    /// The probabilities of eight queries; gives the number of keys that they may see.
    #[inline(always)]
    unsafe fn shares(&self, example: usize, query: usize, sight: Sight, p: *mut f32) -> usize {
        let Sizes { depth, queries, keys, .. } = self.sizes;
        let seen = sight.end.min(self.sizes.seen(queries.min(query + RIGHT) - 1));
        let q = self.q.of(example).add(query * depth).cast_const();
        let of_keys = (query, 0..seen);
        let most = [F32x4::splat(UNSEEN); 2];
        let most = sight.score(&self.sizes, of_keys, [q, self.k.of(example)], p, most);
        let sums = self.exponentials.make(p, seen, most);
        multiply(p, seen, inverses(sums, queries - query));
        for at in (RIGHT * seen..RIGHT * keys).step_by(4) {
            F32x4::zero().store(p.add(at));
        }
        seen
    }

    /// The sums of values of eight queries.
    #[inline(always)]
    unsafe fn gather(&self, example: usize, query: usize, seen: usize, p: *const f32) {
        let Sizes { depth, keys, queries, .. } = self.sizes;
        let wide = whole(queries);
        for feature in (0..depth).step_by(LEFT) {
            let tile = sum(self.v.of(example).add(feature * keys), p, seen);
            for (r, [left, right]) in tile.into_iter().enumerate() {
                let to = self.y.of(example).add((feature + r) * wide + query);
                left.store(to);
                right.store(to.add(4));
            }
        }
    }
}
