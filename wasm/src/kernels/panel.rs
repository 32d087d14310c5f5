//! The dense product out of packed panels: the loops of Goto and van de Geijn (2008) around a
//! register tile of 4 x 8, or of 5 x 8 where a multiply-add is one instruction.
//!
//! `a` is packed as `[rows / 5][depth][5]`, then `[rows / 4][depth][4]`, and `b` as
//! `[columns / 8][depth][8]`, so that one step along the sum reads one vector of `a`, a fifth row
//! spread over another, and two of `b`. Ten accumulators, the two vectors of `b` and a turned vector of
//! `a` fit the fifteen registers that V8 has on x64. Blocks along the sum begin at multiples of
//! [`DEPTH`] whoever computes them: an element has the same bits on any thread, and in either tile.
//!
//! Two fused multiply-adds a cycle, of four cycles each, keep eight accumulators busy if nothing ever
//! comes between; shuffles do, so ten are faster. Where each is two instructions, these are the bound
//! and ten gain nothing. Slower: tiles of 2 x 16, 3 x 12, 4 x 12 and 6 x 8, and reading each element of
//! `a` spread over four lanes, which trades a shuffle for a check of bounds. Blocks of 512 steps, of 60
//! to 256 rows or of 256 columns change nothing. Figures: `docs/results/performance.md`, "The dense
//! product".
use core::array::from_fn;
use core::ops::Range;

use super::epilogue::Epilogue;
use super::pack::Pack;
use crate::simd::F32x4;

/// Rows of the register tile; the larger one has [`FIVE`].
pub const TILE_ROWS: usize = 4;
/// Rows of the larger register tile.
const FIVE: usize = TILE_ROWS + 1;
/// Whether a multiply-add is one instruction, which is where the larger tile is faster.
const FUSED: bool = cfg!(not(all(target_arch = "wasm32", not(target_feature = "relaxed-simd"))));
/// Columns of the register tile.
pub const TILE_COLUMNS: usize = 8;
/// Steps of the sum that are packed at a time: a panel of `b` stays in the first-level cache.
pub const DEPTH: usize = 256;
/// Rows of `a` that are packed at a time.
pub const ROWS: usize = 128;
/// Columns of `b` that are packed at a time; with the rows of `a` they stay in the second level.
pub const COLUMNS: usize = 512;

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
                let [fives, fours] = split(row..row + high);
                let packed_fours = packed_a.add(fives.len() * round_up(deep, 4));
                a.pack::<FIVE>(fives, from..from + deep, packed_a);
                a.pack::<TILE_ROWS>(fours, from..from + deep, packed_fours);
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

/// The rows that tiles of five rows take, as many as leave whole tiles of four, and the others.
fn split(rows: Range<usize>) -> [Range<usize>; 2] {
    if !FUSED {
        return [rows.start..rows.start, rows];
    }
    let fours = (FIVE - rows.len() % FIVE) % FIVE;
    let fives = rows.len().saturating_sub(fours * TILE_ROWS);
    let middle = rows.start + fives / FIVE * FIVE;
    [rows.start..middle, middle..rows.end]
}

/// Steps of the longest packed panel.
fn panel(depth: usize) -> usize {
    round_up(depth.min(DEPTH), 4)
}

/// `n` rounded up to a multiple of `tile`.
fn round_up(n: usize, tile: usize) -> usize {
    n.div_ceil(tile) * tile
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

/// Accumulators: the sums of some rows and eight columns.
type Sums<const R: usize> = [[F32x4; 2]; R];

/// Those of four rows.
pub type Tile = Sums<TILE_ROWS>;

impl Block {
    unsafe fn multiply(
        &self,
        a: *const f32,
        b: *const f32,
        rows: Range<usize>,
        columns: Range<usize>,
        target: Target,
    ) {
        let [fives, fours] = split(rows);
        let packed_fours = a.add(fives.len() * self.depth);
        for column in columns.clone().step_by(TILE_COLUMNS) {
            let b = b.add((column - columns.start) * self.depth);
            self.multiply_panel::<FIVE>(a, b, fives.clone(), column..columns.end, target);
            self.multiply_panel::<TILE_ROWS>(
                packed_fours,
                b,
                fours.clone(),
                column..columns.end,
                target,
            );
        }
    }

    /// Multiplies rows, in tiles of `R`, by the first panel of some columns.
    #[inline(always)]
    unsafe fn multiply_panel<const R: usize>(
        &self,
        a: *const f32,
        b: *const f32,
        rows: Range<usize>,
        columns: Range<usize>,
        target: Target,
    ) {
        let column = columns.start;
        for row in rows.clone().step_by(R) {
            let tile = sum_rows::<R>(a.add((row - rows.start) * self.depth), b, self.depth);
            if row + R <= rows.end && column + TILE_COLUMNS <= columns.end {
                self.store(tile, row, column, target);
            } else {
                let size = [R.min(rows.end - row), TILE_COLUMNS.min(columns.len())];
                self.store_edge(tile, row, column, size, target);
            }
        }
    }

    #[inline(always)]
    unsafe fn store<const R: usize>(
        &self,
        tile: Sums<R>,
        row: usize,
        column: usize,
        target: Target,
    ) {
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
        self.finish_stored(target, [row, place], [R, TILE_COLUMNS]);
    }

    #[cold]
    unsafe fn store_edge<const R: usize>(
        &self,
        tile: Sums<R>,
        row: usize,
        column: usize,
        [high, wide]: [usize; 2],
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
        self.finish_stored(target, [row, place], [high, wide]);
    }

    /// Behind the loops, where no vector of the tile is in a register any more.
    #[inline(always)]
    unsafe fn finish_stored(&self, target: Target, place: [usize; 2], [high, wide]: [usize; 2]) {
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
pub unsafe fn sum(a: *const f32, b: *const f32, depth: usize) -> Tile {
    sum_rows::<TILE_ROWS>(a, b, depth)
}

/// The same for four rows, or for five of which the last is spread over the lanes.
#[inline(always)]
unsafe fn sum_rows<const R: usize>(mut a: *const f32, mut b: *const f32, depth: usize) -> Sums<R> {
    let mut turned = [[F32x4::zero(); 2]; TILE_ROWS];
    let mut last = [F32x4::zero(); 2];
    let end = a.add(depth * R);
    // One step at a time: unrolled here, the compiler would add up a sum's products before it turns
    // to the next and run out of registers. V8 unrolls the loop itself.
    while a < end {
        let left = F32x4::load(b);
        let right = F32x4::load(b.add(4));
        if R == FIVE {
            let row = F32x4::spread(a.add(TILE_ROWS));
            last = [last[0].madd(row, left), last[1].madd(row, right)];
        }
        let rows = F32x4::load(a);
        let turns = [rows, rows.rotate::<1>(), rows.rotate::<2>(), rows.rotate::<3>()];
        for (sums, rows) in turned.iter_mut().zip(turns) {
            sums[0] = sums[0].madd(rows, left);
            sums[1] = sums[1].madd(rows, right);
        }
        a = a.add(R);
        b = b.add(TILE_COLUMNS);
    }
    from_fn(|row| match row {
        TILE_ROWS => last,
        _ => from_fn(|half| {
            F32x4::diagonal(from_fn(|lane| turned[(row + TILE_ROWS - lane) % 4][half]))
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_of_five_rows_leave_whole_tiles_of_four() {
        for rows in 0..200 {
            let [fives, fours] = split(7..7 + rows);
            assert_eq!((fives.start, fives.end, fours.end), (7, fours.start, 7 + rows));
            assert_eq!(fives.len() % FIVE, 0);
            assert!(fours.len() < FIVE * TILE_ROWS);
            let whole = rows >= 12 || rows == FIVE;
            assert!(!whole || fours.len() % TILE_ROWS == 0, "{rows} rows");
            assert!(
                fives.len() + fours.len().next_multiple_of(TILE_ROWS) <= round_up(rows, TILE_ROWS)
            );
        }
    }
}
