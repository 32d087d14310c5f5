//! `spmm`: sparse product. See `src/ops/kernels/spmm.ts`.
//!
//! Columns are taken in tiles of 32. The inputs of a tile are first copied next to each other, then
//! each row keeps its 8 vectors of sums in registers over all its connections (`lists::sum`). Four connections
//! cost one read of indices, one of values and 32 of inputs.
//!
//! What limits it is the number of instructions: V8 checks each of the 32 reads. Slower: a way out
//! after every second connection only, or none. No faster: copying the next tile between the rows.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::lists::{sum, Index, Lists, Narrow, Tile, Wide, TILE, VECTORS};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = S x`, S sparse.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/spmm.ts` declares.
pub unsafe fn spmm(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(6), args.word(7), args.word(8));
    let call = Call {
        lists: Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows },
        values: args.word(2) as *const f32,
        epilogue: Epilogue {
            kind: args.word(11),
            extra: args.word(4) as *const f32,
            stride: columns,
        },
        y: args.write(5),
        columns,
    };
    let x = args.word(3) as *const f32;
    let wide = args.word(10) != 0;

    // The work is a line: tile after tile, in each the rows by cost. A thread takes a stretch of it.
    let cost = call.lists.cost(rows);
    if cost == 0 {
        return;
    }
    let tiles = columns / TILE;
    let at = |thread: usize| {
        let position = cost * tiles as u64 * thread as u64 / share.threads as u64;
        ((position / cost) as usize, call.lists.row_at(position % cost))
    };
    let ((first, from), (last, to)) = (at(share.thread), at(share.thread + 1));
    for tile in first..tiles.min(last + 1) {
        let part = if tile == first { from } else { 0 }..if tile == last { to } else { rows };
        if part.is_empty() {
            continue;
        }
        let connections = call.lists.slots(part.end) - call.lists.slots(part.start);
        let column = tile * TILE;
        let x = Tile::of(x, inputs, columns, column, connections, share.scratch.cast());
        match (wide, x.stride == TILE) {
            (false, true) => call.rows::<Narrow, true>(part, x, column),
            (false, false) => call.rows::<Narrow, false>(part, x, column),
            (true, true) => call.rows::<Wide, true>(part, x, column),
            (true, false) => call.rows::<Wide, false>(part, x, column),
        }
    }
}

struct Call {
    lists: Lists,
    values: *const f32,
    epilogue: Epilogue,
    y: *mut f32,
    columns: usize,
}

impl Call {
    unsafe fn rows<I: Index, const PACKED: bool>(
        &self,
        rows: Range<usize>,
        x: Tile,
        column: usize,
    ) {
        for row in rows {
            let start = F32x4::splat(self.epilogue.start(row));
            let sums = sum::<I, PACKED>(
                self.lists.index,
                self.values,
                self.lists.row(row),
                x,
                [start; VECTORS],
            );
            let y = self.y.add(row * self.columns + column);
            for (i, sum) in sums.into_iter().enumerate() {
                self.epilogue.finish(sum, row, column + 4 * i).store(y.add(4 * i));
            }
            self.epilogue.finish_stored(self.y, self.columns, 1, 4 * VECTORS, [row, column]);
        }
    }
}
