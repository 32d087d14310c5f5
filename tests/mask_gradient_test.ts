/**
 * The gradient of a weight under an N:M mask by the chain rule, against central differences.
 *
 * @module
 */
import assert from "node:assert/strict";
import { asp } from "../src/methods/asp.ts";
import type { Method } from "../src/methods/method.ts";
import { pgf } from "../src/methods/pgf.ts";
import { linear } from "../src/nn/linear.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { mse } from "../src/ops/target_losses.ts";
import { gradientsOf } from "../src/optim/gradients.ts";
import { Device } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import type { MaskState } from "../src/sparse/mask.ts";
import { nm } from "../src/sparse/patterns/mod.ts";
import { centralDifference } from "./central_difference.ts";
import { Source } from "./arbitraries.ts";
import { WatchedBackend } from "./reference_backend.ts";

const EXAMPLES = 32, OUTPUTS = 3;

/** Far below the distance of two magnitudes, so that no mask changes; the truncation error is about 1e-10. */
const STEP = 1e-5;

interface GradientCase {
  readonly method: Method;
  readonly ratio: readonly [n: number, m: number];
  readonly inputs: number;
  readonly state: Partial<MaskState>;
}

/** Compares the gradient that a method makes of every weight with central differences, all in float64. */
async function checkMasked({ method, ratio: [n, m], inputs, state }: GradientCase, seed: number) {
  const backend = new WatchedBackend();
  const device = new Device(backend, "test", seed, record);
  const source = new Source(seed);
  const layer = linear(inputs, OUTPUTS, { pattern: nm(n, m), storage: "masked", bias: false });
  const [{ sparse: weight, values, label }] = layer.weights;
  assert.ok(weight?.mask !== undefined);
  const specs = [inputs, OUTPUTS].map((features) => ({
    ...{ shape: [features, EXAMPLES], type: "f32" as const },
  }));
  const lossOf = (x: Tensor, target: Tensor): Tensor => mse(layer(x), target);
  const forward = await device.compile(specs, lossOf);
  const backward = await device.compile(specs, (x, target) => {
    const gradient = gradientsOf(lossOf(x, target)).of.get(values);
    assert.ok(gradient !== undefined);
    return [method.gradient?.({ trace: x.trace, weight, label }, gradient) ?? gradient];
  });
  weight.mask.set(device, { n, m, ...state });
  const data = [source.floats(inputs * EXAMPLES), source.floats(OUTPUTS * EXAMPLES)];
  const loss = (): number => {
    const at = forward.runs;
    forward.run(data, { step: 0, totalSteps: 1 });
    return backend.numbers("ring 0")[at % 1024];
  };
  backward.run(data, { step: 0, totalSteps: 1 });
  const gradient = await backward.floats(0);
  const weights = backend.numbers(values.label);
  assert.equal(gradient.length, OUTPUTS * inputs);
  for (let j = 0; j < gradient.length; j++) {
    const numeric = centralDifference(weights, j, loss, STEP);
    assert.ok(
      Math.abs(gradient[j] - numeric) <= 1e-7 + 1e-5 * Math.abs(numeric),
      `${method.name} ${n}:${m} [${j}]: gradient ${
        gradient[j]
      }, central difference ${numeric} (seed ${seed})`,
    );
  }
  return gradient;
}

Deno.test("pgf() by the chain rule has the gradient of central differences", async () => {
  const method = pgf({ backward: "exact" });
  for (
    const given of [
      { ratio: [2, 4], inputs: 10, state: { beta: 0.5 } },
      { ratio: [1, 8], inputs: 16, state: { beta: 0.03 } },
      { ratio: [3, 7], inputs: 9, state: { beta: 1 } },
      { ratio: [1, 16], inputs: 18, state: {} },
    ] as const
  ) await checkMasked({ method, ...given }, 7);
});

Deno.test("pgf() by the chain rule gives weights nothing that the forward does not read", async () => {
  const given = { ratio: [1, 4], inputs: 8, state: { beta: 0 } } as const;
  for (const method of [pgf({ backward: "exact" }), asp()]) {
    const gradient = await checkMasked({ method, ...given }, 3);
    assert.equal(gradient.filter((value) => value === 0).length, 3 * OUTPUTS * 2, method.name);
  }
});
