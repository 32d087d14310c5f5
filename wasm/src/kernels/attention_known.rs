//! `attention_known`: what the gradient of attention by tiles knows. See `src/ops/kernels/attention_known.ts`.
use super::attention_heads::Sizes;
use super::attention_panels::VECTORS;
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Statistics, the products of results and their gradients, and the mask.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/attention_known.ts` declares.
pub unsafe fn attention_known(args: Args, share: Share) {
    let sizes = Sizes::read(args, 5);
    let Sizes { heads, depth, queries, keys, columns, .. } = sizes;
    let [y, dy, statistics, mask, known] = [0, 1, 2, 3, 4].map(|i| args.write::<f32>(i));
    for unit in share.range(sizes.units()) {
        let [y, dy] = [y, dy].map(|data| sizes.head(data, unit, queries));
        let from = [0, 1].map(|which| sizes.row(statistics, unit, which));
        let to = [0, 1, 2].map(|which| sizes.row(known, unit, which));
        for (query, v) in (0..queries).flat_map(|query| (0..VECTORS).map(move |v| (query, v))) {
            for (from, to) in from.iter().zip(&to) {
                to.put::<false>(from.load::<false>(0, query, v), 0, query, v);
            }
            let mut sum = F32x4::zero();
            for feature in 0..depth {
                sum = sum
                    .madd(y.load::<false>(feature, query, v), dy.load::<false>(feature, query, v));
            }
            to[2].put::<false>(sum, 0, query, v);
        }
    }
    let to = known.add(3 * heads * queries * columns);
    for i in share.range((keys * columns).div_ceil(4)) {
        let lanes = Lanes::first(keys * columns - 4 * i);
        let seen = if sizes.masked { lanes.load(mask.add(4 * i)) } else { F32x4::splat(1.0) };
        lanes.store(seen, to.add(4 * i));
    }
}
