/**
 * `dx = dy` where `y > 0`, else 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { EPILOGUE } from "./constants.ts";
import { overVectors } from "./grid.ts";
import wgsl from "../../../wgsl/relu_gradient.wgsl" with { type: "text" };

/** The kernel `relu_gradient`. */
export const reluGradient: Kernel = {
  name: "relu_gradient",
  bindings: [
    { name: "y", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
  ],
  follower: {
    operand: "dy",
    extra: "y",
    output: "dx",
    epilogue: (before) => before === EPILOGUE.none ? EPILOGUE.gate : undefined,
  },
  gpu: {
    wgsl,
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
