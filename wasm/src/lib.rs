//! The WebAssembly half of Filigree: every kernel, the runtime that executes a list of kernel
//! calls lying in linear memory, and the rewiring of patterns.
//!
//! Numbers and pointers only cross the boundary. Everything here also builds natively, so that
//! `cargo test` runs each function against a naive oracle.

#![cfg_attr(
    all(target_arch = "wasm32", target_feature = "atomics"),
    feature(stdarch_wasm_atomic_wait)
)]

pub mod args;
pub mod constants;
pub mod drawing;
pub mod kernels;
pub mod random;
pub mod rewire;
pub mod runtime;
pub mod simd;
pub mod step;
