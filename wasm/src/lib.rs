//! The WebAssembly half of Filigree: every kernel, the runtime that executes a list of kernel
//! calls lying in linear memory, and the rewiring of patterns.
//!
//! Numbers and pointers only cross the boundary. Everything here also builds natively, so that
//! `cargo test` runs each function against a naive oracle.

pub mod args;
pub mod kernels;
pub mod random;
pub mod rewire;
pub mod runtime;
pub mod simd;
pub mod step;
