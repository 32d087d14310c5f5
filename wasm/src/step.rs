//! Word offsets of the step block. Mirrors `src/device/step_block.ts`; a test compares the two.

pub const STEP: usize = 0;
pub const EXAMPLES: usize = 1;
pub const SLOT: usize = 2;
pub const LEARNING_RATE: usize = 4;
pub const BIAS_CORRECTION1: usize = 5;
pub const BIAS_CORRECTION2: usize = 6;

/// Words of the whole block.
pub const WORDS: usize = 16;

/// The word at `offset` as an f32.
pub fn float(block: &[u32], offset: usize) -> f32 {
    f32::from_bits(block[offset])
}
