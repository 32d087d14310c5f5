//! The kernels against loops in f64: one program, so that the library is linked once.
mod common;
mod conv;
mod gemm;
mod growth_candidates;
mod labels;
mod sddmm;
mod spmm;
mod units;
mod unpack_segments;
