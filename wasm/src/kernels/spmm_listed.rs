//! `spmm_listed`: sparse product with sparse features. See `src/ops/kernels/spmm_listed.ts`.
//!
//! Threads share the rows. Column and weight of each place are laid down next to each other first, in the order of the lists: a
//! thousand or two for a chunk of rows that asks for them tens of thousands of times. An input that many of the examples have, as
//! texts have the commonest words, is laid down as a row of all columns, which is added four at a time.
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

/// A list is common where it has more places than a part of so many of the columns. As in `src/ops/kernels/spmm_listed.ts`.
const COMMON: usize = 8;
/// Inputs that are looked at together.
const STRIDE: usize = 8;

/// What the examples have of an input.
pub enum Had<'a> {
    /// Nothing but these places.
    Few(&'a [Place]),
    /// A row of all columns.
    Many(*const f32),
}

/// The places of all inputs of a matrix.
#[derive(Clone, Copy)]
pub struct Places {
    /// Where the list of each input begins, and where the last one ends.
    start: *const u32,
    all: *const Place,
    /// Rows of the lists that are common; the first place of such a list says which.
    rows: *const f32,
    columns: usize,
}

impl Places {
    /// Lays the places of the lists down in the order of these.
    ///
    /// # Safety
    /// `lists` must be start, order and weights of the kernel, and scratch memory as large as it declares.
    pub unsafe fn of(
        [start, order, weights]: [usize; 3],
        [inputs, first, positions, columns]: [usize; 4],
        share: Share,
    ) -> Self {
        let start = (start as *const u32).add(first);
        let (order, weights) = (order as *const u32, weights as *const f32);
        let all: *mut Place = share.scratch.cast();
        let rows: *mut f32 = all.add(positions * columns).cast();
        let mut common = 0;
        // Most inputs have no place: eight of these are passed by at a time.
        for first in (0..inputs).step_by(STRIDE) {
            let behind = inputs.min(first + STRIDE);
            if *start.add(first) == *start.add(behind) {
                continue;
            }
            for input in first..behind {
                let list = *start.add(input) as usize..*start.add(input + 1) as usize;
                let (begin, row) = (list.start, rows.add(common * columns));
                let is_common = COMMON * list.len() > columns;
                if is_common {
                    core::ptr::write_bytes(row, 0, columns);
                }
                for at in list {
                    let place = *order.add(at) as usize;
                    let (column, weight) = (place % columns, *weights.add(place));
                    *all.add(at) = Place { column: column as u32, weight };
                    if is_common {
                        *row.add(column) += weight;
                    }
                }
                if is_common {
                    (*all.add(begin)).column = common as u32;
                    common += 1;
                }
            }
        }
        Self { start, all, rows, columns }
    }

    /// A row of all columns that no list takes, whatever there is: a common one has more than a part of [`COMMON`] of the columns, so
    /// that fewer than [`COMMON`] times the positions are common.
    pub fn spare(&self, positions: usize) -> *mut u32 {
        self.rows.wrapping_add((COMMON * positions - 1) * self.columns).cast_mut().cast()
    }

    /// What the examples have of an input.
    ///
    /// # Safety
    /// There must be such an input.
    #[inline(always)]
    pub unsafe fn of_input(&self, input: usize) -> Had<'_> {
        let ends = self.start.add(input).cast::<u64>().read_unaligned();
        let (begin, end) = (ends as u32 as usize, (ends >> 32) as usize);
        let places = self.all.add(begin);
        if COMMON * (end - begin) > self.columns {
            return Had::Many(self.rows.add((*places).column as usize * self.columns));
        }
        Had::Few(core::slice::from_raw_parts(places, end - begin))
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
                match self.places.of_input(I::one(self.lists.index, slot)) {
                    Had::Few(places) => {
                        for place in places {
                            *y.add(place.column as usize) += *self.values.add(slot) * place.weight;
                        }
                    }
                    Had::Many(x) => {
                        let value = F32x4::spread(self.values.add(slot));
                        for column in (0..self.columns).step_by(4) {
                            let sum = F32x4::load(y.add(column));
                            sum.madd(value, F32x4::load(x.add(column))).store(y.add(column));
                        }
                    }
                }
            }
        }
    }
}
