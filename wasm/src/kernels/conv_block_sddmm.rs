//! `conv_block_sddmm`: gradient of the active units of a sparse convolution. See
//! `src/ops/kernels/conv_block_sddmm.ts`.
//!
//! Rows of pixels come one after the other, as in `conv_sddmm`. In each, four rows of a unit and two inputs of its list are
//! followed together over its pixels, whose eight sums stay in registers.
use core::array::from_fn;
use core::ops::Range;

use super::conv_spmm::COLUMNS;
use super::elementwise::Lanes;
use super::lists::{TILE, VECTORS};
use super::units::{zero, Units, QUAD};
use super::window::{Geometry, Windows, WORDS, ZEROS};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Inputs that are followed together.
const PAIR: usize = 2;

/// `gradient[s, c, r] = dy[row r of s] . windows(x)[input c of s]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_block_sddmm.ts` declares.
pub unsafe fn conv_block_sddmm(args: Args, share: Share) {
    let geometry = Geometry::read(args, 5);
    let [capacity, wide, height, width] = from_fn(|i| args.word(5 + WORDS + i));
    let shape = [geometry.rows, geometry.inputs()];
    let units = Units::new(args.word(0), args.word(1), shape, [height, width]);
    let call = Call {
        units,
        wide: wide != 0,
        dy: args.word(2) as *const f32,
        windows: Windows::of_image(args.word(3) as *const f32, &geometry),
        geometry,
        gradient: args.write(4),
    };
    let part = units.lists.share(share.thread, share.threads);
    let size = height * width;
    for list in part.clone() {
        let Range { start, end } = units.lists.row(list);
        zero(call.gradient.add(start * size), (units.padded(end) - start) * size);
    }
    for column in (0..geometry.columns).step_by(COLUMNS) {
        let columns = column..geometry.columns.min(column + COLUMNS);
        for y in 0..geometry.down.to {
            for list in part.clone() {
                call.add(list, y, columns.clone());
            }
        }
    }
    let used = units.used();
    let tail = share.range(capacity - used);
    zero(call.gradient.add((used + tail.start) * size), tail.len() * size);
}

struct Call {
    units: Units,
    wide: bool,
    dy: *const f32,
    windows: Windows,
    geometry: Geometry,
    gradient: *mut f32,
}

impl Call {
    /// Adds one row of pixels to the gradients of a list.
    unsafe fn add(&self, list: usize, y: usize, columns: Range<usize>) {
        let Units { lists, inputs, height, width, .. } = self.units;
        let Range { start, end } = lists.row(list);
        let depth = (end - start) * width;
        let plane = self.geometry.out_elements();
        let first = y * self.windows.across.to * self.windows.columns;
        let rows = self.units.rows_of(list);
        for at in (0..depth).step_by(PAIR) {
            let taps = from_fn(|i| match at + i {
                at if at < depth => {
                    let input = lists.input(start + at / width, self.wide) * width + at % width;
                    if input < inputs {
                        self.windows.line(input, y)
                    } else {
                        (None, 0)
                    }
                }
                _ => (None, 0),
            });
            if taps.iter().all(|(from, _)| from.is_none()) {
                continue;
            }
            for row in (0..rows).step_by(QUAD) {
                // Rows beyond the last one repeat it and are not kept.
                let dy = from_fn(|i| {
                    let row = list * height + (row + i).min(rows - 1);
                    self.dy.add(row * plane + first)
                });
                let lanes = Lanes::first(rows - row);
                let sums = self.products(dy, taps, columns.clone());
                for (i, sums) in sums.into_iter().enumerate().take(depth - at) {
                    let to = self.gradient.add((start * width + at + i) * height + row);
                    lanes.store(lanes.load(to) + F32x4::sums(sums), to);
                }
            }
        }
    }

    /// The products of four rows and two inputs, over a row of pixels.
    #[inline(always)]
    unsafe fn products(
        &self,
        dy: [*const f32; QUAD],
        taps: [(Option<usize>, usize); PAIR],
        columns: Range<usize>,
    ) -> [[F32x4; QUAD]; PAIR] {
        let Windows { across, columns: run, data, .. } = self.windows;
        let mut sums = [[F32x4::zero(); QUAD]; PAIR];
        for pixel in 0..across.to {
            let runs = taps.map(|(from, tap)| Some(from? + across.source(pixel, tap)? * run));
            if runs.iter().all(Option::is_none) {
                continue;
            }
            for column in columns.clone().step_by(TILE) {
                let x = runs.map(|run| match run {
                    Some(run) => data.add(run + column),
                    None => ZEROS.as_ptr(),
                });
                let dy = dy.map(|dy| dy.add(pixel * run + column));
                for i in 0..VECTORS {
                    let x = x.map(|x| F32x4::load(x.add(4 * i)));
                    for row in 0..QUAD {
                        let dy = F32x4::load(dy[row].add(4 * i));
                        for (sums, x) in sums.iter_mut().zip(x) {
                            sums[row] = sums[row].madd(dy, x);
                        }
                    }
                }
            }
        }
        sums
    }
}
