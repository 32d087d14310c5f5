/**
 * A table that something beside an embedding is made of: one gradient in memory, which the embedding's is added to where nobody
 * else has it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { add as addTensors } from "../src/ops/add.ts";
import { embedding } from "../src/ops/embedding.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import type { DenseMatrix } from "../src/ops/matrix.ts";
import { reshape } from "../src/ops/reshape.ts";
import { concat } from "../src/ops/slice.ts";
import { mse } from "../src/ops/target_losses.ts";
import { Device } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { centralDifference } from "./central_difference.ts";
import { Source } from "./arbitraries.ts";
import { WatchedBackend } from "./reference_backend.ts";

const CLOCK = { step: 0, totalSteps: 1 };

/** As many tokens as examples, so that the table is a tensor of examples too. */
const VOCABULARY = 32, FEATURES = 2, POSITIONS = 3, ROWS = FEATURES * POSITIONS, SEED = 21;

function parameter(label: string, source: Source): Resource {
  const numbers = source.floats(VOCABULARY * FEATURES);
  return new Resource({
    ...{ label, type: "f32", length: numbers.length, category: "parameters", trainable: true },
    initial: () => numbers,
  });
}

/** What else is made of a table, behind its embedding, so that the gradient of that comes first. */
interface Beside {
  readonly name: string;
  more(tokens: Tensor, table: DenseMatrix, other: Resource): Tensor;
  /** Embeddings whose gradient is added to that. */
  readonly onto: number;
}

const BESIDE: readonly Beside[] = [
  {
    name: "another embedding",
    more: (tokens, table, other) => {
      const sum = addTensors(
        embedding(tokens, table),
        embedding(tokens, { ...table, values: other }),
      );
      return reshape(sum, [ROWS]);
    },
    onto: 1,
  },
  {
    name: "a sum that another parameter has the gradient of too",
    more: ({ trace }, { values }, other) => {
      const sum = addTensors(trace.resource(values), trace.resource(other));
      return concat([sum, sum, sum]);
    },
    onto: 0,
  },
];

for (const { name, more, onto } of BESIDE) {
  Deno.test(`embedding() of a table beside ${name} has the gradient of both`, async () => {
    const source = new Source(SEED);
    const parameters = [parameter("table", source), parameter("other", source)];
    const [values, other] = parameters;
    const table: DenseMatrix = { kind: "dense", rows: VOCABULARY, inputs: FEATURES, values };
    const backend = new WatchedBackend();
    const device = new Device(backend, "test", 0, record);
    const lossOf = (tokens: Tensor, target: Tensor): Tensor => {
      for (const each of parameters) tokens.trace.resource(each, [FEATURES, 32]);
      const first = reshape(embedding(tokens, table), [ROWS]);
      return addTensors(mse(first, target), mse(more(tokens, table, other), target));
    };
    const gradientsOf = (tokens: Tensor, target: Tensor): Tensor[] => {
      const gradients = differentiate(lossOf(tokens, target), add);
      return parameters.map((each) => {
        const gradient = gradients.get(tokens.trace.resource(each));
        assert(gradient !== undefined, each.label);
        return gradient;
      });
    };
    const specs = [
      { shape: [POSITIONS, 32], type: "u32" as const },
      { shape: [ROWS, 32], type: "f32" as const },
    ];
    const { kernels } = device.plan([device.trace(specs, gradientsOf)]);
    assert.equal(kernels.embedding_gradient_add ?? 0, onto);
    const backward = await device.compile(specs, gradientsOf);
    const forward = await device.compile(specs, lossOf);
    const given = [source.integers(POSITIONS * 32, VOCABULARY), source.floats(ROWS * 32)];
    backward.run(given, CLOCK);
    const loss = (): number => {
      const at = forward.runs;
      forward.run(given, CLOCK);
      return backend.numbers("ring 0")[at % 1024];
    };
    for (const [i, { label }] of parameters.entries()) {
      check(label, backend.numbers(label), await backward.floats(i), loss);
    }
  });
}

/** Compares a gradient with central differences. */
function check(
  label: string,
  values: Float64Array,
  gradient: Float32Array,
  loss: () => number,
): void {
  for (const [j, slope] of gradient.entries()) {
    const numeric = centralDifference(values, j, loss, 1e-3);
    // A square has no third derivative: what is left is the rounding of the gradient that was read.
    const error = Math.abs(slope - numeric);
    assert.ok(error < 1e-6, `"${label}"[${j}]: ${slope}, by differences ${numeric} (seed ${SEED})`);
  }
}
