// Words of what says the mask of an N:M weight. Mirrors MASK in src/ops/kernels/constants.ts.
const MASK_N: u32 = 0u;
const MASK_M: u32 = 1u;
const MASK_BETA: u32 = 2u;
const MASK_LIMIT: u32 = 3u;
const MASK_DECAY: u32 = 4u;
const MASK_MODE: u32 = 5u;
