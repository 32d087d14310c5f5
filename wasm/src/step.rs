//! Word offsets of the step block. Mirrors `src/device/step_block.ts`; a test compares the two.

/// u32: number of optimizer steps before this one.
pub const STEP: usize = 0;
/// u32: examples in this batch; columns from here on are padding.
pub const EXAMPLES: usize = 1;
/// u32: where the recorder writes, as a position in the ring.
pub const SLOT: usize = 2;
/// f32: learning rate.
pub const LEARNING_RATE: usize = 4;
/// f32: `1 - beta1^t`, t counted from 1.
pub const BIAS_CORRECTION1: usize = 5;
/// f32: `1 - beta2^t`.
pub const BIAS_CORRECTION2: usize = 6;
/// f32: share of this batch's examples in those of its update; 1 where an update has one batch.
pub const SHARE: usize = 7;
/// u32: examples of the update's batches before this one; 0 where an update has one batch.
pub const BEFORE: usize = 8;
/// u32: 1 where second moments stay as they are.
pub const FROZEN: usize = 9;

/// Words of the whole block.
pub const WORDS: usize = 16;

/// What a second moment and a square are multiplied by: `betas`, or 1 and 0 where second moments stay as they are.
pub fn second_moment(block: &[u32], betas: [f32; 2]) -> [f32; 2] {
    if block[FROZEN] == 1 {
        [1.0, 0.0]
    } else {
        betas
    }
}

/// The word at `offset` as an f32.
pub fn float(block: &[u32], offset: usize) -> f32 {
    f32::from_bits(block[offset])
}
