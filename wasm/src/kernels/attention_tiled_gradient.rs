//! `attention_tiled_gradient`: the gradient of attention that kept no probabilities. See
//! `src/ops/kernels/attention_tiled_gradient.ts`.
//!
//! For a block of keys a thread goes through the queries in blocks and computes their probabilities anew. The gradients of the
//! queries are added up over the blocks of keys, in their order.
use core::array::from_fn;

use super::attention_heads::{sights, Sight, Sizes, UNSEEN};
use super::attention_panels::{whole, Panels, LEFT, RIGHT};
use super::attention_slopes::{Block, Slopes};
use super::attention_softmax::{drop, Exponentials};
use super::dropping::Dropping;
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// Queries and keys of a block. Mirrored by `src/ops/kernels/attention_sizes.ts`.
const BLOCK: usize = 128;

/// `gradients` of q, k and v, one behind the other.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_tiled_gradient.ts` declares.
pub unsafe fn attention_tiled_gradient(args: Args, share: Share) {
    let sizes = Sizes::read(args, 7);
    let Sizes { heads, depth, queries, keys, columns, .. } = sizes;
    let [q, k, v, known, dy, dq] = [0, 1, 2, 3, 5, 6].map(|i| args.write::<f32>(i));
    let dk = dq.add(heads * depth * queries * columns);
    let dv = dk.add(heads * depth * keys * columns);
    let mask = known.add(3 * heads * queries * columns);
    let dropping = Dropping::read(args, 16, args.read(4, step::WORDS));
    let mut next = share.scratch.cast();
    let slopes = Slopes::take(&mut next, sizes, dropping.factor, [BLOCK, BLOCK], false);
    let work = Work::new(sizes, dropping, next);
    for unit in share.range(sizes.units()) {
        let (head, own) = sizes.unit(unit);
        let sights = sights(&sizes, mask, &own, work.flags);
        let rows = [0, 1, 2].map(|which| sizes.row(known, unit, which));
        let [q, dy, dq] = [q, dy, dq].map(|data| sizes.head(data, unit, queries));
        let [k, v, dk, dv] = [k, v, dk, dv].map(|data| sizes.head(data, unit, keys));
        for key in (0..keys).step_by(BLOCK) {
            let some = key..keys.min(key + BLOCK);
            slopes.k.pack_features(&k.part(&some));
            slopes.v.pack_positions::<LEFT>(&v.part(&some), 1.0);
            work.k.pack_positions::<LEFT>(&k.part(&some), 1.0);
            for first in (0..queries).step_by(BLOCK) {
                let block = Block {
                    queries: first..queries.min(first + BLOCK),
                    keys: some.clone(),
                    begins: first == 0,
                };
                // The first block begins the sums, whatever it sees.
                if first > 0 && sizes.seen(block.queries.end - 1) <= key {
                    continue;
                }
                let part = &block.queries;
                slopes.q.pack_features(&q.part(part));
                slopes.dy.pack_features(&dy.part(part));
                slopes.dy_lines.pack_positions::<RIGHT>(&dy.part(part), 1.0);
                slopes.products.pack_positions::<RIGHT>(&rows[2].part(part), 1.0);
                work.q.pack_positions::<RIGHT>(&q.part(part), sizes.scale);
                work.largest.pack_positions::<RIGHT>(&rows[0].part(part), 1.0);
                work.factor.pack_positions::<RIGHT>(&rows[1].part(part), 1.0);
                for (example, column) in own.clone().enumerate() {
                    work.shares(&block, (example, head * columns + column), sights[example]);
                    slopes.block(&block, example, work.p);
                }
                slopes.dy_lines.unpack(&dq.part(part), key > 0);
            }
            slopes.dk.unpack(&dk.part(&some), false);
            slopes.dv.unpack(&dv.part(&some), false);
        }
    }
}

/// Panels of sixteen examples, and the probabilities of one.
struct Work {
    sizes: Sizes,
    dropping: Dropping,
    /// Queries and keys by positions.
    q: Panels,
    k: Panels,
    /// Of each query the largest score, and what makes exponentials probabilities.
    largest: Panels,
    factor: Panels,
    /// Which keys are seen.
    flags: Panels,
    /// Probabilities of a block, and room for those of eight queries that pass.
    p: *mut f32,
    passed: *mut f32,
}

impl Work {
    fn new(sizes: Sizes, dropping: Dropping, mut next: *mut f32) -> Self {
        let deep = sizes.depth * BLOCK;
        let [q, k] = from_fn(|_| Panels::take(&mut next, deep));
        let [largest, factor] = from_fn(|_| Panels::take(&mut next, BLOCK));
        let flags = Panels::take(&mut next, whole(sizes.keys));
        let passed = next.wrapping_add(BLOCK * BLOCK);
        Self { sizes, dropping, q, k, largest, factor, flags, p: next, passed }
    }

    /// The probabilities of a block of an example, head and column number `number`.
    unsafe fn shares(&self, block: &Block, (example, number): (usize, usize), sight: Sight) {
        let depth = self.sizes.depth;
        let keys = block.keys.len();
        let exponentials = Exponentials::held();
        for query in block.queries.clone().step_by(RIGHT) {
            let at = query - block.queries.start;
            let last = block.queries.end.min(query + RIGHT) - 1;
            let end = sight.end.min(self.sizes.seen(last)).min(block.keys.end);
            let seen = end.saturating_sub(block.keys.start);
            let p = self.p.add(at * keys);
            if seen > 0 {
                let q = self.q.of(example).add(at * depth).cast_const();
                let some = (query, block.keys.start..end);
                let panels = [q, self.k.of(example)];
                sight.score(&self.sizes, some, panels, p, [F32x4::splat(UNSEEN); 2]);
            }
            for half in [0, 4] {
                let [largest, factor] = [self.largest, self.factor]
                    .map(|row| F32x4::load(row.of(example).add(at + half)));
                for key in 0..seen {
                    let to = p.add(RIGHT * key + half);
                    (exponentials.of(F32x4::load(to), largest) * factor).store(to);
                }
            }
            for to in (RIGHT * seen..RIGHT * keys).step_by(4) {
                F32x4::zero().store(p.add(to));
            }
            if self.dropping.drops() {
                let group = self.sizes.draws(number, query, block.keys.start);
                drop(&self.dropping, group, p, seen, self.passed);
            }
        }
    }
}
