// What a product does with its result, and what a unit's score is. Mirrors EPILOGUE, NORM and NONE in
// src/ops/kernels/constants.ts.
const EPILOGUE_NONE: u32 = 0u;
const EPILOGUE_BIAS: u32 = 1u;
const EPILOGUE_GATE: u32 = 2u;
const EPILOGUE_FORMS: u32 = 4u;
const NORM_MEAN: u32 = 0u;
const NORM_MAX: u32 = 1u;
const NORM_L1: u32 = 2u;
const NORM_L2: u32 = 3u;
const NONE: u32 = 0xffffffffu;
