//! `batched_product`: a product of matrices for every group and column. See `src/ops/kernels/batched_product.ts`.
//!
//! The columns are the lanes, so a step of the sum multiplies vectors by vectors and spreads nothing. Sixteen columns at a time
//! (a cache line) of some lines and steps are packed as `[4 vectors][lines / tile][steps][tile]`, because lines lie a power of
//! two apart and would meet in the cache. A tile of 3 x 3 accumulators reads six vectors for nine multiply-adds; one of 4 x 3
//! does not fit sixteen registers and is slower.
//! Blocks along the sum begin at multiples of [`DEPTH`] whoever computes them: an element has the same bits on any thread.
use core::ops::Range;

use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Rows of the register tile.
const TILE_ROWS: usize = 3;
/// Columns of the register tile.
const TILE_COLUMNS: usize = 3;
/// Steps of the sum that are packed at a time.
const DEPTH: usize = 32;
/// Rows that are packed at a time: with a panel of columns they stay in the first-level cache.
const ROWS: usize = 48;
/// Columns of the matrices that are packed at a time.
const COLUMNS: usize = 96;
/// Columns of the batch that are packed at a time.
const LANES: usize = 16;
/// Vectors of them.
const VECTORS: usize = LANES / 4;

/// A factor, seen as lines along the sum; strides in runs of columns.
#[derive(Clone, Copy)]
struct Factor {
    data: *const f32,
    line: usize,
    step: usize,
}

/// Some lines and steps of a factor for some columns.
struct Part {
    lines: Range<usize>,
    steps: Range<usize>,
    /// The first column and those from it on, at most [`LANES`].
    column: usize,
    some: usize,
}

impl Factor {
    fn new(data: *const f32, by_line: bool, lines: usize, depth: usize) -> Self {
        let (line, step) = if by_line { (depth, 1) } else { (1, lines) };
        Self { data, line, step }
    }

    /// Packs a part as `[VECTORS][lines / TILE][steps][TILE]` vectors, filled up with zeros.
    #[inline(always)]
    unsafe fn pack<const TILE: usize>(&self, part: &Part, columns: usize, to: *mut f32) {
        let depth = part.steps.len();
        let vectors = part.lines.len().div_ceil(TILE) * depth * TILE;
        for (tile, first) in part.lines.clone().step_by(TILE).enumerate() {
            for (s, step) in part.steps.clone().enumerate() {
                for i in 0..TILE {
                    let to = to.add(4 * ((tile * depth + s) * TILE + i));
                    let inside = first + i < part.lines.end;
                    let run = (first + i) * self.line + step * self.step;
                    let from = self.data.wrapping_add(run * columns + part.column);
                    if inside && part.some == LANES {
                        for v in 0..VECTORS {
                            F32x4::load(from.add(4 * v)).store(to.add(4 * v * vectors));
                        }
                    } else {
                        let some = if inside { part.some } else { 0 };
                        pack_edge(from, some, to, 4 * vectors);
                    }
                }
            }
        }
    }
}

/// Packs the first `some` of [`LANES`] elements, filled up with zeros.
#[cold]
unsafe fn pack_edge(from: *const f32, some: usize, to: *mut f32, stride: usize) {
    for v in 0..VECTORS {
        let lanes = Lanes::first(some.saturating_sub(4 * v));
        lanes.load(from.wrapping_add(4 * v)).store(to.add(v * stride));
    }
}

/// Where a matrix of the result goes.
struct Target {
    data: *mut f32,
    /// Columns of the matrix, and of the batch.
    n: usize,
    columns: usize,
    /// Whether the sums begin.
    first: bool,
}

/// `c = op(a) op(b)` for every group and column.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/batched_product.ts` declares.
pub unsafe fn batched_product(args: Args, share: Share) {
    let [groups, m, n, k, columns] = [3, 4, 5, 6, 7].map(|i| args.word(i));
    let (by_row, by_column) = (args.word(8) == 0, args.word(9) != 0);
    let chunks = columns.div_ceil(LANES);
    let blocks = m.div_ceil(ROWS);
    for unit in share.range(groups * chunks * blocks) {
        let (group, chunk, block) = (unit / blocks / chunks, unit / blocks % chunks, unit % blocks);
        let a = (args.word(0) as *const f32).add(group * m * k * columns);
        let b = (args.word(1) as *const f32).add(group * n * k * columns);
        let problem = Problem {
            a: Factor::new(a, by_row, m, k),
            b: Factor::new(b, by_column, n, k),
            c: args.write::<f32>(2).add(group * m * n * columns),
            n,
            k,
            columns,
            packed: share.scratch.cast(),
        };
        let column = chunk * LANES;
        let rows = block * ROWS..m.min((block + 1) * ROWS);
        problem.multiply(rows, column, LANES.min(columns - column));
    }
}

/// The product of one group.
struct Problem {
    a: Factor,
    b: Factor,
    c: *mut f32,
    n: usize,
    k: usize,
    columns: usize,
    packed: *mut f32,
}

impl Problem {
    /// Some rows of the result for some columns of the batch.
    unsafe fn multiply(&self, rows: Range<usize>, column: usize, some: usize) {
        // A sum of no terms is 0.
        for first in (0..self.k.max(1)).step_by(DEPTH) {
            let steps = first..self.k.min(first + DEPTH);
            let part = Part { lines: rows.clone(), steps: steps.clone(), column, some };
            self.a.pack::<TILE_ROWS>(&part, self.columns, self.packed);
            let high = rows.len().div_ceil(TILE_ROWS) * TILE_ROWS;
            let packed = self.packed.add(LANES * high * steps.len());
            for across in (0..self.n).step_by(COLUMNS) {
                let lines = across..self.n.min(across + COLUMNS);
                let part = Part { lines: lines.clone(), steps: steps.clone(), column, some };
                self.b.pack::<TILE_COLUMNS>(&part, self.columns, packed);
                self.block(&part, rows.clone(), packed);
            }
        }
    }

    /// What is packed, multiplied: `part` says which columns of the matrix, steps and columns of the batch.
    unsafe fn block(&self, part: &Part, rows: Range<usize>, packed: *const f32) {
        let depth = part.steps.len();
        let high = rows.len().div_ceil(TILE_ROWS) * TILE_ROWS;
        let wide = part.lines.len().div_ceil(TILE_COLUMNS) * TILE_COLUMNS;
        let target =
            Target { data: self.c, n: self.n, columns: self.columns, first: part.steps.start == 0 };
        for v in 0..part.some.div_ceil(4) {
            let lanes = Lanes::first(part.some - 4 * v);
            for (q, j) in part.lines.clone().step_by(TILE_COLUMNS).enumerate() {
                let b = packed.add(4 * depth * (v * wide + q * TILE_COLUMNS));
                for (p, i) in rows.clone().step_by(TILE_ROWS).enumerate() {
                    let a = self.packed.add(4 * depth * (v * high + p * TILE_ROWS));
                    let tile = sum(a, b, depth);
                    let size = (TILE_ROWS.min(rows.end - i), TILE_COLUMNS.min(part.lines.end - j));
                    target.store(tile, (i, j), size, part.column + 4 * v, lanes);
                }
            }
        }
    }
}

type Tile = [[F32x4; TILE_COLUMNS]; TILE_ROWS];

impl Target {
    #[inline(always)]
    unsafe fn store(
        &self,
        tile: Tile,
        (row, column): (usize, usize),
        (high, wide): (usize, usize),
        place: usize,
        lanes: Lanes,
    ) {
        for (i, line) in tile.into_iter().enumerate().take(high) {
            for (j, mut value) in line.into_iter().enumerate().take(wide) {
                let at = ((row + i) * self.n + column + j) * self.columns + place;
                let to = self.data.add(at);
                if !self.first {
                    value = lanes.load(to) + value;
                }
                lanes.store(value, to);
            }
        }
    }
}

/// The products of packed lines, summed over `depth` steps.
#[inline(always)]
unsafe fn sum(mut a: *const f32, mut b: *const f32, depth: usize) -> Tile {
    let mut sums = [[F32x4::zero(); TILE_COLUMNS]; TILE_ROWS];
    let end = a.add(4 * depth * TILE_ROWS);
    while a < end {
        let right: [F32x4; TILE_COLUMNS] = core::array::from_fn(|j| F32x4::load(b.add(4 * j)));
        for (i, line) in sums.iter_mut().enumerate() {
            let left = F32x4::load(a.add(4 * i));
            for (sum, right) in line.iter_mut().zip(right) {
                *sum = sum.madd(left, right);
            }
        }
        a = a.add(4 * TILE_ROWS);
        b = b.add(4 * TILE_COLUMNS);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers};

    #[test]
    fn batched_product_multiplies_every_group_and_column() {
        for [groups, m, n, k, columns] in [
            [1, 1, 1, 1, 32],
            [2, 5, 4, 3, 32],
            [1, 26, 98, 66, 32],
            [3, 4, 3, 130, 1],
            [2, 3, 7, 9, 18],
        ] {
            for transposed in 0..4 {
                let (ta, tb) = (transposed & 1, transposed >> 1);
                let a = numbers(groups * m * k * columns, 3);
                let b = numbers(groups * n * k * columns, 4);
                let mut expected = vec![0.0; groups * m * n * columns];
                for (at, sum) in expected.iter_mut().enumerate() {
                    let (e, j) = (at % columns, at / columns % n);
                    let (i, g) = (at / columns / n % m, at / columns / n / m);
                    for l in 0..k {
                        let x = if ta == 1 { l * m + i } else { i * k + l };
                        let y = if tb == 1 { j * k + l } else { l * n + j };
                        let left = a[(g * m * k + x) * columns + e];
                        let right = b[(g * n * k + y) * columns + e];
                        *sum += f64::from(left) * f64::from(right);
                    }
                }
                for threads in [1, 3] {
                    let mut c = vec![f32::NAN; expected.len()];
                    let words: Vec<usize> =
                        [a.as_ptr() as usize, b.as_ptr() as usize, c.as_mut_ptr() as usize]
                            .into_iter()
                            .chain([groups, m, n, k, columns, ta, tb])
                            .collect();
                    let mut scratch = vec![0f32; LANES * (ROWS + COLUMNS) * DEPTH];
                    for thread in 0..threads {
                        let share = Share { thread, threads, scratch: scratch.as_mut_ptr().cast() };
                        // SAFETY: the buffers have the lengths that the parameters tell.
                        unsafe { batched_product(Args(&words), share) };
                    }
                    assert_close(&c, &expected, 1e-4);
                }
            }
        }
    }
}
