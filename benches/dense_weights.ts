/**
 * Sparse layers as other libraries take them: dense matrices with zeros, and which of their places count.
 *
 * @module
 */
import type { AnyModule } from "../src/nn/module.ts";
import type { Device } from "../src/program/device.ts";
import { toDense } from "../src/sparse/convert.ts";

/** A layer's matrix. */
export interface DenseWeight {
  /** `[outputs, inputs]`, 0 where there is no connection. */
  readonly weight: Float32Array;
  /** `[outputs, inputs]`: 1 where there is one. */
  readonly mask: Float32Array;
  /** `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
}

/** The matrices of a model, in the order of its layers. */
export async function denseWeights(
  device: Device,
  { weights }: Pick<AnyModule, "weights">,
): Promise<DenseWeight[]> {
  return await Promise.all(weights.map(async ({ shape: [outputs, inputs], sparse, values }) => {
    const numbers = await device.readFloats(values);
    const ones = new Float32Array(numbers.length).fill(1);
    return {
      weight: sparse === undefined ? numbers : toDense(sparse.pattern, numbers),
      mask: sparse === undefined ? ones : toDense(sparse.pattern, ones),
      shape: [outputs, inputs],
    };
  }));
}
