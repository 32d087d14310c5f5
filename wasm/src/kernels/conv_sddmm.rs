//! `conv_sddmm`: gradient of the active values of a sparse convolution. See
//! `src/ops/kernels/conv_sddmm.ts`.
//!
//! Rows of pixels come one after the other. In each, four connections of a row of the matrix are
//! followed together over its pixels: a vector of `dy` serves all four, whose sums stay in registers.
use core::array::from_fn;
use core::ops::Range;

use super::conv_spmm::COLUMNS;
use super::lists::{Index, Lists, Narrow, Wide, LIST_TILE, TILE, VECTORS};
use super::window::{Geometry, Windows, WORDS, ZEROS};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `gradient[s] = dy[row of s] . windows(x)[input of s]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_sddmm.ts` declares.
pub unsafe fn conv_sddmm(args: Args, share: Share) {
    let geometry = Geometry::read(args, 5);
    let capacity = args.word(5 + WORDS);
    let wide = args.word(5 + WORDS + 1) != 0;
    let lists = Lists {
        span: args.word(0) as *const u32,
        index: args.word(1) as *const u32,
        rows: geometry.rows,
    };
    let call = Call {
        lists,
        dy: args.word(2) as *const f32,
        windows: Windows::of_image(args.word(3) as *const f32, &geometry),
        geometry,
        gradient: args.write(4),
    };
    let part = lists.share(share.thread, share.threads);
    let range = lists.slots(part.start)..lists.slots(part.end);
    core::ptr::write_bytes(call.gradient.add(range.start), 0, range.len());
    for column in (0..geometry.columns).step_by(COLUMNS) {
        let columns = column..geometry.columns.min(column + COLUMNS);
        for y in 0..geometry.down.to {
            for row in part.clone() {
                if wide {
                    call.add::<Wide>(row, y, columns.clone());
                } else {
                    call.add::<Narrow>(row, y, columns.clone());
                }
            }
        }
    }
    for row in part {
        let end = lists.row(row).end;
        let padded = end.next_multiple_of(LIST_TILE);
        core::ptr::write_bytes(call.gradient.add(end), 0, padded - end);
    }
    let used = lists.slots(geometry.rows);
    let tail = share.range(capacity - used);
    core::ptr::write_bytes(call.gradient.add(used + tail.start), 0, tail.len());
}

struct Call {
    lists: Lists,
    dy: *const f32,
    windows: Windows,
    geometry: Geometry,
    gradient: *mut f32,
}

impl Call {
    /// Adds one row of pixels to the gradients of a row.
    unsafe fn add<I: Index>(&self, row: usize, y: usize, columns: Range<usize>) {
        let Windows { across, columns: run, .. } = self.windows;
        let first = row * self.geometry.out_elements() + y * across.to * run;
        for slot in self.lists.row(row).step_by(LIST_TILE) {
            let taps = I::four(self.lists.index, slot).map(|input| self.windows.line(input, y));
            if taps.iter().all(|(from, _)| from.is_none()) {
                continue;
            }
            let mut sums = [[F32x4::zero(); 2]; LIST_TILE];
            for pixel in 0..across.to {
                let runs = taps.map(|(from, tap)| Some(from? + across.source(pixel, tap)? * run));
                let dy = self.dy.add(first + pixel * run);
                for column in columns.clone().step_by(TILE) {
                    let x = runs.map(|run| match run {
                        Some(run) => self.windows.data.add(run + column),
                        None => ZEROS.as_ptr(),
                    });
                    products(&mut sums, dy.add(column), x);
                }
            }
            let sums = F32x4::sums(from_fn(|i| sums[i][0] + sums[i][1]));
            let gradient = self.gradient.add(slot);
            (F32x4::load(gradient) + sums).store(gradient);
        }
    }
}

/// Adds to each connection's two sums its products of a tile.
#[inline(always)]
unsafe fn products(sums: &mut [[F32x4; 2]; LIST_TILE], dy: *const f32, x: [*const f32; LIST_TILE]) {
    for i in 0..VECTORS {
        let dy = F32x4::load(dy.add(4 * i));
        for (sums, x) in sums.iter_mut().zip(x) {
            sums[i % 2] = sums[i % 2].madd(dy, F32x4::load(x.add(4 * i)));
        }
    }
}
