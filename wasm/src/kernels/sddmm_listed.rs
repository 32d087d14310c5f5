//! `sddmm_listed`: gradient of the active values of a product with sparse features. See `src/ops/kernels/sddmm_listed.ts`.
//!
//! Threads share the rows. A row whose `dy` is 0, as the gradient of a loss is that most labels have met, has gradients of 0 without
//! a look at its connections. Of others most vectors are 0: an input that many of the examples have is multiplied by those
//! alone that are not, in the same order, so with the same bits but for the sign of a zero.
use super::lists::{Index, Lists, Narrow, Wide, LIST_TILE};
use super::spmm_listed::{Had, Places};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `gradient[s]` is the sum over the places of the token of s, of `dy[row of s]` times weights.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/sddmm_listed.ts` declares.
pub unsafe fn sddmm_listed(args: Args, share: Share) {
    let (rows, inputs) = (args.word(7), args.word(8));
    let (positions, columns, capacity) = (args.word(9), args.word(10), args.word(12));
    let lists = Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows };
    let places = Places::of(
        [args.word(2), args.word(3), args.word(4)],
        [inputs, args.word(11), positions, columns],
        share,
    );
    let (dy, gradient) = (args.word(5) as *const f32, args.write::<f32>(6));
    let active = places.spare(positions);
    let call = Call { lists, dy, gradient, columns, places, active };
    let part = lists.share(share.thread, share.threads);
    if args.word(13) != 0 {
        call.rows::<Wide>(part);
    } else {
        call.rows::<Narrow>(part);
    }
    let used = lists.slots(rows);
    let tail = share.range(capacity - used);
    core::ptr::write_bytes(gradient.add(used + tail.start), 0, tail.len());
}

struct Call {
    lists: Lists,
    dy: *const f32,
    gradient: *mut f32,
    columns: usize,
    places: Places,
    /// Room for the vectors of a row.
    active: *mut u32,
}

impl Call {
    unsafe fn rows<I: Index>(&self, rows: core::ops::Range<usize>) {
        for row in rows {
            let dy = self.dy.add(row * self.columns);
            let list = self.lists.row(row);
            let whole = list.end.next_multiple_of(LIST_TILE);
            let mut from = list.start;
            let active = self.active(dy);
            if !active.is_empty() {
                for slot in list.clone() {
                    let had = self.places.of_input(I::one(self.lists.index, slot));
                    *self.gradient.add(slot) = match had {
                        Had::Few(places) => places.iter().fold(0.0, |sum, place| {
                            sum + *dy.add(place.column as usize) * place.weight
                        }),
                        Had::Many(x) => product(dy, x, active),
                    };
                }
                from = list.end;
            }
            core::ptr::write_bytes(self.gradient.add(from), 0, whole - from);
        }
    }

    /// Where the vectors of a row of `dy` begin that are not 0.
    #[inline(always)]
    unsafe fn active(&self, dy: *const f32) -> &[u32] {
        let mut found = 0;
        for column in (0..self.columns).step_by(4) {
            *self.active.add(found) = column as u32;
            found += usize::from(!F32x4::load(dy.add(column)).vanishes());
        }
        core::slice::from_raw_parts(self.active, found)
    }
}

/// The sum over the columns of some vectors of `dy * x`.
#[inline(always)]
unsafe fn product(dy: *const f32, x: *const f32, vectors: &[u32]) -> f32 {
    let mut sums = F32x4::zero();
    for &column in vectors {
        let column = column as usize;
        sums = sums.madd(F32x4::load(dy.add(column)), F32x4::load(x.add(column)));
    }
    sums.sum()
}
