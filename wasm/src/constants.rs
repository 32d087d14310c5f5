//! Numbers that kernels and their callers share. Mirrors `src/ops/kernels/constants.ts`; a test
//! compares the two.

/// Elements in one chunk of `square_sum`.
pub const SQUARE_CHUNK: usize = 4096;

/// Marks "no connection" in `slot` and in lists of candidates.
pub const NONE: u32 = 0xffff_ffff;
