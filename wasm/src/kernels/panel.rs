//! The dense product out of packed panels: the loops of Goto and van de Geijn (2008) around a
//! register tile of 4 x 8.
//!
//! `a` is packed as `[rows / 4][depth][4]` and `b` as `[columns / 8][depth][8]`, so that one step
//! along the sum reads one vector of `a` and two of `b`. Eight accumulators, the two vectors of `b`
//! and a turned vector of `a` fit the sixteen registers of x64. Blocks along the sum begin at
//! multiples of [`DEPTH`] whoever computes them: an element has the same bits on any thread.
//!
//! Slower, in registers alone: tiles of 2 x 16, 3 x 12, 4 x 12 and 6 x 8, and reading each element of
//! `a` spread over four lanes, which trades a shuffle for a check of bounds. A tile of 5 x 8 gains a
//! tenth with fused multiply-add and nothing without. Blocks of 512 steps or 256 rows change nothing.
use core::array::from_fn;
use core::ops::Range;

use super::epilogue::Epilogue;
use crate::simd::F32x4;

/// Rows of the register tile.
pub const TILE_ROWS: usize = 4;
/// Columns of the register tile.
pub const TILE_COLUMNS: usize = 8;
/// Steps of the sum that are packed at a time: a panel of `b` stays in the first-level cache.
pub const DEPTH: usize = 256;
/// Rows of `a` that are packed at a time.
pub const ROWS: usize = 128;
/// Columns of `b` that are packed at a time; with the rows of `a` they stay in the second level.
pub const COLUMNS: usize = 512;

/// A factor of a product, seen as lines (rows of `a`, columns of `b`) along the sum.
pub trait Pack {
    /// Packs lines as `[lines / WIDTH][depth][WIDTH]`, both filled up with zeros, depth to a multiple
    /// of 4. `lines` begin at a multiple of `WIDTH`, and `steps`, at most [`DEPTH`], at a multiple of it.
    ///
    /// # Safety
    /// The factor must hold the lines and steps, and `to` the room.
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        to: *mut f32,
    );
}

/// A factor that is a matrix. One of the two strides is 1.
#[derive(Clone, Copy)]
pub struct Factor {
    /// First element.
    pub data: *const f32,
    /// Elements from one line to the next.
    pub line: usize,
    /// Elements from one step of the sum to the next.
    pub depth: usize,
}

/// Where a product goes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Element (0, 0).
    pub data: *mut f32,
    /// Elements from one row to the next.
    pub stride: usize,
    /// What happens to an element before it is stored for good.
    pub epilogue: Epilogue,
    /// Where a column lies in its row, if not at its number.
    pub spread: Option<Spread>,
    /// Whether the product is added to what is there.
    pub onto: bool,
}

impl Target {
    /// Where column `column`, with the seven that follow it, lies in its row.
    #[inline(always)]
    fn place(&self, column: usize) -> usize {
        match self.spread {
            None => column,
            Some(Spread { run, across, step, line, first }) => {
                let (pixel, rest) = (column / run, column % run);
                first + pixel / across * line + pixel % across * step + rest
            }
        }
    }
}

/// Columns that are some of the pixels of an image, each a run.
#[derive(Clone, Copy)]
pub struct Spread {
    /// Elements of a pixel, a multiple of [`TILE_COLUMNS`].
    pub run: usize,
    /// Pixels in a row of them.
    pub across: usize,
    /// Elements from one pixel of a row to the next.
    pub step: usize,
    /// Elements from one row of pixels to the next.
    pub line: usize,
    /// Where the first one begins.
    pub first: usize,
}

/// Computes `rows` x `columns` of `a b`, sums of `depth` products, into `target`.
///
/// # Safety
/// The factors must hold the lines and steps named, the target the elements; `scratch` must be
/// aligned to 16 and hold [`scratch_floats`] floats.
pub unsafe fn multiply(
    a: impl Pack,
    b: impl Pack,
    depth: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    target: Target,
    scratch: *mut f32,
) {
    let packed_b = scratch;
    let packed_a = scratch.add(round_up(columns.len().min(COLUMNS), TILE_COLUMNS) * panel(depth));
    for column in columns.clone().step_by(COLUMNS) {
        let wide = COLUMNS.min(columns.end - column);
        // An empty sum has one empty block, so that its elements are written too.
        for from in (0..depth.max(1)).step_by(DEPTH) {
            let deep = DEPTH.min(depth - from);
            b.pack::<TILE_COLUMNS>(column..column + wide, from..from + deep, packed_b);
            for row in rows.clone().step_by(ROWS) {
                let high = ROWS.min(rows.end - row);
                a.pack::<TILE_ROWS>(row..row + high, from..from + deep, packed_a);
                let block = Block {
                    first: from == 0 && !target.onto,
                    last: from + deep == depth,
                    depth: round_up(deep, 4),
                };
                block.multiply(packed_a, packed_b, row..row + high, column..column + wide, target);
            }
        }
    }
}

/// Floats of scratch that [`multiply`] needs for at most these sizes. Mirrored by
/// `src/ops/kernels/gemm.ts`.
pub fn scratch_floats(rows: usize, columns: usize, depth: usize) -> usize {
    let lines = round_up(columns.min(COLUMNS), TILE_COLUMNS) + round_up(rows.min(ROWS), TILE_ROWS);
    lines * panel(depth)
}

/// Steps of the longest packed panel.
fn panel(depth: usize) -> usize {
    round_up(depth.min(DEPTH), 4)
}

/// `n` rounded up to a multiple of `tile`.
fn round_up(n: usize, tile: usize) -> usize {
    n.div_ceil(tile) * tile
}

impl Pack for Factor {
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        mut to: *mut f32,
    ) {
        let depth = round_up(steps.len(), 4);
        let whole = if self.depth == 1 { steps.len() & !3 } else { steps.len() };
        for line in lines.clone().step_by(WIDTH) {
            let from = self.data.add(line * self.line + steps.start * self.depth);
            let full = line + WIDTH <= lines.end;
            let packed = if full { whole } else { 0 };
            if full && self.depth == 1 {
                pack_across::<WIDTH>(from, self.line, packed, to);
            } else if full {
                for step in 0..packed {
                    for i in (0..WIDTH).step_by(4) {
                        let to = to.add(step * WIDTH + i);
                        F32x4::load(from.add(step * self.depth + i)).store(to);
                    }
                }
            }
            for step in packed..depth {
                for i in 0..WIDTH {
                    let inside = step < steps.len() && line + i < lines.end;
                    let at = from.wrapping_add(i * self.line + step * self.depth);
                    *to.add(step * WIDTH + i) = if inside { *at } else { 0.0 };
                }
            }
            to = to.add(depth * WIDTH);
        }
    }
}

/// Packs `WIDTH` lines that are contiguous along the sum, `steps` (a multiple of 4) of it.
#[inline(always)]
unsafe fn pack_across<const WIDTH: usize>(
    from: *const f32,
    line: usize,
    steps: usize,
    to: *mut f32,
) {
    for i in (0..WIDTH).step_by(4) {
        let from = from.add(i * line);
        for step in (0..steps).step_by(4) {
            let rows = from_fn(|j| F32x4::load(from.add(j * line + step)));
            let to = to.add(step * WIDTH + i);
            for (j, lanes) in F32x4::transpose(rows).into_iter().enumerate() {
                lanes.store(to.add(j * WIDTH));
            }
        }
    }
}

/// One block of the sum, packed.
struct Block {
    /// Whether it begins the sums: nothing is there to add to.
    first: bool,
    /// Whether it ends them.
    last: bool,
    /// Steps, a multiple of 4.
    depth: usize,
}

/// Accumulators.
pub type Tile = [[F32x4; 2]; TILE_ROWS];

impl Block {
    unsafe fn multiply(
        &self,
        a: *const f32,
        b: *const f32,
        rows: Range<usize>,
        columns: Range<usize>,
        target: Target,
    ) {
        for column in columns.clone().step_by(TILE_COLUMNS) {
            let b = b.add((column - columns.start) * self.depth);
            for row in rows.clone().step_by(TILE_ROWS) {
                let a = a.add((row - rows.start) * self.depth);
                let tile = sum(a, b, self.depth);
                if row + TILE_ROWS <= rows.end && column + TILE_COLUMNS <= columns.end {
                    self.store(tile, row, column, target);
                } else {
                    let (high, wide) = (rows.end - row, columns.end - column);
                    self.store_edge(
                        tile,
                        row,
                        column,
                        high.min(TILE_ROWS),
                        wide.min(TILE_COLUMNS),
                        target,
                    );
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store(&self, tile: Tile, row: usize, column: usize, target: Target) {
        let place = target.place(column);
        for (i, vectors) in tile.into_iter().enumerate() {
            let start = if self.first { target.epilogue.start(row + i) } else { 0.0 };
            for (j, mut value) in vectors.into_iter().enumerate() {
                let column = place + 4 * j;
                let to = target.data.add((row + i) * target.stride + column);
                value = value + if self.first { F32x4::splat(start) } else { F32x4::load(to) };
                if self.last {
                    value = target.epilogue.finish(value, row + i, column);
                }
                value.store(to);
            }
        }
        self.finish_stored(target, [row, place], TILE_ROWS, TILE_COLUMNS);
    }

    #[cold]
    unsafe fn store_edge(
        &self,
        tile: Tile,
        row: usize,
        column: usize,
        high: usize,
        wide: usize,
        target: Target,
    ) {
        let place = target.place(column);
        for (i, vectors) in tile.into_iter().enumerate().take(high) {
            let lanes = vectors.map(F32x4::to_array);
            for (j, &lane) in lanes.as_flattened().iter().enumerate().take(wide) {
                let to = target.data.add((row + i) * target.stride + place + j);
                let mut value =
                    lane + if self.first { target.epilogue.start(row + i) } else { *to };
                if self.last {
                    value = target.epilogue.finish_one(value, row + i, place + j);
                }
                *to = value;
            }
        }
        self.finish_stored(target, [row, place], high, wide);
    }

    /// Behind the loops, where no vector of the tile is in a register any more.
    #[inline(always)]
    unsafe fn finish_stored(&self, target: Target, place: [usize; 2], high: usize, wide: usize) {
        if self.last {
            target.epilogue.finish_stored(target.data, target.stride, high, wide, place);
        }
    }
}

/// The products of four packed rows and eight packed columns, summed over `depth` steps.
///
/// A step multiplies the columns by the four rows as they lie, then turned round by one, two and
/// three lanes: three shuffles where spreading each row takes four, and shuffles are what limits
/// the product on some cores. Sum `turn` of lane i is thus of row `i + turn`, counted round.
///
/// # Safety
/// The panels must hold as many steps.
#[inline(always)]
pub unsafe fn sum(mut a: *const f32, mut b: *const f32, depth: usize) -> Tile {
    let mut turned = [[F32x4::zero(); 2]; TILE_ROWS];
    let end = a.add(depth * TILE_ROWS);
    // One step at a time: unrolled here, the compiler would add up a sum's products before it turns
    // to the next and run out of registers. V8 unrolls the loop itself.
    while a < end {
        let rows = F32x4::load(a);
        let left = F32x4::load(b);
        let right = F32x4::load(b.add(4));
        let turns = [rows, rows.rotate::<1>(), rows.rotate::<2>(), rows.rotate::<3>()];
        for (sums, rows) in turned.iter_mut().zip(turns) {
            sums[0] = sums[0].madd(rows, left);
            sums[1] = sums[1].madd(rows, right);
        }
        a = a.add(TILE_ROWS);
        b = b.add(TILE_COLUMNS);
    }
    from_fn(|row| {
        from_fn(|half| F32x4::diagonal(from_fn(|lane| turned[(row + TILE_ROWS - lane) % 4][half])))
    })
}
