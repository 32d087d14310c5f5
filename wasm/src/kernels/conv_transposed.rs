//! `conv_transposed`: gradient of the image of a dense convolution. See
//! `src/ops/kernels/conv_transposed.ts`.
//!
//! A product as in `conv`, over the rows of `dy` and the taps. With a stride, neighbouring pixels are in
//! different windows: those of a phase, `stride` apart down and across, have the same taps, and make a
//! product by themselves.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::gemm::shares;
use super::pack::Pack;
use super::panel::{multiply, Spread, Target};
use super::window::{ByPixel, Geometry, Windows, WORDS};
use crate::args::{Args, Share};

/// `dx = transpose(windows)(W, dy)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_transposed.ts` declares.
pub unsafe fn conv_transposed(args: Args, share: Share) {
    let geometry = Geometry::read(args, 4);
    let Geometry { channels, down, across, columns: run, .. } = geometry;
    let stride = geometry.image_elements();
    let epilogue =
        Epilogue { kind: args.word(4 + WORDS), extra: args.word(2) as *const f32, stride };
    let all = Windows::of_result(args.word(1) as *const f32, &geometry);
    for y in 0..down.stride {
        for x in 0..across.stride {
            let (down, first_down) = all.down.phase(y);
            let (across, first_across) = all.across.phase(x);
            let windows = Windows { down, across, ..all };
            let weight = ByChannel {
                data: args.word(0) as *const f32,
                inputs: geometry.inputs(),
                all: [all.down.taps, all.across.taps],
                first: [first_down, first_across],
                taps: [down.taps, across.taps],
                stride: all.down.stride,
            };
            let step = all.across.stride * run;
            let spread = Spread {
                run,
                across: across.to,
                step,
                line: all.down.stride * all.across.to * run,
                first: (y * all.across.to + x) * run,
            };
            let target =
                Target { data: args.write(3), stride, epilogue, spread: Some(spread), onto: false };
            let (rows, columns) = shares(share, channels, down.to * across.to * run);
            let depth = geometry.rows * down.taps * across.taps;
            multiply(weight, ByPixel(windows), depth, rows, columns, target, share.scratch.cast());
        }
    }
}

/// The weight `[rows, channels * taps]` with channels as lines, rows and some of the taps as steps.
struct ByChannel {
    data: *const f32,
    inputs: usize,
    /// Size of the kernel.
    all: [usize; 2],
    /// First tap, down and across.
    first: [usize; 2],
    /// Number of taps.
    taps: [usize; 2],
    /// From one tap to the next.
    stride: usize,
}

impl Pack for ByChannel {
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        mut to: *mut f32,
    ) {
        let (area, count) = (self.all[0] * self.all[1], self.taps[0] * self.taps[1]);
        for line in lines.clone().step_by(WIDTH) {
            for step in steps.start..steps.start + steps.len().next_multiple_of(4) {
                let (row, tap) = (step / count, step % count);
                let down = self.first[0] + tap / self.taps[1] * self.stride;
                let across = self.first[1] + tap % self.taps[1] * self.stride;
                let first = row * self.inputs + down * self.all[1] + across;
                for channel in line..line + WIDTH {
                    let inside = step < steps.end && channel < lines.end;
                    *to = if inside { *self.data.add(first + channel * area) } else { 0.0 };
                    to = to.add(1);
                }
            }
        }
    }
}
