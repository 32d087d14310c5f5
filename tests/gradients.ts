/**
 * Recorded gradients against central differences.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Module } from "../src/nn/module.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import type { Mode } from "../src/nn/context.ts";
import type { Loss } from "../src/tasks/supervised.ts";
import { eachConnection } from "../src/sparse/convert.ts";
import type { Pattern } from "../src/sparse/pattern.ts";
import { WatchedBackend } from "./reference_backend.ts";

/** Features that {@linkcode checkGradients} feeds unless told otherwise. */
export const INPUTS = 6;
/** Classes of every model that it checks. */
export const CLASSES = 3;
const EXAMPLES = 5;

/**
 * Compares the recorded gradient of every parameter with central differences of the recorded
 * forward pass, both in float64. The step 1e-5 leaves a truncation error of about 1e-10. Where a relu's
 * kink lies within the step, the side without it has the slope of the gradient, to a truncation error
 * of about 1e-5.
 */
export async function checkGradients(
  model: Module,
  seed: number,
  {
    inputs = INPUTS,
    mode = "train",
    loss: measure = crossEntropy,
    numbers = false,
    shares = false,
  }: {
    inputs?: number;
    mode?: Mode;
    loss?: Loss;
    /** Whether targets are numbers from 0 to 1, not classes. */
    numbers?: boolean;
    /** Whether these add up to 1 for every example. */
    shares?: boolean;
  } = {},
): Promise<void> {
  const backend = new WatchedBackend();
  const device = new Device(backend, "test", seed, record);
  const specs = [
    matrix(inputs, EXAMPLES),
    numbers || shares ? matrix(CLASSES, EXAMPLES) : labels(EXAMPLES),
  ];
  const forward = await device.compile(specs, (x, y) => measure(model(x, { mode }), y));
  const labelsOf: string[] = [];
  const lengths: number[] = [];
  const backward = await device.compile(specs, (x, y) => {
    const gradients = [...differentiate(measure(model(x, { mode }), y), add)];
    const ofParameters = gradients.filter(([t]) => t.storage.kind === "resource");
    for (const [tensor] of ofParameters) {
      if (tensor.storage.kind !== "resource") continue;
      labelsOf.push(tensor.storage.resource.label);
      lengths.push(tensor.elements);
    }
    return ofParameters.map(([, gradient]) => gradient);
  });
  const random = (i: number): number => Math.sin((i + 1) * 12.9898 + seed) * 43758.5453 % 1;
  const x = Float32Array.from({ length: inputs * 32 }, (_, i) => i % 32 < EXAMPLES ? random(i) : 0);
  const real = (i: number): boolean => i % 32 < EXAMPLES;
  const y = shares
    // Three quarters of one class and a quarter of the next.
    ? Float32Array.from({ length: CLASSES * 32 }, (_, i) => {
      const away = (Math.floor(i / 32) + i % 32 + seed) % CLASSES;
      return real(i) ? [0.75, 0.25][away] ?? 0 : 0;
    })
    : numbers
    ? Float32Array.from({ length: CLASSES * 32 }, (_, i) => real(i) ? Math.abs(random(i + 7)) : 0)
    : Uint32Array.from({ length: 32 }, (_, i) => real(i) ? (i + seed) % CLASSES : 0);
  const clock = { step: 0, totalSteps: 1 };
  const ring = (): Float64Array => backend.numbers("ring 0");
  const loss = (): number => {
    const at = forward.runs;
    forward.run([x, y], clock, EXAMPLES);
    return ring()[at];
  };
  // Biases away from 0: a row that only reads dead units would sit exactly on its relu's kink.
  for (const label of labelsOf.filter((l) => l.endsWith(".bias"))) {
    const values = backend.numbers(label);
    values.forEach((_, j) => values[j] = 0.3 + 0.2 * random(j));
  }
  const here = loss();
  backward.run([x, y], clock, EXAMPLES);
  for (const [i, label] of labelsOf.entries()) {
    const gradient = await backward.floats(i);
    const values = backend.numbers(label);
    const weight = model.weights.find((w) => w.label === label)?.sparse;
    for (let j = 0; j < lengths[i]; j++) {
      const step = 1e-5;
      const before = values[j];
      if (weight !== undefined && !activeOf(weight.pattern).has(j)) {
        assert.equal(gradient[j], 0, `"${label}"[${j}] is no connection and has a gradient`);
        continue;
      }
      values[j] = before + step;
      const up = loss();
      values[j] = before - step;
      const down = loss();
      values[j] = before;
      const numeric = (up - down) / (2 * step);
      // read() rounds to float32: half an ulp of the gradient; the rest is truncation.
      const agrees = (slope: number, error: number): boolean =>
        Math.abs(gradient[j] - slope) <= error + 1e-5 * Math.abs(slope);
      assert.ok(
        agrees(numeric, 1e-6) || agrees((up - here) / step, 1e-4) ||
          agrees((here - down) / step, 1e-4),
        `"${label}"[${j}]: gradient ${gradient[j]}, central difference ${numeric} (seed ${seed})`,
      );
    }
  }
}

/** Places of the values that are connections: no padding, nothing outside the matrix. */
function activeOf(pattern: Pattern): Set<number> {
  const active = new Set<number>();
  eachConnection(pattern, (at) => active.add(at));
  return active;
}
