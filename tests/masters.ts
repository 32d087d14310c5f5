/**
 * What tests of dense masters under patterns share: a few examples, and a float64 oracle.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Module } from "../src/nn/mod.ts";
import { toDense } from "../src/sparse/convert.ts";
import { areaOf } from "../src/sparse/geometry.ts";
import type { Pattern } from "../src/sparse/pattern.ts";
import type { SparseWeight } from "../src/sparse/weight.ts";
import type { Trainer } from "../src/train/trainer.ts";

export const INPUTS = 18;
export const CLASSES = 7;
export const EXAMPLES = 24;
export const RATE = 0.5;

export const DATA = {
  features: Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => Math.sin(7 * i)),
  labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => i % CLASSES),
  examples: EXAMPLES,
  inputs: INPUTS,
  classes: CLASSES,
};

export function sparseOf({ weights }: Module, at = 0): SparseWeight {
  const { sparse } = weights[at];
  assert.ok(sparse !== undefined);
  return sparse;
}

/** `[rows, inputs]`: 1 where a connection exists. */
export function maskOf(pattern: Pattern): Float32Array {
  const ones = new Float32Array(pattern.capacity * areaOf(pattern.unit)).fill(1);
  return toDense(pattern, ones);
}

export function difference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  assert.equal(one.length, other.length);
  return Array.from(one).reduce((most, x, i) => Math.max(most, Math.abs(x - other[i])), 0);
}

/** A softmax regression in float64: what a step of gradient descent makes of a master under a mask, straight through. */
export class Oracle {
  readonly weights: Float64Array;
  readonly bias = new Float64Array(CLASSES);

  constructor(weights: Float32Array, readonly mask: Float32Array) {
    this.weights = Float64Array.from(weights);
  }

  step(): void {
    const dw = new Float64Array(CLASSES * INPUTS), db = new Float64Array(CLASSES);
    for (let e = 0; e < EXAMPLES; e++) {
      const x = DATA.features.subarray(e * INPUTS, (e + 1) * INPUTS);
      const logits = Array.from(this.bias, (sum, c) => {
        for (let i = 0; i < INPUTS; i++) {
          const at = c * INPUTS + i;
          sum += this.mask[at] * this.weights[at] * x[i];
        }
        return sum;
      });
      const powers = logits.map(Math.exp);
      const total = powers.reduce((a, b) => a + b, 0);
      for (let c = 0; c < CLASSES; c++) {
        const d = (powers[c] / total - Number(DATA.labels[e] === c)) / EXAMPLES;
        db[c] += d;
        for (let i = 0; i < INPUTS; i++) dw[c * INPUTS + i] += d * x[i];
      }
    }
    this.weights.forEach((w, at) => this.weights[at] = w - RATE * dw[at]);
    this.bias.forEach((b, c) => this.bias[c] = b - RATE * db[c]);
  }
}

export async function fit(trainer: Trainer, epochs: number): Promise<void> {
  for await (const _ of trainer.fit(DATA, { epochs, batchSize: EXAMPLES }));
}
