//! `conv`: dense convolution. See `src/ops/kernels/conv.ts`.
//!
//! The dense product of `gemm` with a factor that is packed straight from the windows of the image:
//! a panel of it stays in the second-level cache, a whole one never exists.
use super::epilogue::Epilogue;
use super::gemm::shares;
use super::pack::Factor;
use super::panel::{multiply, Target};
use super::window::{ByPixel, Geometry, Windows, WORDS};
use crate::args::{Args, Share};

/// `y = W windows(x)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv.ts` declares.
pub unsafe fn conv(args: Args, share: Share) {
    let geometry = Geometry::read(args, 4);
    let (rows, columns, inputs) = (geometry.rows, geometry.out_elements(), geometry.inputs());
    let weight = Factor { data: args.word(0) as *const f32, line: inputs, depth: 1 };
    let x = ByPixel(Windows::of_image(args.word(1) as *const f32, &geometry));
    let epilogue =
        Epilogue { kind: args.word(4 + WORDS), extra: args.word(2) as *const f32, stride: columns };
    let target =
        Target { data: args.write(3), stride: columns, epilogue, spread: None, onto: false };
    let (rows, columns) = shares(share, rows, columns);
    multiply(weight, x, inputs, rows, columns, target, share.scratch.cast());
}
