//! `gemm`: dense product. See `src/ops/kernels/gemm.ts`.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::pack::Factor;
use super::panel::{multiply, Target, TILE_COLUMNS, TILE_ROWS};
use crate::args::{Args, Share};

/// `c = op(a) op(b)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/gemm.ts` declares.
pub unsafe fn gemm(args: Args, share: Share) {
    let (m, n, k) = (args.word(4), args.word(5), args.word(6));
    let a = factor(args.word(0), args.word(7) == 0, m, k);
    let b = factor(args.word(1), args.word(8) != 0, n, k);
    let epilogue = Epilogue { kind: args.word(9), extra: args.word(2) as *const f32, stride: n };
    let target = Target { data: args.write(3), stride: n, epilogue, spread: None, onto: false };
    let (rows, columns) = shares(share, m, n);
    multiply(a, b, k, rows, columns, target, share.scratch.cast());
}

/// The rows and columns of a product that a thread computes. Each packs its own part of the factor that
/// is split and all of the other: the larger one is split.
pub fn shares(share: Share, rows: usize, columns: usize) -> (Range<usize>, Range<usize>) {
    if rows >= columns {
        let tiles = share.range(rows.div_ceil(TILE_ROWS));
        ((tiles.start * TILE_ROWS)..rows.min(tiles.end * TILE_ROWS), 0..columns)
    } else {
        let tiles = share.range(columns.div_ceil(TILE_COLUMNS));
        (0..rows, (tiles.start * TILE_COLUMNS)..columns.min(tiles.end * TILE_COLUMNS))
    }
}

/// A factor of `lines` lines and `depth` steps, stored line by line or step by step.
pub fn factor(data: usize, by_line: bool, lines: usize, depth: usize) -> Factor {
    let (line, depth) = if by_line { (depth, 1) } else { (1, lines) };
    Factor { data: data as *const f32, line, depth }
}
