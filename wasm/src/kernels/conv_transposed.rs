//! `conv_transposed`: gradient of the image of a dense convolution. See
//! `src/ops/kernels/conv_transposed.ts`.
//!
//! A product as in `conv`, over the rows of `dy` and the taps. With a stride, the taps that no window
//! of a pixel has are multiplied as zeros.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::gemm::shares;
use super::panel::{multiply, Pack, Target};
use super::window::{ByPixel, Geometry, Windows, WORDS};
use crate::args::{Args, Share};

/// `dx = transpose(windows)(W, dy)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_transposed.ts` declares.
pub unsafe fn conv_transposed(args: Args, share: Share) {
    let geometry = Geometry::read(args, 4);
    let (taps, columns) = (geometry.taps(), geometry.image_elements());
    let weight = ByChannel { data: args.word(0) as *const f32, taps, inputs: geometry.inputs() };
    let dy = ByPixel(Windows::of_result(args.word(1) as *const f32, &geometry));
    let epilogue =
        Epilogue { kind: args.word(4 + WORDS), extra: args.word(2) as *const f32, stride: columns };
    let target = Target { data: args.write(3), stride: columns, epilogue };
    let (channels, columns) = shares(share, geometry.channels, columns);
    let depth = geometry.rows * taps;
    multiply(weight, dy, depth, channels, columns, target, share.scratch.cast());
}

/// The weight `[rows, channels * taps]` with channels as lines, rows and taps as steps.
struct ByChannel {
    data: *const f32,
    taps: usize,
    inputs: usize,
}

impl Pack for ByChannel {
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        mut to: *mut f32,
    ) {
        for line in lines.clone().step_by(WIDTH) {
            for step in steps.start..steps.start + steps.len().next_multiple_of(4) {
                let (row, tap) = (step / self.taps, step % self.taps);
                for channel in line..line + WIDTH {
                    let inside = step < steps.end && channel < lines.end;
                    let at = row * self.inputs + channel * self.taps + tap;
                    *to = if inside { *self.data.add(at) } else { 0.0 };
                    to = to.add(1);
                }
            }
        }
    }
}
