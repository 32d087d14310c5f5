/**
 * Recorded gradients of a model under a task, whatever inputs it reads, against central differences.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { MemorySource } from "../src/data/source.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { Device } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import type { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { inputNames, lossOf, type Objective, specsOf } from "../src/train/objective.ts";
import { centralDifference } from "./central_difference.ts";
import { WatchedBackend } from "./reference_backend.ts";

/** Examples of the batch. */
const BATCH = 8;

/** What is compared. */
export interface TaskGradients<In, Out> extends Objective<In, Out> {
  /** Whose first batch it is. */
  readonly source: MemorySource;
  /** The parameters whose gradients are looked at, each at the element of the largest one. */
  readonly chosen: readonly Resource[];
  /** An element of a parameter to look at too, by its values; none by default. */
  readonly another?: (parameter: Resource, values: Float64Array) => number | undefined;
}

/** Compares the recorded gradients of parameters with central differences of the recorded loss, both in float64. */
export async function checkTaskGradients<In, Out>(
  { model, task, source, chosen, another = () => undefined }: TaskGradients<In, Out>,
): Promise<void> {
  const backend = new WatchedBackend();
  const device = new Device(backend, "test", 3, record);
  const lossIn = lossOf({ model, task });
  const names = inputNames(task);
  const specs = specsOf("test", names, source.inputs, BATCH);
  const [{ arrays }] = source.epoch(0, { batchSize: BATCH, seed: 0, shuffle: false });
  const forward = await device.compile(specs, (...inputs) => lossIn(inputs, { mode: "train" }));
  const backward = await device.compile(specs, (...inputs) => {
    const gradients = differentiate(lossIn(inputs, { mode: "train" }), add);
    return chosen.map((parameter) => gradientOf(gradients, parameter));
  });
  const given = names.map((name) => arrays[name] ?? assert.fail(name));
  const clock = { step: 0, totalSteps: 0 };
  const loss = (): number => {
    const at = forward.runs;
    forward.run(given, clock, BATCH);
    return backend.numbers("ring 0")[at % 1024];
  };
  backward.run(given, clock, BATCH);
  for (const [i, parameter] of chosen.entries()) {
    const values = backend.numbers(parameter.label);
    const gradient = await backward.floats(i);
    const largest = gradient.reduce(
      (best, value, at) => Math.abs(value) > Math.abs(gradient[best]) ? at : best,
      0,
    );
    for (const j of new Set([largest, another(parameter, values) ?? largest])) {
      const numeric = centralDifference(values, j, loss);
      // A step of 1e-5 leaves about 1e-9 of a curved loss, and a gradient is read as a float32.
      assert.ok(
        Math.abs(gradient[j] - numeric) < 1e-7 + 1e-5 * Math.abs(numeric),
        `${parameter.label}[${j}]: ${gradient[j]} is not ${numeric}`,
      );
    }
  }
}

function gradientOf(gradients: ReadonlyMap<Tensor, Tensor>, parameter: Resource): Tensor {
  for (const [{ storage }, gradient] of gradients) {
    if (storage.kind === "resource" && storage.resource === parameter) return gradient;
  }
  return assert.fail(`${parameter.label} has no gradient`);
}
