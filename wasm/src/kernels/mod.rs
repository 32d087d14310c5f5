//! Every kernel, by name. `KERNELS` is the only list: TypeScript asks for the names at start.
use crate::args::Kernel;

pub mod epilogue;
pub mod gemm;
pub mod growth_candidates;
mod lists;
pub mod panel;
pub mod sddmm;
pub mod spmm;

/// Name and function of every kernel; the position is the kernel's number.
pub static KERNELS: &[(&str, Kernel)] = &[
    ("gemm", gemm::gemm),
    ("growth_candidates", growth_candidates::growth_candidates),
    ("sddmm", sddmm::sddmm),
    ("spmm", spmm::spmm),
];
