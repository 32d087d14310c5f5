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

/// Words of what says the mask of an N:M weight.
pub const MASK_WORDS: usize = 8;

/// Where the words of what says the mask of an N:M weight lie.
pub mod mask {
    /// u32: members of a segment that are in the mask.
    pub const N: usize = 0;
    /// u32: members of a segment.
    pub const M: usize = 1;
    /// f32: what weights outside of the mask are multiplied by.
    pub const BETA: usize = 2;
    /// f32: sum of the magnitudes of a segment above which all of it is in the mask.
    pub const LIMIT: usize = 3;
    /// f32: share of the weights outside of the mask that is added to their gradient.
    pub const DECAY: usize = 4;
    /// u32: 1 where everything that is not 0 is in the mask.
    pub const MODE: usize = 5;
}
