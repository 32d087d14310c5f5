//! `block_spmm`: product of a matrix of units. See `src/ops/kernels/block_spmm.ts`.
//!
//! Every four rows run over the inputs of their list as in the dense product, eight columns at a
//! time. Of groups of 16 rows and more the inputs of a list are first gathered next to each other, for
//! many columns, so that all rows of the group read them in order. Otherwise the inputs are packed for
//! a tile of columns, and each unit reads its own where they lie. A tile has as many columns as the second-level
//! cache holds inputs of: rows of many columns lie pages apart, and memory wants to be gone through in its order.
//!
//! Slower: gathering from packed inputs, or for fewer columns at a time; gathering for blocks.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::lists::{Index, Narrow, Wide};
use super::units::{copy_panel, store, sum, sum_blocks, sum_slots, zero, Units, PANEL, QUAD};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Fewest columns of a tile of packed inputs.
const TILE: usize = 32;
/// Floats between panels, so that they do not meet in the cache. Mirrored by
/// `src/ops/kernels/block_spmm.ts`.
const APART: usize = 16;
/// Most columns that the inputs of a list are gathered for.
const RUN: usize = 256;
/// Steps up to which a sum is short.
const SHORT: usize = 32;
/// Rows of a group above which its inputs are gathered. Mirrored by `src/ops/kernels/block_spmm.ts`.
const GATHERED_FROM: usize = 8;
/// Floats of gathered inputs, as long as eight columns fit. Mirrored by
/// `src/ops/kernels/block_spmm.ts`.
const GATHERED: usize = 65_536;
/// Floats of packed inputs, as long as a tile fits. Mirrored likewise.
const PACKED: usize = 65_536;

/// Floats from one panel of gathered inputs to the next.
fn stride(slots: usize) -> usize {
    slots * PANEL + APART
}

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
        scratch: share.scratch.cast(),
    };
    // Gathering pays if enough rows read what is gathered.
    match (width == 1 && height > GATHERED_FROM, args.word(10) != 0) {
        (true, false) => call.gathered::<Narrow>(share),
        (true, true) => call.gathered::<Wide>(share),
        (false, false) => call.packed::<Narrow>(share),
        (false, true) => call.packed::<Wide>(share),
    }
}

struct Call {
    units: Units,
    values: *const f32,
    x: *const f32,
    epilogue: Epilogue,
    y: *mut f32,
    columns: usize,
    scratch: *mut f32,
}

impl Call {
    /// The work is a line: list after list by cost, in each the panels of columns. A thread takes a
    /// stretch of it.
    unsafe fn gathered<I: Index>(&self, share: Share) {
        let lists = &self.units.lists;
        let panels = self.columns.div_ceil(PANEL);
        let total = lists.cost(lists.rows);
        let at = |thread: usize| {
            let position = total * thread as u64 / share.threads as u64;
            // The last list that begins at or before the position.
            let list = lists.row_at(position + 1).saturating_sub(1);
            let (begin, end) = (lists.cost(list), lists.cost(list + 1));
            (list, ((position - begin) * panels as u64 / (end - begin)) as usize)
        };
        if total == 0 {
            return;
        }
        let (first, from) = at(share.thread);
        let (last, to) = match share.thread + 1 == share.threads {
            true => (lists.rows - 1, panels),
            false => at(share.thread + 1),
        };
        for list in first..last + 1 {
            let begin = if list == first { from } else { 0 };
            let end = if list == last { to } else { panels };
            let slots = lists.row(list);
            let run = (GATHERED / stride(slots.len())).clamp(1, RUN / PANEL);
            for panel in (begin..end).step_by(run) {
                let columns = panel * PANEL..self.columns.min(end.min(panel + run) * PANEL);
                self.gather::<I>(slots.clone(), columns.clone());
                self.list(list, slots.clone(), columns);
            }
        }
    }

    /// The rows of a list in `columns`, for which its inputs are gathered.
    unsafe fn list(&self, list: usize, slots: Range<usize>, columns: Range<usize>) {
        let Units { rows, height, .. } = self.units;
        let values = self.values.add(slots.start * height);
        for column in columns.clone().step_by(PANEL) {
            let x = self.scratch.add((column - columns.start) / PANEL * stride(slots.len()));
            for row in (0..self.units.rows_of(list)).step_by(QUAD) {
                let tile = sum(values.add(row), height, x, slots.len());
                let at = [list * height + row, column];
                store(tile, at, [rows, self.columns], self.epilogue, self.y);
            }
        }
    }

    /// Copies the inputs of some slots as `[columns / 8][slots][8]`, panels apart, zeros behind the last column.
    unsafe fn gather<I: Index>(&self, slots: Range<usize>, columns: Range<usize>) {
        let stride = stride(slots.len());
        let whole = columns.len() / PANEL;
        let mut to = self.scratch;
        for slot in slots {
            let input = I::one(self.units.lists.index, slot);
            let mut from = self.x.add(input * self.columns + columns.start);
            let mut panel = to;
            for _ in 0..whole {
                F32x4::load(from).store(panel);
                F32x4::load(from.add(4)).store(panel.add(4));
                from = from.add(PANEL);
                panel = panel.add(stride);
            }
            if whole * PANEL < columns.len() {
                copy_panel(from, columns.len() - whole * PANEL, panel);
            }
            to = to.add(PANEL);
        }
    }

    /// The work is a line: tile after tile, in each the lists by cost. A thread takes a stretch of it.
    unsafe fn packed<I: Index>(&self, share: Share) {
        let lists = &self.units.lists;
        let cost = lists.cost(lists.rows);
        if cost == 0 {
            return;
        }
        let size = self.tile_columns(share.threads);
        let tiles = self.columns.div_ceil(size);
        let at = |thread: usize| {
            let position = cost * tiles as u64 * thread as u64 / share.threads as u64;
            ((position / cost) as usize, lists.row_at(position % cost))
        };
        let ((first, from), (last, to)) = (at(share.thread), at(share.thread + 1));
        for tile in first..tiles.min(last + 1) {
            let end = if tile == last { to } else { lists.rows };
            let part = if tile == first { from } else { 0 }..end;
            if !part.is_empty() {
                self.tile::<I>(part, tile * size, size);
            }
        }
    }

    /// Columns of a tile: each thread has one at least.
    fn tile_columns(&self, threads: usize) -> usize {
        let lines = self.units.inputs.next_multiple_of(self.units.width);
        let fit = PACKED / lines.max(1) / TILE * TILE;
        let share = self.columns.div_ceil(threads).next_multiple_of(TILE);
        fit.min(RUN).min(share).max(TILE)
    }

    /// The rows of the lists of `part` in a tile of at most `size` columns from `column` on.
    unsafe fn tile<I: Index>(&self, part: Range<usize>, column: usize, size: usize) {
        let Units { lists, rows, inputs, height, width } = self.units;
        let wide = size.min(self.columns - column);
        let stride = inputs.next_multiple_of(width) * PANEL + APART;
        self.pack(column, wide, stride);
        for list in part {
            let slots = lists.row(list);
            for row in (0..self.units.rows_of(list)).step_by(QUAD) {
                let values = self.values.add(row);
                for panel in 0..wide.div_ceil(PANEL) {
                    let x = self.scratch.add(panel * stride);
                    let slots = slots.clone();
                    let size = [height, width];
                    let tile = if width == 1 {
                        sum_slots::<I>(lists.index, slots, values, height, x)
                    } else if slots.len() * width <= SHORT {
                        sum_blocks::<I, true>(lists.index, slots, values, size, x)
                    } else {
                        sum_blocks::<I, false>(lists.index, slots, values, size, x)
                    };
                    let at = [list * height + row, column + panel * PANEL];
                    store(tile, at, [rows, self.columns], self.epilogue, self.y);
                }
            }
        }
    }

    /// Packs `wide` columns as `[wide / 8][inputs][8]`, zeros outside of `x`.
    unsafe fn pack(&self, column: usize, wide: usize, stride: usize) {
        let whole = wide / PANEL;
        for input in 0..self.units.inputs {
            let mut from = self.x.add(input * self.columns + column);
            let mut to = self.scratch.add(input * PANEL);
            for _ in 0..whole {
                F32x4::load(from).store(to);
                F32x4::load(from.add(4)).store(to.add(4));
                from = from.add(PANEL);
                to = to.add(stride);
            }
            if whole * PANEL < wide {
                copy_panel(from, wide - whole * PANEL, to);
            }
        }
        for panel in 0..wide.div_ceil(PANEL) {
            let end = self.units.inputs * PANEL;
            zero(self.scratch.add(panel * stride + end), stride - APART - end);
        }
    }
}
