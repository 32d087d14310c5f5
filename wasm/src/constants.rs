//! Numbers that kernels and their callers share. Mirrors `src/ops/kernels/constants.ts`; a test
//! compares the two.

/// Elements in one chunk of `square_sum`.
pub const SQUARE_CHUNK: usize = 4096;

/// Marks "no connection" in `slot` and in lists of candidates.
pub const NONE: u32 = 0xffff_ffff;

/// How the connections of a unit (a group slot, a block) make one score.
pub mod norm {
    /// Mean magnitude, over the connections that lie inside the matrix.
    pub const MEAN: usize = 0;
    /// Largest magnitude.
    pub const MAX: usize = 1;
    /// Sum of the magnitudes.
    pub const L1: usize = 2;
    /// Root of the sum of the squares.
    pub const L2: usize = 3;
}
