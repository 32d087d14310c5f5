//! Connection lists (see `src/ops/kernels/spmm.ts`): reading them, sharing them out, and the column
//! tiles of an activation that the kernels gather from.
use core::ops::Range;

use crate::simd::F32x4;

/// Columns of a tile: 8 vectors, one accumulator each.
pub const TILE: usize = 32;
/// Vectors of a tile.
pub const VECTORS: usize = TILE / 4;
/// Connections in one step; lists begin at multiples of it and are padded to it.
pub const LIST_TILE: usize = 4;
/// What a row costs beside its connections, in connections.
const ROW_COST: u64 = 4;

/// How the inputs of connections are stored.
pub trait Index {
    /// Words that the inputs of [`LIST_TILE`] connections take.
    const WORDS: usize;

    /// Where the elements lie that four connections read, whose inputs are the words from `index` on.
    ///
    /// # Safety
    /// `index` must hold them. What is given for padding may lie anywhere.
    unsafe fn elements(index: *const u32, of: Elements) -> [*const f32; 4];

    /// Inputs of the four connections from `slot` on.
    ///
    /// # Safety
    /// `index` must hold them; `slot` must be a multiple of 4.
    unsafe fn four(index: *const u32, slot: usize) -> [usize; 4];

    /// Input of one connection, at any slot.
    ///
    /// # Safety
    /// `index` must hold it.
    unsafe fn one(index: *const u32, slot: usize) -> usize;

    /// Writes the number of one connection, at any slot.
    ///
    /// # Safety
    /// `index` must have room for it, and the number fit.
    unsafe fn put(index: *mut u32, slot: usize, number: usize);
}

/// u16, two to a word.
pub struct Narrow;

impl Index for Narrow {
    const WORDS: usize = 2;

    #[inline(always)]
    unsafe fn elements(index: *const u32, of: Elements) -> [*const f32; 4] {
        let packed = index.cast::<u64>().read_unaligned();
        let ([a, c], [b, d]) = (of.two(packed & of.halves), of.two(packed >> 16 & of.halves));
        [a, b, c, d]
    }

    #[inline(always)]
    unsafe fn four(index: *const u32, slot: usize) -> [usize; 4] {
        let packed = index.add(slot / 2).cast::<u64>().read_unaligned();
        let (low, high) = (packed as u32 as usize, (packed >> 32) as usize);
        [low & 0xffff, low >> 16, high & 0xffff, high >> 16]
    }

    #[inline(always)]
    unsafe fn one(index: *const u32, slot: usize) -> usize {
        usize::from(*index.cast::<u16>().add(slot))
    }

    #[inline(always)]
    unsafe fn put(index: *mut u32, slot: usize, number: usize) {
        *index.cast::<u16>().add(slot) = number as u16;
    }
}

/// u32.
pub struct Wide;

impl Index for Wide {
    const WORDS: usize = 4;

    #[inline(always)]
    unsafe fn elements(index: *const u32, of: Elements) -> [*const f32; 4] {
        let ([a, b], [c, d]) = (
            of.two(index.cast::<u64>().read_unaligned()),
            of.two(index.add(2).cast::<u64>().read_unaligned()),
        );
        [a, b, c, d]
    }

    #[inline(always)]
    unsafe fn four(index: *const u32, slot: usize) -> [usize; 4] {
        let low = index.add(slot).cast::<u64>().read_unaligned();
        let high = index.add(slot + 2).cast::<u64>().read_unaligned();
        [low as u32 as usize, (low >> 32) as usize, high as u32 as usize, (high >> 32) as usize]
    }

    #[inline(always)]
    unsafe fn one(index: *const u32, slot: usize) -> usize {
        *index.add(slot) as usize
    }

    #[inline(always)]
    unsafe fn put(index: *mut u32, slot: usize, number: usize) {
        *index.add(slot) = number as u32;
    }
}

/// A vector that connections read one by one. Addresses are made two at a time, in the halves of a word of 64 bits.
#[derive(Clone, Copy)]
pub struct Elements {
    data: *const f32,
    /// The lower 16 bits of both halves. The compiler does not know them: it would move the scaling of
    /// inputs to bytes before the mask, where V8 cannot make one instruction of it and the addition.
    halves: u64,
}

impl Elements {
    /// The vector that begins at `data`.
    pub fn of(data: *const f32) -> Self {
        Self { data, halves: core::hint::black_box(0xffff_0000_ffff) }
    }

    /// Where the elements lie whose numbers are the halves of `inputs`, the lower one first.
    #[inline(always)]
    fn two(self, inputs: u64) -> [*const f32; 2] {
        if cfg!(target_pointer_width = "32") {
            let data = self.data as u64;
            // No sum leaves its half: elements lie below 2^32.
            let places = (data << 32 | data).wrapping_add(inputs << 2);
            [places as u32 as *const f32, (places >> 32) as *const f32]
        } else {
            [inputs as u32 as usize, (inputs >> 32) as usize].map(|i| self.data.wrapping_add(i))
        }
    }
}

/// The lists of all rows.
#[derive(Clone, Copy)]
pub struct Lists {
    /// (begin, end) of each row, in slots.
    pub span: *const u32,
    /// Inputs, as [`Narrow`] or [`Wide`].
    pub index: *const u32,
    /// Number of rows.
    pub rows: usize,
}

impl Lists {
    /// Slots of a row without its padding.
    ///
    /// # Safety
    /// `row` must be a row.
    #[inline(always)]
    pub unsafe fn row(&self, row: usize) -> Range<usize> {
        *self.span.add(2 * row) as usize..*self.span.add(2 * row + 1) as usize
    }

    /// Input of one connection, at any slot, of an index that is [`Wide`] or [`Narrow`].
    ///
    /// # Safety
    /// The index must hold it.
    #[inline(always)]
    pub unsafe fn input(&self, slot: usize, wide: bool) -> usize {
        if wide {
            Wide::one(self.index, slot)
        } else {
            Narrow::one(self.index, slot)
        }
    }

    /// Slots of `rows` rows from the first on, padding included.
    ///
    /// # Safety
    /// `rows` must not exceed the number of rows.
    pub unsafe fn slots(&self, rows: usize) -> usize {
        match rows {
            0 => 0,
            _ => (self.row(rows - 1).end).next_multiple_of(LIST_TILE),
        }
    }

    /// What the first `rows` rows cost: their connections and a little for each.
    ///
    /// # Safety
    /// `rows` must not exceed the number of rows.
    pub unsafe fn cost(&self, rows: usize) -> u64 {
        self.slots(rows) as u64 + rows as u64 * ROW_COST
    }

    /// The first row at which the rows before it cost at least `cost`.
    ///
    /// # Safety
    /// The span must be readable.
    pub unsafe fn row_at(&self, cost: u64) -> usize {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = (low + high) / 2;
            if self.cost(middle) < cost {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The share of rows of one of `threads` threads: contiguous, disjoint, of about equal cost.
    ///
    /// # Safety
    /// The span must be readable.
    pub unsafe fn share(&self, thread: usize, threads: usize) -> Range<usize> {
        let total = self.cost(self.rows);
        let at = |thread: usize| self.row_at(total * thread as u64 / threads as u64);
        at(thread)..at(thread + 1)
    }
}

/// A tile of columns of a matrix: element (row, column) is at `data + row * stride + column`.
#[derive(Clone, Copy)]
pub struct Tile {
    /// First element.
    pub data: *const f32,
    /// Elements from one row to the next.
    pub stride: usize,
}

/// Connections per row of the gathered matrix from which copying a tile of it pays.
const WORTH_PACKING: usize = 4;

impl Tile {
    /// The tile of `matrix` (`rows` x `columns`) from `column` on, packed into `scratch` where that
    /// pays for `connections` connections.
    ///
    /// # Safety
    /// The matrix must be readable and `scratch` hold `rows * TILE` floats.
    pub unsafe fn of(
        matrix: *const f32,
        rows: usize,
        columns: usize,
        column: usize,
        connections: usize,
        scratch: *mut f32,
    ) -> Self {
        let from = matrix.add(column);
        if columns == TILE || connections < WORTH_PACKING * rows {
            return Self { data: from, stride: columns };
        }
        for row in 0..rows {
            let (from, to) = (from.add(row * columns), scratch.add(row * TILE));
            // Vector by vector: a copy of an array would become `memory.copy`, a call in V8.
            for i in (0..TILE).step_by(4) {
                F32x4::load(from.add(i)).store(to.add(i));
            }
        }
        Self { data: scratch, stride: TILE }
    }

    /// Where the 32 elements of a row begin.
    ///
    /// # Safety
    /// The row must lie in the matrix.
    #[inline(always)]
    pub unsafe fn row<const PACKED: bool>(&self, row: usize) -> *const f32 {
        self.data.add(row * if PACKED { TILE } else { self.stride })
    }
}

/// `sums` plus the products of the connections `slots`: their values with the rows of `x` that `index` says.
///
/// # Safety
/// `index` and `values` must hold the slots, the first a multiple of [`LIST_TILE`], and be readable to the next multiple of it;
/// `x` must have the rows.
#[inline(always)]
pub unsafe fn sum<I: Index, const PACKED: bool>(
    index: *const u32,
    values: *const f32,
    slots: Range<usize>,
    x: Tile,
    mut sums: [F32x4; VECTORS],
) -> [F32x4; VECTORS] {
    let Range { start: mut slot, end } = slots;
    // A way out after each connection keeps the compiler from merging the four additions to a
    // sum into one expression, which reads the inputs in an order that caches dislike.
    while slot < end {
        let rows = I::four(index, slot).map(|row| x.row::<PACKED>(row));
        let values = F32x4::load(values.add(slot));
        add(&mut sums, values.lane::<0>(), rows[0]);
        if slot + 1 == end {
            break;
        }
        add(&mut sums, values.lane::<1>(), rows[1]);
        if slot + 2 == end {
            break;
        }
        add(&mut sums, values.lane::<2>(), rows[2]);
        if slot + 3 == end {
            break;
        }
        add(&mut sums, values.lane::<3>(), rows[3]);
        slot += LIST_TILE;
    }
    sums
}

#[inline(always)]
unsafe fn add(sums: &mut [F32x4; VECTORS], value: F32x4, x: *const f32) {
    for (i, sum) in sums.iter_mut().enumerate() {
        *sum = sum.madd(value, F32x4::load(x.add(4 * i)));
    }
}

/// Vectors that are looked at to guess how many of all are 0.
const LOOKS: usize = 256;

/// Whether of some vectors of an activation, spread over all, fewer than a third are not 0: then it pays to leave out those
/// that are. A guess of what is faster, never of what is right.
///
/// # Safety
/// `length` floats, a multiple of four, must be readable.
pub unsafe fn vanishes_mostly(data: *const f32, length: usize) -> bool {
    let vectors = length / 4;
    let looks = vectors.min(LOOKS);
    let mut found = 0;
    for look in 0..looks {
        // Columns alternate, whatever their number.
        let vector = (look as u64 * vectors as u64 / looks as u64) as usize;
        let vector = (vector + look % VECTORS).min(vectors - 1);
        found += usize::from(!F32x4::load(data.add(4 * vector)).vanishes());
    }
    3 * found < looks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists of 0, 4, 8, ... connections: the last row has twice the mean.
    fn uneven(rows: usize) -> Vec<u32> {
        let mut begin = 0;
        let mut span = Vec::new();
        for row in 0..rows as u32 {
            span.extend([begin, begin + 4 * row]);
            begin += 4 * row;
        }
        span
    }

    #[test]
    fn elements_are_those_that_the_index_names() {
        let data: Vec<f32> = (0..70_000).map(|i| i as f32).collect();
        let of = Elements::of(data.as_ptr());
        let (narrow, wide) = ([65_535 << 16 | 3, 7 << 16], [3, 69_999, 0, 7]);
        // SAFETY: four inputs each, all of which the data have.
        let (narrow, wide) = unsafe {
            let read = |element: *const f32| *element;
            (
                Narrow::elements(narrow.as_ptr(), of).map(read),
                Wide::elements(wide.as_ptr(), of).map(read),
            )
        };
        assert_eq!(narrow, [3.0, 65_535.0, 0.0, 7.0]);
        assert_eq!(wide, [3.0, 69_999.0, 0.0, 7.0]);
    }

    #[test]
    fn share_divides_uneven_rows_by_their_connections() {
        for rows in [1, 2, 7, 100, 1000] {
            let span = uneven(rows);
            let lists = Lists { span: span.as_ptr(), index: core::ptr::null(), rows };
            for threads in [1, 2, 3, 8] {
                // SAFETY: the span holds all rows.
                let (total, longest) = unsafe { (lists.cost(rows), lists.row(rows - 1).len()) };
                let mut next = 0;
                for thread in 0..threads {
                    // SAFETY: as above.
                    let (part, cost) = unsafe {
                        let part = lists.share(thread, threads);
                        let cost = lists.cost(part.end) - lists.cost(part.start);
                        (part, cost)
                    };
                    assert_eq!(part.start, next);
                    next = part.end;
                    // Equal to within a row.
                    let even = total as f64 / threads as f64;
                    let allowed = longest as f64 + ROW_COST as f64 + 1.0;
                    assert!((cost as f64 - even).abs() <= allowed, "{cost} of {total}");
                }
                assert_eq!(next, rows);
            }
        }
    }
}
