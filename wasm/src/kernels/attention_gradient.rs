//! `attention_gradient`: the gradient of attention that kept its probabilities. See `src/ops/kernels/attention_gradient.ts`.
use super::attention_heads::Sizes;
use super::attention_panels::{whole, LEFT, RIGHT};
use super::attention_slopes::{Block, Slopes};
use crate::args::{Args, Share};

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
    let mut next = share.scratch.cast();
    let work = Slopes::take(&mut next, sizes, args.float(16), [queries, keys], true);
    let block = Block { queries: 0..queries, keys: 0..keys, begins: true };
    for unit in share.range(sizes.units()) {
        let [q, y, dy, dq] = [q, y, dy, dq].map(|data| sizes.head(data, unit, queries));
        let [k, v, dk, dv] = [k, v, dk, dv].map(|data| sizes.head(data, unit, keys));
        work.k.pack_features(&k);
        work.v.pack_positions::<LEFT>(&v, 1.0);
        work.q.pack_features(&q);
        work.dy.pack_features(&dy);
        work.dy_lines.pack_positions::<RIGHT>(&dy, 1.0);
        work.products.pack_products(&y, &dy);
        let (head, own) = sizes.unit(unit);
        for (example, column) in own.enumerate() {
            let number = head * columns + column;
            work.block(&block, example, kept.add(number * whole(queries) * keys));
        }
        work.dy_lines.unpack(&dq, false);
        work.dk.unpack(&dk, false);
        work.dv.unpack(&dv, false);
    }
}
