//! `spmm_listed`: sparse product with sparse features. See `src/ops/kernels/spmm_listed.ts`.
//!
//! Threads share the rows. Column and weight of each place are laid down next to each other first, in the order of the lists: a
//! thousand or two for a chunk of rows that asks for them tens of thousands of times.
use super::lists::{Index, Lists, Narrow, Wide};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = W x + bias`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/spmm_listed.ts` declares.
pub unsafe fn spmm_listed(args: Args, share: Share) {
    let (rows, inputs) = (args.word(8), args.word(9));
    let (positions, columns) = (args.word(10), args.word(11));
    let lists = Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows };
    let places = Places::of(
        [args.word(3), args.word(4), args.word(5)],
        [inputs, args.word(12), positions, columns],
        share,
    );
    let call = Call {
        lists,
        values: args.word(2) as *const f32,
        bias: args.word(6) as *const f32,
        y: args.write(7),
        columns,
        places,
    };
    let part = lists.share(share.thread, share.threads);
    if args.word(14) != 0 {
        call.rows::<Wide>(part);
    } else {
        call.rows::<Narrow>(part);
    }
}

/// A place: its column, and what its weight is.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Place {
    /// Which example.
    pub column: u32,
    /// What it has of the token.
    pub weight: f32,
}

/// The places of all inputs of a matrix.
#[derive(Clone, Copy)]
pub struct Places {
    /// Where the list of each input begins, and where the last one ends.
    start: *const u32,
    all: *const Place,
}

impl Places {
    /// Lays the places of the lists down in the order of these.
    ///
    /// # Safety
    /// `lists` must be start, order and weights of the kernel, and scratch memory hold its places.
    pub unsafe fn of(
        [start, order, weights]: [usize; 3],
        [inputs, first, positions, columns]: [usize; 4],
        share: Share,
    ) -> Self {
        let start = (start as *const u32).add(first);
        let (order, weights) = (order as *const u32, weights as *const f32);
        let all: *mut Place = share.scratch.cast();
        let end = (*start.add(inputs) as usize).min(positions * columns);
        for at in *start as usize..end {
            let place = *order.add(at) as usize;
            let column = (place % columns) as u32;
            *all.add(at) = Place { column, weight: *weights.add(place) };
        }
        Self { start, all }
    }

    /// The places of an input.
    ///
    /// # Safety
    /// There must be such an input.
    #[inline(always)]
    pub unsafe fn of_input(&self, input: usize) -> &[Place] {
        let ends = self.start.add(input).cast::<u64>().read_unaligned();
        let (begin, end) = (ends as u32 as usize, (ends >> 32) as usize);
        core::slice::from_raw_parts(self.all.add(begin), end - begin)
    }
}

struct Call {
    lists: Lists,
    values: *const f32,
    bias: *const f32,
    y: *mut f32,
    columns: usize,
    places: Places,
}

impl Call {
    unsafe fn rows<I: Index>(&self, rows: core::ops::Range<usize>) {
        for row in rows {
            let y = self.y.add(row * self.columns);
            let bias = F32x4::spread(self.bias.add(row));
            for column in (0..self.columns).step_by(4) {
                bias.store(y.add(column));
            }
            for slot in self.lists.row(row) {
                let places = self.places.of_input(I::one(self.lists.index, slot));
                if places.is_empty() {
                    continue;
                }
                let value = *self.values.add(slot);
                for place in places {
                    *y.add(place.column as usize) += value * place.weight;
                }
            }
        }
    }
}
