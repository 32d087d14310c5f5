//! `gemm_add`: dense product, added to what is there. See `src/ops/kernels/gemm_add.ts`.
use super::epilogue::Epilogue;
use super::gemm::{factor, shares};
use super::panel::{multiply, Target};
use crate::args::{Args, Share};

/// `c += op(a) op(b)`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/gemm_add.ts` declares.
pub unsafe fn gemm_add(args: Args, share: Share) {
    let (m, n, k) = (args.word(3), args.word(4), args.word(5));
    let a = factor(args.word(0), args.word(6) == 0, m, k);
    let b = factor(args.word(1), args.word(7) != 0, n, k);
    let epilogue = Epilogue { kind: 0, extra: core::ptr::null(), stride: n };
    let target = Target { data: args.write(2), stride: n, epilogue, spread: None, onto: true };
    let (rows, columns) = shares(share, m, n);
    multiply(a, b, k, rows, columns, target, share.scratch.cast());
}
