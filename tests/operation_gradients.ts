/**
 * Recorded gradients of operations against central differences, whatever the axes of their operands.
 *
 * @module
 */
import assert from "node:assert/strict";
import { add, record } from "../src/ops/kernels/mod.ts";
import { reshape } from "../src/ops/reshape.ts";
import { mse } from "../src/ops/target_losses.ts";
import { Device } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { Resource } from "../src/program/resource.ts";
import { type Clock, type Shape, type Tensor, Trace } from "../src/program/trace.ts";
import { centralDifference } from "./central_difference.ts";
import { Source } from "./arbitraries.ts";
import { WatchedBackend } from "./reference_backend.ts";

/** Examples of every operand: no column is padding, so that operands may be parameters. */
export const EXAMPLES = 32;

/** An operation over tensors, such as those of a layer. */
export type Operation = (...operands: Tensor[]) => Tensor;

/**
 * Compares the recorded gradients of an operation's operands with central differences, all in float64. The loss is the mean
 * square of the result's distance to random numbers. The step 1e-5 leaves a truncation error of about 1e-10, and reading
 * rounds to float32.
 *
 * @param shapes Shapes of the operands, without the examples.
 */
export async function checkOperation(
  operation: Operation,
  shapes: readonly Shape[],
  seed: number,
): Promise<void> {
  const backend = new WatchedBackend();
  const device = new Device(backend, "test", seed, record);
  const source = new Source(seed);
  const operands = shapes.map((shape, i) => {
    const length = shape.reduce((product, n) => product * n, EXAMPLES);
    const initial = source.floats(length);
    return new Resource({
      ...{ label: `operand ${i}`, type: "f32", length, category: "parameters" },
      ...{ trainable: true, initial: () => initial },
    });
  });
  const outputs = outputsOf(operation, shapes);
  const lossOf = (target: Tensor): Tensor => {
    const { trace } = target;
    const given = operands.map((operand, i) => trace.resource(operand, [...shapes[i], EXAMPLES]));
    return mse(reshape(operation(...given), [outputs]), target);
  };
  const specs = [{ shape: [outputs, EXAMPLES], type: "f32" as const }];
  const forward = await device.compile(specs, lossOf);
  const backward = await device.compile(specs, (target) => {
    const gradients = differentiate(lossOf(target), add);
    return operands.map((operand) => {
      const gradient = gradients.get(target.trace.resource(operand));
      assert.ok(gradient !== undefined, `"${operand.label}" has no gradient`);
      return gradient;
    });
  });
  const inputs = [source.floats(outputs * EXAMPLES)];
  const loss = (): number => {
    const at = forward.runs;
    forward.run(inputs, CLOCK);
    return backend.numbers("ring 0")[at % 1024];
  };
  backward.run(inputs, CLOCK);
  for (const [i, { label, length }] of operands.entries()) {
    const values = backend.numbers(label);
    const gradient = await backward.floats(i);
    assert.equal(gradient.length, length, label);
    for (let j = 0; j < length; j++) {
      const numeric = centralDifference(values, j, loss, STEP);
      assert.ok(
        Math.abs(gradient[j] - numeric) <= 1e-7 + 1e-5 * Math.abs(numeric),
        `"${label}"[${j}]: gradient ${gradient[j]}, central difference ${numeric} (seed ${seed})`,
      );
    }
  }
}

const STEP = 1e-5;

/** Every run is of the same step, so that what is random in it is the same. */
const CLOCK: Clock = { step: 0, totalSteps: 1 };

/** Elements of the result for one example. */
function outputsOf(operation: Operation, shapes: readonly Shape[]): number {
  const trace = new Trace();
  const operands = shapes.map((shape) => trace.input([...shape, EXAMPLES], "f32"));
  return operation(...operands).elements / EXAMPLES;
}
