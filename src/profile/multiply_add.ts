/**
 * The kernel whose speed is the multiply-add peak of a WebGPU device. It has no twin: on WASM the peak is that of
 * `wasm/peak.wat`.
 *
 * @module
 */
import type { Kernel } from "../device/kernel.ts";
import { overVectors } from "../ops/kernels/grid.ts";
import wgsl from "./multiply_add.wgsl" with { type: "text" };

/** Chains of an invocation, each of vectors of four. */
const CHAINS = 16;

/** Multiply-adds of a chain in a round. */
const TURNS = 4;

/**
 * The kernel `multiply_add`: every element of `y` becomes the sum of sixteen chains, that start at 0 to 15 and to which
 * `4 * rounds` times `chain = chain * factor + factor` is done.
 */
export const multiplyAdd: Kernel = {
  name: "multiply_add",
  bindings: [{ name: "y", access: "write", type: "f32" }],
  params: [
    { name: "length", type: "u32" },
    { name: "rounds", type: "u32" },
    { name: "factor", type: "f32" },
  ],
  gpu: {
    wgsl,
    dispatches: ({ length }, traits) => overVectors(length, traits),
  },
  flops: ({ length, rounds }) => 2 * length * CHAINS * TURNS * rounds,
};

/** What every element of `y` must be where `factor` is 1. */
export function multiplyAddResult(rounds: number): number {
  return CHAINS * (CHAINS - 1) / 2 + CHAINS * TURNS * rounds;
}
