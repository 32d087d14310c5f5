//! `block_spmm`: product of a matrix of units. See `src/ops/kernels/block_spmm.ts`.
//!
//! Columns are taken in tiles of 32, the inputs of a tile copied next to each other as in `spmm`.
//! The inputs of a list are gathered once, in panels of eight columns; then every four rows run
//! through them as in the dense product.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::lists::{Index, Narrow, Tile, Wide, TILE};
use super::units::{copy_panel, store, sum, Units, PANEL, QUAD};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y = W x`, W of units.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/block_spmm.ts` declares.
pub unsafe fn block_spmm(args: Args, share: Share) {
    let (rows, inputs, columns) = (args.word(6), args.word(7), args.word(8));
    let (height, width) = (args.word(12), args.word(13));
    let call = Call {
        units: Units::new(args.word(0), args.word(1), [rows, inputs], [height, width]),
        values: args.word(2) as *const f32,
        x: args.word(3) as *const f32,
        epilogue: Epilogue {
            kind: args.word(11),
            extra: args.word(4) as *const f32,
            stride: columns,
        },
        y: args.write(5),
        columns,
    };
    if args.word(10) != 0 {
        call.run::<Wide>(share);
    } else {
        call.run::<Narrow>(share);
    }
}

struct Call {
    units: Units,
    values: *const f32,
    x: *const f32,
    epilogue: Epilogue,
    y: *mut f32,
    columns: usize,
}

impl Call {
    /// The work is a line: tile after tile, in each the lists by cost. A thread takes a stretch of it.
    unsafe fn run<I: Index>(&self, share: Share) {
        let lists = &self.units.lists;
        let cost = lists.cost(lists.rows);
        if cost == 0 {
            return;
        }
        let tiles = self.columns.div_ceil(TILE);
        let at = |thread: usize| {
            let position = cost * tiles as u64 * thread as u64 / share.threads as u64;
            ((position / cost) as usize, lists.row_at(position % cost))
        };
        let ((first, from), (last, to)) = (at(share.thread), at(share.thread + 1));
        let packed: *mut f32 = share.scratch.cast();
        let gathered = packed.add(TILE * self.units.inputs);
        for tile in first..tiles.min(last + 1) {
            let end = if tile == last { to } else { lists.rows };
            let part = if tile == first { from } else { 0 }..end;
            if !part.is_empty() {
                self.tile::<I>(part, tile * TILE, packed, gathered);
            }
        }
    }

    /// The elements of `part`'s rows in the tile of columns from `column` on.
    unsafe fn tile<I: Index>(
        &self,
        part: Range<usize>,
        column: usize,
        packed: *mut f32,
        gathered: *mut f32,
    ) {
        let Units { lists, rows, inputs, height, width } = self.units;
        let wide = TILE.min(self.columns - column);
        let x = if wide == TILE {
            let slots = lists.slots(part.end) - lists.slots(part.start);
            Tile::of(self.x, inputs, self.columns, column, slots * width, packed)
        } else {
            Tile { data: self.x.add(column), stride: self.columns }
        };
        for list in part {
            let slots = lists.row(list);
            let depth = slots.len() * width;
            self.gather::<I>(slots.clone(), x, wide, gathered);
            let values = self.values.add(slots.start * width * height);
            for panel in (0..wide).step_by(PANEL) {
                let x = gathered.add(panel * depth);
                for row in (0..self.units.rows_of(list)).step_by(QUAD) {
                    let tile = sum(values.add(row), height, x, depth);
                    let at = [list * height + row, column + panel];
                    store(tile, at, [rows, self.columns], self.epilogue, self.y);
                }
            }
        }
    }

    /// Copies the inputs of some slots, `wide` columns of each, as `[wide / 8][inputs][8]`; what lies
    /// outside of `x` is 0.
    unsafe fn gather<I: Index>(&self, slots: Range<usize>, x: Tile, wide: usize, to: *mut f32) {
        let Units { lists, inputs, width, .. } = self.units;
        let stride = slots.len() * width * PANEL;
        let mut to = to;
        for slot in slots {
            let first = I::one(lists.index, slot) * width;
            for input in first..first + width {
                if input >= inputs {
                    for panel in 0..wide.div_ceil(PANEL) {
                        copy_panel(x.data, 0, to.add(panel * stride));
                    }
                } else if wide == TILE {
                    let from = x.data.add(input * x.stride);
                    for panel in 0..TILE / PANEL {
                        let (from, to) = (from.add(panel * PANEL), to.add(panel * stride));
                        F32x4::load(from).store(to);
                        F32x4::load(from.add(4)).store(to.add(4));
                    }
                } else {
                    let from = x.data.add(input * x.stride);
                    for panel in 0..wide.div_ceil(PANEL) {
                        let wide = PANEL.min(wide - panel * PANEL);
                        copy_panel(from.add(panel * PANEL), wide, to.add(panel * stride));
                    }
                }
                to = to.add(PANEL);
            }
        }
    }
}
