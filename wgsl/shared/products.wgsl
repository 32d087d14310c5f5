// What a product does with its result. Mirrors EPILOGUE and NONE in src/ops/kernels/constants.ts.
const EPILOGUE_NONE: u32 = 0u;
const EPILOGUE_BIAS: u32 = 1u;
const EPILOGUE_BIAS_RELU: u32 = 2u;
const EPILOGUE_GATE: u32 = 3u;
const NONE: u32 = 0xffffffffu;
