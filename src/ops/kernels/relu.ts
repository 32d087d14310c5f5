/**
 * `y = max(x, 0)`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { EPILOGUE } from "./constants.ts";
import { overVectors } from "./grid.ts";
import wgsl from "../../../wgsl/relu.wgsl" with { type: "text" };

/** The kernel `relu`. */
export const relu: Kernel = {
  name: "relu",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
  ],
  follower: {
    operand: "x",
    output: "y",
    epilogue: (before) => before === EPILOGUE.bias ? EPILOGUE.biasRelu : undefined,
  },
  gpu: {
    wgsl,
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
