//! Rewiring: selection, drawing, merging, inheritance, the transposed view.
//!
//! Every function works on plain slices and knows no method; `src/sparse/rewiring.ts` composes them.
//! Lists are as in a pattern: `span` holds (begin, end) of each row, inputs ascend within a row.

pub mod bits;
pub mod cells;
pub mod draw;
pub mod exports;
pub mod hash;
pub mod inherit;
pub mod keys;
pub mod merge;
pub mod norms;
pub mod pool;
pub mod select;
pub mod transpose;

#[cfg(test)]
mod testing;

/// No slot, no input. Mirrors `NONE` of `src/ops/kernels/constants.ts`.
pub const NONE: u32 = u32::MAX;

/// Lists of connections begin at multiples of this. Mirrors `LIST_TILE` of `src/device/kernel.ts`.
#[cfg(test)]
const LIST_TILE: usize = 4;
