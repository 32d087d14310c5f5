// Word offsets of the step block. Mirrors src/device/step_block.ts; a test compares the two.
const STEP_STEP: u32 = 0u;
const STEP_EXAMPLES: u32 = 1u;
const STEP_SLOT: u32 = 2u;
const STEP_LEARNING_RATE: u32 = 4u;
const STEP_BIAS_CORRECTION1: u32 = 5u;
const STEP_BIAS_CORRECTION2: u32 = 6u;
const STEP_SHARE: u32 = 7u;
const STEP_BEFORE: u32 = 8u;
const STEP_FROZEN: u32 = 9u;
