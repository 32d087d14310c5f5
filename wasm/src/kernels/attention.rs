//! `attention`: attention that keeps its probabilities. See `src/ops/kernels/attention.ts`.
//!
//! A thread takes a head of four examples, one after the other. Scores are computed where the probabilities are kept, for eight
//! queries at a time, in lanes: the softmax runs down the keys.
use core::array::from_fn;

use super::attention_heads::{whole, whole_left, Panels, EXAMPLES, LEFT, RIGHT};
use super::attention_panels::{Sizes, UNSEEN};
use super::dropping::Dropping;
use super::panel::sum;
use super::softmax::exp;
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
        let (head, first) = (unit / sizes.groups(), EXAMPLES * (unit % sizes.groups()));
        for example in 0..EXAMPLES.min(columns - first) {
            let column = first + example;
            let end = work.look(mask.wrapping_add(column));
            let kept = kept.add((head * columns + column) * whole(queries) * keys);
            for query in (0..queries).step_by(RIGHT) {
                let mut p = kept.add(query * keys);
                let seen = end.min(sizes.seen(queries.min(query + RIGHT) - 1));
                work.score(example, query, seen, p);
                softmax(p, seen, queries - query);
                for row in seen..keys {
                    F32x4::zero().store(p.add(RIGHT * row));
                    F32x4::zero().store(p.add(RIGHT * row + 4));
                }
                if dropping.drops() {
                    let tile = (head * columns + column) * whole(queries) / RIGHT + query / RIGHT;
                    work.drop(&dropping, tile, seen, p);
                    p = work.passed;
                }
                work.gather(example, query, seen, p);
            }
        }
        work.y.unpack(&sizes.head(y, unit, queries));
    }
}

/// Panels of four examples.
struct Work {
    sizes: Sizes,
    /// Keys by positions, values by features.
    k: Panels,
    v: Panels,
    /// Queries by positions, and the results, `[features][queries]`.
    q: Panels,
    y: Panels,
    /// Which keys of an example are seen: 1, or 0.
    sight: *mut f32,
    /// What is not dropped of the probabilities of eight queries.
    passed: *mut f32,
}

impl Work {
    fn new(sizes: Sizes, scratch: *mut f32) -> Self {
        let (deep, wide, high) =
            (whole_left(sizes.depth), whole(sizes.keys), whole(sizes.queries));
        let mut next = scratch;
        let k = Panels::take(&mut next, deep * wide);
        let v = Panels::take(&mut next, deep * wide);
        let q = Panels::take(&mut next, deep * high);
        let y = Panels::take(&mut next, deep * high);
        let passed = next.wrapping_add(whole(sizes.keys));
        Self { sizes, k, v, q, y, sight: next, passed }
    }

    /// Looks at the mask of an example, and gives the number of keys up to the last one that may be seen.
    unsafe fn look(&self, mask: *const f32) -> usize {
        let Sizes { keys, columns, masked, .. } = self.sizes;
        if !masked {
            return keys;
        }
        let mut end = 0;
        for key in 0..keys {
            let seen = *mask.add(key * columns) > 0.0;
            *self.sight.add(key) = f32::from(seen);
            if seen {
                end = key + 1;
            }
        }
        end
    }

    /// The scores of eight queries and the keys that some of them may see, `[keys][8]`.
    #[inline(always)]
    unsafe fn score(&self, example: usize, query: usize, seen: usize, p: *mut f32) {
        let Sizes { depth, masked, causal, offset, .. } = self.sizes;
        let unseen = F32x4::splat(UNSEEN);
        let q = self.q.of(example).add(query * depth);
        // What a query has to be above, less the key, to see it.
        let lanes = [0.0, 4.0].map(|half| {
            let first = query as f32 + offset as f32 + half + 0.5;
            F32x4::from_array([first, first + 1.0, first + 2.0, first + 3.0])
        });
        for key in (0..seen).step_by(LEFT) {
            let tile = sum(self.k.of(example).add(key * depth), q, depth);
            for (r, line) in tile.into_iter().enumerate().take(seen - key) {
                let at = p.add(RIGHT * (key + r));
                let hidden = masked && self.sight.add(key + r).read() == 0.0;
                let behind = causal && key + r > query + offset;
                for (half, score) in line.into_iter().enumerate() {
                    let value = if hidden {
                        unseen
                    } else if behind {
                        score.select(unseen, lanes[half] - F32x4::splat((key + r) as f32))
                    } else {
                        score
                    };
                    value.store(at.add(4 * half));
                }
            }
        }
    }

    /// Drops some of the probabilities of eight queries: those are kept below 0, and do not pass.
    unsafe fn drop(&self, dropping: &Dropping, tile: usize, seen: usize, p: *mut f32) {
        let factor = F32x4::splat(dropping.factor);
        let groups = self.sizes.keys.div_ceil(LEFT);
        for key in (0..seen).step_by(LEFT) {
            let draws = dropping.draws(tile * groups + key / LEFT);
            for (i, draws) in draws.into_iter().enumerate().take(2 * (seen - key)) {
                let at = RIGHT * key + 4 * i;
                let share = F32x4::load(p.add(at));
                let passed = dropping.keep(share, draws);
                (passed + passed - share).store(p.add(at));
                (passed * factor).store(self.passed.add(at));
            }
        }
    }

    /// The sums of values of eight queries.
    #[inline(always)]
    unsafe fn gather(&self, example: usize, query: usize, seen: usize, p: *const f32) {
        let Sizes { depth, keys, queries, .. } = self.sizes;
        let wide = whole(queries);
        for feature in (0..depth).step_by(LEFT) {
            let tile = sum(self.v.of(example).add(feature * keys), p, seen);
            for (r, line) in tile.into_iter().enumerate() {
                let to = self.y.of(example).add((feature + r) * wide + query);
                line[0].store(to);
                line[1].store(to.add(4));
            }
        }
    }
}

/// The softmax of eight queries, of scores `[keys][8]`, where they lie; 0 for those of them that there are none of.
#[inline(always)]
unsafe fn softmax(scores: *mut f32, keys: usize, queries: usize) {
    let unseen = F32x4::splat(UNSEEN);
    for half in [0, 4] {
        let at = |key: usize| scores.wrapping_add(RIGHT * key + half);
        let mut largest = unseen;
        for key in 0..keys {
            largest = largest.max(F32x4::load(at(key)));
        }
        let mut sum = F32x4::zero();
        for key in 0..keys {
            let score = F32x4::load(at(key));
            // Not `gate`: a score that is no number makes probabilities that are none.
            let term = exp(score - largest).where_different(score, unseen);
            sum = sum + term;
            term.store(at(key));
        }
        // A query that sees nothing has no sum.
        let there = F32x4::from_array(from_fn(|i| f32::from(half + i < queries)));
        let factor = (there / sum).where_different(sum, F32x4::zero());
        for key in 0..keys {
            (F32x4::load(at(key)) * factor).store(at(key));
        }
    }
}
