//! `attention_tiled`: attention that keeps no probabilities. See `src/ops/kernels/attention_tiled.ts`.
//!
//! For a block of queries a thread goes through the keys in blocks and keeps the largest score so far, the sum of the exponentials
//! of the scores less that, and the sums of values times those (Milakov and Gimelshein 2018, Dao et al. 2022): when a larger
//! score comes, the sums are made smaller.
use core::array::from_fn;
use core::ops::Range;

use super::attention_heads::{sights, Sight, Sizes, UNSEEN};
use super::attention_panels::{whole, whole_left, Panels, EXAMPLES, LEFT, RIGHT};
use super::attention_softmax::{drop, inverses, Exponentials};
use super::dropping::Dropping;
use super::panel::sum;
use super::softmax::exp;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// Queries and keys of a block. Mirrored by `src/ops/kernels/attention_sizes.ts`.
const BLOCK: usize = 128;

/// `y = v softmax(scale k q)`; of each query the largest score, and what makes exponentials probabilities.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_tiled.ts` declares.
pub unsafe fn attention_tiled(args: Args, share: Share) {
    let sizes = Sizes::read(args, 7);
    let Sizes { queries, keys, .. } = sizes;
    let [q, k, v, mask, y, statistics] = [0, 1, 2, 3, 5, 6].map(|i| args.write::<f32>(i));
    let dropping = Dropping::read(args, 16, args.read(4, step::WORDS));
    let work = Work::new(sizes, dropping, share.scratch.cast());
    for unit in share.range(sizes.units()) {
        let (head, own) = sizes.unit(unit);
        let [k, v] = [k, v].map(|data| sizes.head(data, unit, keys));
        let [q, y] = [q, y].map(|data| sizes.head(data, unit, queries));
        let rows = [0, 1].map(|which| sizes.row(statistics, unit, which));
        let sights = sights(&sizes, mask, &own, work.flags);
        for first in (0..queries).step_by(BLOCK) {
            let block = first..queries.min(first + BLOCK);
            work.q.pack_positions::<RIGHT>(&q.part(&block), sizes.scale);
            work.begin();
            for key in (0..sizes.seen(block.end - 1)).step_by(BLOCK) {
                let some = key..keys.min(key + BLOCK);
                work.k.pack_positions::<LEFT>(&k.part(&some), 1.0);
                work.v.pack_features(&v.part(&some));
                for (example, column) in own.clone().enumerate() {
                    let number = head * sizes.columns + column;
                    work.add((example, number), sights[example], &block, &some);
                }
            }
            work.finish(block.len());
            work.y.unpack(&y.part(&block), false);
            work.largest.unpack(&rows[0].part(&block), false);
            work.total.unpack(&rows[1].part(&block), false);
        }
    }
}

/// Panels of sixteen examples.
struct Work {
    sizes: Sizes,
    dropping: Dropping,
    /// Queries and keys by positions, values by features.
    q: Panels,
    k: Panels,
    v: Panels,
    /// The sums of values, `[features][queries]`.
    y: Panels,
    /// Of each query the largest score so far, and the sum of the exponentials.
    largest: Panels,
    total: Panels,
    /// Which keys are seen.
    flags: Panels,
    /// Exponentials of eight queries, and what is not dropped of them.
    p: *mut f32,
    passed: *mut f32,
    exponentials: Exponentials,
}

impl Work {
    fn new(sizes: Sizes, dropping: Dropping, scratch: *mut f32) -> Self {
        let deep = whole_left(sizes.depth);
        let mut next = scratch;
        let [q, k, v, y] = from_fn(|_| Panels::take(&mut next, deep * BLOCK));
        let [largest, total] = from_fn(|_| Panels::take(&mut next, BLOCK));
        let flags = Panels::take(&mut next, whole(sizes.keys));
        let passed = next.wrapping_add(RIGHT * BLOCK);
        let exponentials = Exponentials::held();
        Self { sizes, dropping, q, k, v, y, largest, total, flags, p: next, passed, exponentials }
    }

    /// Before the first keys.
    unsafe fn begin(&self) {
        for example in 0..EXAMPLES {
            for at in (0..BLOCK).step_by(4) {
                F32x4::splat(UNSEEN).store(self.largest.of(example).add(at));
                F32x4::zero().store(self.total.of(example).add(at));
            }
            for at in (0..BLOCK * whole_left(self.sizes.depth)).step_by(4) {
                F32x4::zero().store(self.y.of(example).add(at));
            }
        }
    }

    /// Adds the values of some keys to the sums of some queries of an example, head and column number `number`.
    unsafe fn add(
        &self,
        (example, number): (usize, usize),
        sight: Sight,
        queries: &Range<usize>,
        keys: &Range<usize>,
    ) {
        let Sizes { depth, .. } = self.sizes;
        for query in queries.clone().step_by(RIGHT) {
            let at = query - queries.start;
            let last = queries.end.min(query + RIGHT) - 1;
            let end = sight.end.min(self.sizes.seen(last)).min(keys.end);
            if end <= keys.start {
                continue;
            }
            let seen = end - keys.start;
            let q = self.q.of(example).add(at * depth).cast_const();
            let of_keys = (query, keys.start..end);
            let [largest, total] = [self.largest, self.total].map(|row| row.of(example).add(at));
            let before = from_fn(|half| F32x4::load(largest.add(4 * half)));
            let panels = [q, self.k.of(example)];
            let most = sight.score(&self.sizes, of_keys, panels, self.p, before);
            let sums = self.exponentials.make(self.p, seen, most);
            let less: [F32x4; 2] = from_fn(|half| exp(before[half] - most[half]));
            for half in [0, 1] {
                let sum = F32x4::load(total.add(4 * half)) * less[half] + sums[half];
                sum.store(total.add(4 * half));
                most[half].store(largest.add(4 * half));
            }
            let mut p = self.p;
            if self.dropping.drops() {
                let group = self.sizes.draws(number, query, keys.start);
                drop(&self.dropping, group, p, seen, self.passed);
                p = self.passed;
            }
            let wide = whole(queries.len());
            for feature in (0..depth).step_by(LEFT) {
                let tile = sum(self.v.of(example).add(feature * keys.len()), p, seen);
                for (r, line) in tile.into_iter().enumerate() {
                    let to = self.y.of(example).add((feature + r) * wide + at);
                    for (half, value) in line.into_iter().enumerate() {
                        let to = to.add(4 * half);
                        (F32x4::load(to) * less[half] + value).store(to);
                    }
                }
            }
        }
    }

    /// After the last keys, of so many queries.
    unsafe fn finish(&self, queries: usize) {
        let wide = whole(queries);
        for example in 0..EXAMPLES {
            for at in (0..queries).step_by(RIGHT) {
                let total = self.total.of(example).add(at);
                let sums = from_fn(|half| F32x4::load(total.add(4 * half)));
                for (half, factor) in inverses(sums, queries - at).into_iter().enumerate() {
                    factor.store(total.add(4 * half));
                    for feature in 0..self.sizes.depth {
                        let to = self.y.of(example).add(feature * wide + at + 4 * half);
                        (F32x4::load(to) * factor).store(to);
                    }
                }
            }
        }
    }
}
