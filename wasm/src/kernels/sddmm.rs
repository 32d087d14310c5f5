//! `sddmm`: gradient of the active values. See `src/ops/kernels/sddmm.ts`.
//!
//! Columns are taken in tiles of 32, the inputs of a tile copied next to each other as in `spmm`.
//! A row's `dy` of the tile stays in 8 registers over all its connections; each connection reads 8
//! vectors of inputs, and four connections end in one transposed sum. The tiles of a gradient are
//! added in order.
//!
//! Where most of `dy` is 0, as the gradient of a loss is that most labels have met, only the vectors that are not are gone
//! through, in the same chains, so with the same bits but for the sign of a zero.
//!
//! Slower: one chain of additions per connection, three or four instead of two; the next row's `dy`
//! read ahead; a body of its own for the first tile.
use core::ops::Range;

use super::lists::{vanishes_mostly, Index, Lists, Narrow, Tile, Wide, LIST_TILE, TILE, VECTORS};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `gradient[s] = dy[row of s] . x[input of s]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/sddmm.ts` declares.
pub unsafe fn sddmm(args: Args, share: Share) {
    let (rows, inputs, columns, capacity) =
        (args.word(5), args.word(6), args.word(7), args.word(8));
    let lists = Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows };
    let call = Call { lists, dy: args.word(2) as *const f32, gradient: args.write(4), columns };
    let x = args.word(3) as *const f32;
    let wide = args.word(9) != 0;

    let part = lists.share(share.thread, share.threads);
    let connections = lists.slots(part.end) - lists.slots(part.start);
    if connections > 0 {
        // Of all rows, so that all threads choose alike.
        let sparse = vanishes_mostly(call.dy, rows * columns);
        for column in (0..columns).step_by(TILE) {
            let x = Tile::of(x, inputs, columns, column, connections, share.scratch.cast());
            match (wide, x.stride == TILE) {
                (false, true) => call.rows::<Narrow, true>(part.clone(), x, column, sparse),
                (false, false) => call.rows::<Narrow, false>(part.clone(), x, column, sparse),
                (true, true) => call.rows::<Wide, true>(part.clone(), x, column, sparse),
                (true, false) => call.rows::<Wide, false>(part.clone(), x, column, sparse),
            }
        }
    }
    for row in part {
        let end = lists.row(row).end;
        zero(call.gradient, end..end.next_multiple_of(LIST_TILE));
    }
    let used = lists.slots(rows);
    let tail = share.range(capacity - used);
    zero(call.gradient, used + tail.start..used + tail.end);
}

struct Call {
    lists: Lists,
    dy: *const f32,
    gradient: *mut f32,
    columns: usize,
}

impl Call {
    /// Adds the tile from `column` on to the gradients of `rows`; the first tile begins them.
    unsafe fn rows<I: Index, const PACKED: bool>(
        &self,
        rows: Range<usize>,
        x: Tile,
        column: usize,
        sparse: bool,
    ) {
        if sparse {
            return self.sparse_rows::<I, PACKED>(rows, x, column);
        }
        for row in rows {
            let dy = self.dy.add(row * self.columns + column);
            let dy: [F32x4; VECTORS] = core::array::from_fn(|i| F32x4::load(dy.add(4 * i)));
            for slot in self.lists.row(row).step_by(LIST_TILE) {
                let inputs = I::four(self.lists.index, slot);
                let products = inputs.map(|input| product(&dy, x.row::<PACKED>(input)));
                let gradient = self.gradient.add(slot);
                let mut sums = F32x4::sums(products);
                if column > 0 {
                    sums = sums + F32x4::load(gradient);
                }
                sums.store(gradient);
            }
        }
    }

    /// [`Call::rows`] where few vectors of `dy` are not 0.
    unsafe fn sparse_rows<I: Index, const PACKED: bool>(
        &self,
        rows: Range<usize>,
        x: Tile,
        column: usize,
    ) {
        for row in rows {
            let dy = self.dy.add(row * self.columns + column);
            // The places of what is not 0: those of the even chain, then of the odd one.
            let mut places = [0; VECTORS];
            let (mut evens, mut all) = (0, 0);
            for chain in 0..2 {
                for i in (chain..VECTORS).step_by(2) {
                    if !F32x4::load(dy.add(4 * i)).vanishes() {
                        places[all % VECTORS] = 4 * i;
                        all += 1;
                    }
                }
                if chain == 0 {
                    evens = all;
                }
            }
            if all == 0 && column > 0 {
                continue;
            }
            for slot in self.lists.row(row).step_by(LIST_TILE) {
                let inputs = I::four(self.lists.index, slot).map(|input| x.row::<PACKED>(input));
                let even = products(dy, &places[..evens], inputs);
                let odd = products(dy, &places[evens..all], inputs);
                let gradient = self.gradient.add(slot);
                let mut sums = F32x4::sums(core::array::from_fn(|i| even[i] + odd[i]));
                if column > 0 {
                    sums = sums + F32x4::load(gradient);
                }
                sums.store(gradient);
            }
        }
    }
}

/// Lane i is the sum over the vectors at `places` of `dy * x` in lane i, for four inputs.
#[inline(always)]
unsafe fn products(
    dy: *const f32,
    places: &[usize],
    inputs: [*const f32; LIST_TILE],
) -> [F32x4; LIST_TILE] {
    let mut sums = [F32x4::zero(); LIST_TILE];
    for &place in places {
        let dy = F32x4::load(dy.add(place));
        for (sum, input) in sums.iter_mut().zip(inputs) {
            *sum = sum.madd(dy, F32x4::load(input.add(place)));
        }
    }
    sums
}

/// Lane i is the sum over the vectors of `dy * x` in lane i; two chains, so that adds overlap.
#[inline(always)]
unsafe fn product(dy: &[F32x4; VECTORS], x: *const f32) -> F32x4 {
    let mut even = dy[0] * F32x4::load(x);
    let mut odd = dy[1] * F32x4::load(x.add(4));
    for i in (2..VECTORS).step_by(2) {
        even = even.madd(dy[i], F32x4::load(x.add(4 * i)));
        odd = odd.madd(dy[i + 1], F32x4::load(x.add(4 * i + 4)));
    }
    even + odd
}

unsafe fn zero(data: *mut f32, range: Range<usize>) {
    core::ptr::write_bytes(data.add(range.start), 0, range.len());
}
