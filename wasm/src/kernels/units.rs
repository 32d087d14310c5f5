//! Matrices of units (see `src/ops/kernels/block_spmm.ts`): what their three products share. A unit
//! is `height` rows by `width` inputs; its values lie as `[width][height]`, its rows innermost.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use super::epilogue::{Epilogue, BIAS};
use super::lists::{Index, Lists, LIST_TILE};
use crate::simd::F32x4;

/// Columns of a panel: those of the register tile.
pub const PANEL: usize = 8;
/// Rows of the register tile.
pub const QUAD: usize = 4;

/// A matrix of units.
#[derive(Clone, Copy)]
pub struct Units {
    /// One list for every row of units; an entry is a column of units.
    pub lists: Lists,
    /// Rows of connections.
    pub rows: usize,
    /// Inputs of connections.
    pub inputs: usize,
    /// Rows of a unit, a multiple of 4.
    pub height: usize,
    /// Inputs of a unit: 1 or a multiple of 4.
    pub width: usize,
}

impl Units {
    /// The matrix of the given lists.
    pub fn new(
        span: usize,
        index: usize,
        [rows, inputs]: [usize; 2],
        [height, width]: [usize; 2],
    ) -> Self {
        let (span, index) = (span as *const u32, index as *const u32);
        let lists = Lists { span, index, rows: rows.div_ceil(height) };
        Self { lists, rows, inputs, height, width }
    }

    /// Rows of list `list` that lie inside the matrix.
    #[inline(always)]
    pub fn rows_of(&self, list: usize) -> usize {
        self.height.min(self.rows - list * self.height)
    }

    /// Slots up to the end of the last list, its padding included: lists of group slots have one.
    ///
    /// # Safety
    /// The lists must be readable.
    pub unsafe fn used(&self) -> usize {
        match self.lists.rows {
            0 => 0,
            lists => self.padded(self.lists.row(lists - 1).end),
        }
    }

    /// Where the padding behind a list that ends at `end` ends.
    pub fn padded(&self, end: usize) -> usize {
        if self.width == 1 {
            end.next_multiple_of(LIST_TILE)
        } else {
            end
        }
    }
}

/// Four rows by eight columns, in registers.
pub type RegisterTile = [[F32x4; 2]; QUAD];

/// The products of four rows of values, `stride` apart from one step to the next, and a packed panel
/// of eight columns, summed over `depth` steps. The turns are those of `panel.rs`.
///
/// # Safety
/// The values and the panel must be readable over `depth` steps.
#[inline(always)]
pub unsafe fn sum(
    mut values: *const f32,
    stride: usize,
    mut panel: *const f32,
    depth: usize,
) -> RegisterTile {
    let mut turned = [[F32x4::zero(); 2]; QUAD];
    let end = panel.add(depth * PANEL);
    while panel < end {
        step(&mut turned, values, panel);
        values = values.add(stride);
        panel = panel.add(PANEL);
    }
    straight(turned)
}

/// The same over the blocks `slots`: each reads its inputs where they lie in the panel. `values` are
/// those of slot 0. `SPREAD` reads each row spread over the lanes, which has the same bits: a step takes
/// more checks of bounds then, but nothing is turned back, which is faster for sums of few steps.
///
/// # Safety
/// As for [`sum`]; `index` must hold the slots.
#[inline(always)]
pub unsafe fn sum_blocks<I: Index, const SPREAD: bool>(
    index: *const u32,
    slots: Range<usize>,
    values: *const f32,
    [height, width]: [usize; 2],
    panel: *const f32,
) -> RegisterTile {
    let mut sums = [[F32x4::zero(); 2]; QUAD];
    let mut values = values.add(slots.start * width * height);
    for slot in slots {
        let mut x = panel.add(I::one(index, slot) * width * PANEL);
        let end = x.add(width * PANEL);
        while x < end {
            add::<SPREAD>(&mut sums, values, x);
            values = values.add(height);
            x = x.add(PANEL);
        }
    }
    if SPREAD {
        sums
    } else {
        straight(sums)
    }
}

/// The same over the group slots `slots`.
///
/// # Safety
/// As for [`sum_blocks`]; the list must begin at a multiple of [`LIST_TILE`].
#[inline(always)]
pub unsafe fn sum_slots<I: Index>(
    index: *const u32,
    slots: Range<usize>,
    values: *const f32,
    height: usize,
    panel: *const f32,
) -> RegisterTile {
    let mut turned = [[F32x4::zero(); 2]; QUAD];
    let Range { start: mut slot, end } = slots;
    let mut values = values.add(slot * height);
    // A way out after each slot, as in `spmm`.
    while slot < end {
        let inputs = I::four(index, slot).map(|input| panel.add(input * PANEL));
        step(&mut turned, values, inputs[0]);
        if slot + 1 == end {
            break;
        }
        step(&mut turned, values.add(height), inputs[1]);
        if slot + 2 == end {
            break;
        }
        step(&mut turned, values.add(2 * height), inputs[2]);
        if slot + 3 == end {
            break;
        }
        step(&mut turned, values.add(3 * height), inputs[3]);
        values = values.add(LIST_TILE * height);
        slot += LIST_TILE;
    }
    straight(turned)
}

/// Adds the products of four rows and eight columns; sum `turn` of lane i is of row `i + turn`, counted
/// round.
#[inline(always)]
unsafe fn step(turned: &mut RegisterTile, values: *const f32, panel: *const f32) {
    let rows = F32x4::load(values);
    let left = F32x4::load(panel);
    let right = F32x4::load(panel.add(4));
    let turns = [rows, rows.rotate::<1>(), rows.rotate::<2>(), rows.rotate::<3>()];
    for (sums, rows) in turned.iter_mut().zip(turns) {
        sums[0] = sums[0].madd(rows, left);
        sums[1] = sums[1].madd(rows, right);
    }
}

/// Adds the products of four rows and eight columns; with each row spread, sum i is of row i.
#[inline(always)]
unsafe fn add<const SPREAD: bool>(sums: &mut RegisterTile, values: *const f32, panel: *const f32) {
    if !SPREAD {
        return step(sums, values, panel);
    }
    let left = F32x4::load(panel);
    let right = F32x4::load(panel.add(4));
    for (i, sums) in sums.iter_mut().enumerate() {
        let value = F32x4::spread(values.add(i));
        sums[0] = sums[0].madd(value, left);
        sums[1] = sums[1].madd(value, right);
    }
}

/// Turns the sums back: row by row.
#[inline(always)]
fn straight(turned: RegisterTile) -> RegisterTile {
    from_fn(|row| {
        from_fn(|half| F32x4::diagonal(from_fn(|lane| turned[(row + QUAD - lane) % 4][half])))
    })
}

/// Stores the elements of a tile that lie inside a matrix of `rows` x `columns`, of which the first
/// is (`row`, `column`).
///
/// # Safety
/// `y` must be such a matrix, and so must a gate of the epilogue.
#[inline(always)]
pub unsafe fn store(
    tile: RegisterTile,
    [row, column]: [usize; 2],
    [rows, columns]: [usize; 2],
    epilogue: Epilogue,
    y: *mut f32,
) {
    let whole = row + QUAD <= rows && column + PANEL <= columns;
    if whole && epilogue.kind <= BIAS {
        // What most products do, without a choice for every vector.
        for (i, [left, right]) in tile.into_iter().enumerate() {
            let start = F32x4::splat(epilogue.start(row + i));
            let to = y.add((row + i) * columns + column);
            (start + left).store(to);
            (start + right).store(to.add(4));
        }
        return;
    }
    for (i, vectors) in tile.into_iter().enumerate() {
        if row + i >= rows {
            break;
        }
        let start = F32x4::splat(epilogue.start(row + i));
        for (j, value) in vectors.into_iter().enumerate() {
            let column = column + 4 * j;
            let to = y.add((row + i) * columns + column);
            let value = start + value;
            if whole || column + 4 <= columns {
                epilogue.finish(value, row + i, column).store(to);
            } else {
                for (k, value) in value.to_array().into_iter().enumerate() {
                    if column + k < columns {
                        *to.add(k) = epilogue.finish_one(value, row + i, column + k);
                    }
                }
            }
        }
    }
    // Behind the loop, where no vector of the tile is in a register any more.
    let lines = QUAD.min(rows - row);
    epilogue.finish_stored(y, columns, lines, PANEL.min(columns - column), [row, column]);
}

/// Copies the `wide` elements at `from`, at most eight, and fills up with zeros.
///
/// # Safety
/// They must be readable, and `to` hold eight floats.
#[inline(always)]
pub unsafe fn copy_panel(from: *const f32, wide: usize, to: *mut f32) {
    for i in (0..PANEL).step_by(4) {
        let lanes = Lanes::first(wide.saturating_sub(i));
        lanes.load(from.wrapping_add(i)).store(to.add(i));
    }
}

/// Zeros `length` floats.
///
/// # Safety
/// They must be writable.
pub unsafe fn zero(data: *mut f32, length: usize) {
    core::ptr::write_bytes(data, 0, length);
}
