//! `conv_gradient`: gradient of the weight of a dense convolution. See
//! `src/ops/kernels/conv_gradient.ts`.
use super::epilogue::{Epilogue, NONE};
use super::gemm::shares;
use super::pack::Factor;
use super::panel::{multiply, Target};
use super::window::{ByInput, Geometry, Windows};
use crate::args::{Args, Share};

/// `gradient = dy transpose(windows(x))`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_gradient.ts` declares.
pub unsafe fn conv_gradient(args: Args, share: Share) {
    let geometry = Geometry::read(args, 3);
    let (inputs, depth) = (geometry.inputs(), geometry.out_elements());
    let dy = Factor { data: args.word(0) as *const f32, line: depth, depth: 1 };
    let x = ByInput(Windows::of_image(args.word(1) as *const f32, &geometry));
    let epilogue = Epilogue { kind: NONE, extra: core::ptr::null(), stride: 0 };
    let target =
        Target { data: args.write(2), stride: inputs, epilogue, spread: None, onto: false };
    let (rows, inputs) = shares(share, geometry.rows, inputs);
    multiply(dy, x, depth, rows, inputs, target, share.scratch.cast());
}
