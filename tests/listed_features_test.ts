/**
 * A head of many labels that stands on sparse features: losses and rankings are those of the same features as dense numbers, gradients
 * those of central differences, and labels begin with the inputs that they prefer.
 *
 * @module
 */
import assert from "node:assert/strict";
import { labelHead } from "../src/nn/label_head.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { labelLoss } from "../src/ops/label_loss.ts";
import { labelTop } from "../src/ops/label_top.ts";
import { listFeatures } from "../src/ops/listed_features.ts";
import { Device, matrix, openDevice } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import type { InputSpec } from "../src/program/program.ts";
import type { Tensor } from "../src/program/trace.ts";
import { dense, fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";
import { centralDifference } from "./central_difference.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { WatchedBackend } from "./reference_backend.ts";

const CLOCK = { step: 0, totalSteps: 1 };
const [FEATURES, LABELS, POSITIONS, MOST, COLUMNS] = [50, 201, 6, 3, 64];

const SPECS: readonly InputSpec[] = [
  { shape: [POSITIONS, COLUMNS], type: "u32" },
  { shape: [POSITIONS, COLUMNS], type: "f32" },
  { shape: [MOST, COLUMNS], type: "u32" },
];

/** Sparse features, the same as dense ones, and labels. */
function drawn(source: Source) {
  const tokens = new Uint32Array(POSITIONS * COLUMNS);
  const weights = source.floats(POSITIONS * COLUMNS);
  const x = new Float32Array(FEATURES * COLUMNS);
  const labels = new Uint32Array(MOST * COLUMNS).fill(LABELS);
  for (let c = 0; c < COLUMNS; c++) {
    for (const [p, feature] of source.distinct(source.below(POSITIONS + 1), FEATURES).entries()) {
      tokens[p * COLUMNS + c] = feature + 1;
      x[feature * COLUMNS + c] = weights[p * COLUMNS + c];
    }
    source.distinct(source.below(MOST + 1), LABELS).forEach((label, i) => {
      labels[i * COLUMNS + c] = label;
    });
  }
  return { tokens, weights, x, labels };
}

testOnDevices(
  "labelLoss() and labelTop() of listed features are those of dense ones",
  async (backend) => {
    const seed = 5;
    const source = new Source(seed);
    const device = new Device(backend, "test", 0, record);
    // Two pieces, of which the second is no whole chunk; of 50 features about six of 20 come twice.
    const layer = labelHead(FEATURES, 1024 + LABELS, {
      ...{ pattern: fanIn(20, { replacement: true }), shard: 1024, bias: -0.5 },
    });
    using program = await device.compile(
      [...SPECS, matrix(FEATURES, COLUMNS)],
      (tokens, weights, labels, x) => {
        const listed = listFeatures({ tokens, weights }, FEATURES);
        const both = [x, listed];
        return [
          ...both.flatMap((each) => {
            const top = labelTop(each, layer(each).head, 4);
            return [top.scores, top.labels];
          }),
          ...(["squared-hinge", "bce", "softmax"] as const).flatMap((loss) =>
            both.map((each) => labelLoss(each, layer(each).head, labels, { loss }))
          ),
        ];
      },
    );
    const { tokens, weights, labels, x } = drawn(source);
    program.run([tokens, weights, labels, x], CLOCK, COLUMNS);
    const [scores, listedScores] = [await program.floats(0), await program.floats(2)];
    scores.forEach((score, i) =>
      assert.ok(
        Math.abs(score - listedScores[i]) < 1e-5,
        `${listedScores[i]} of ${score} (${seed})`,
      )
    );
    assert.deepEqual(await program.words(1), await program.words(3));
    const losses = (await program.scalars()).map(([loss]) => loss);
    assert.equal(losses.length, 6);
    for (let i = 0; i < losses.length; i += 2) {
      assert.ok(Math.abs(losses[i + 1] / losses[i] - 1) < 1e-5, `${losses} (seed ${seed})`);
    }
  },
);

Deno.test("labelLoss() of listed features agrees with central differences", async () => {
  const seed = 9;
  const source = new Source(seed);
  const backend = new WatchedBackend();
  const device = new Device(backend, "test", 0, record);
  const layer = labelHead(FEATURES, LABELS, { pattern: fanIn(5, { full: true }), bias: -0.3 });
  const names: string[] = [];
  const lossOf = (tokens: Tensor, weights: Tensor, labels: Tensor): Tensor => {
    const x = listFeatures({ tokens, weights }, FEATURES);
    return labelLoss(x, layer(x).head, labels, { chunk: 128 });
  };
  const forward = await device.compile([...SPECS], lossOf);
  const backward = await device.compile([...SPECS], (tokens, weights, labels) => {
    const gradients = differentiate(lossOf(tokens, weights, labels), add);
    return [...gradients].map(([{ storage }, gradient]) => {
      if (storage.kind === "resource") names.push(storage.resource.label);
      return gradient;
    });
  });
  // Two chunks of values and biases, and nothing of the features.
  assert.equal(names.length, 4);
  const { tokens, weights, labels } = drawn(source);
  const given = [tokens, weights, labels];
  const loss = (): number => {
    const at = forward.runs;
    forward.run(given, CLOCK, COLUMNS);
    return backend.numbers("ring 0")[at % 1024];
  };
  backward.run(given, CLOCK, COLUMNS);
  for (const [i, label] of names.entries()) {
    const begin = Number(/\[(\d+),/.exec(label)?.[1] ?? 0);
    const numbers = backend.numbers(label.replace(/\[.*/, ""));
    const gradient = await backward.floats(i);
    for (let j = i; j < gradient.length; j += 97) {
      const slope = centralDifference(numbers, begin + j, loss);
      // Truncation of 1e-10, where hinges bend 1e-5, and the rounding of the gradient that was read.
      assert.ok(
        Math.abs(gradient[j] - slope) < 1e-5 + 1e-5 * Math.abs(slope),
        `"${label}"[${j}]: ${gradient[j]}, by differences ${slope} (seed ${seed})`,
      );
    }
  }
});

Deno.test("labelHead() lets labels begin with the inputs that they prefer, and draws the rest", async () => {
  const preferred = {
    offsets: Uint32Array.of(0, 2, 2, 5),
    indices: Uint32Array.of(3, 40, 9, 7, 8),
  };
  const patternOf = async (seed: number) => {
    using device = await openDevice({ prefer: "wasm", threads: 1, seed }, record);
    const layer = labelHead(FEATURES, 3, { pattern: fanIn(3, { full: true }), preferred });
    using _ = await device.compile(
      [matrix(FEATURES, 32)],
      (x) => labelTop(x, layer(x).head, 1).scores,
    );
    const index = layer.weights[0].sparse?.pattern.index ?? [];
    return [0, 4, 8].map((from) => [...index.slice(from, from + 3)]);
  };
  const lists = await patternOf(1);
  assert.deepEqual(lists, await patternOf(1));
  assert.notDeepEqual(lists, await patternOf(2));
  assert.deepEqual(lists[2], [7, 8, 9]);
  assert.ok(lists[0].includes(3) && lists[0].includes(40), `${lists[0]}`);
  for (const list of lists) {
    assert.deepEqual(list, [...new Set(list)].sort((a, b) => a - b));
    assert.ok(list.every((input) => input < FEATURES));
  }
});

Deno.test("listFeatures() and heads on listed features refuse what does not fit", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const trace = (pattern: Parameters<typeof labelHead>[2], features = FEATURES) =>
    device.trace([...SPECS], (tokens, weights, labels) => {
      const layer = labelHead(FEATURES, LABELS, pattern);
      const x = listFeatures({ tokens, weights }, features);
      return labelLoss(x, layer(x).head, labels);
    });
  assert.throws(() => trace({ pattern: dense() }), {
    name: "TypeError",
    message: /by sparse features: it is dense; expected single connections/,
  });
  assert.throws(() => trace({ pattern: groupFanIn(3, 4, { full: true }) }), {
    name: "TypeError",
    message: /it is of groups, or under a mask; expected single connections/,
  });
  assert.throws(() => trace({ pattern: fanIn(3, { full: true }) }, 49), {
    name: "TypeError",
    message: /of 49 listed features with a head of 50 features: expected as many/,
  });
  assert.throws(
    () =>
      device.trace([SPECS[1], SPECS[1]], (tokens, weights) => {
        listFeatures({ tokens, weights }, FEATURES);
        return tokens;
      }),
    { name: "TypeError", message: /Cannot list features of f32 tokens \[6,64\]/ },
  );
  const preferred = { offsets: Uint32Array.of(0, 4), indices: Uint32Array.of(1, 2, 3, 4) };
  const compile = async (rows: number) => {
    const layer = labelHead(FEATURES, rows, { pattern: fanIn(3, { full: true }), preferred });
    await device.compile([matrix(FEATURES, 32)], (x) => labelTop(x, layer(x).head, 1).scores);
  };
  await assert.rejects(compile(1), {
    name: "RangeError",
    message: /4 preferred inputs of row 0: expected at most 3 distinct ones below 50/,
  });
  await assert.rejects(compile(2), {
    name: "RangeError",
    message: /preferred inputs of 1 rows: expected those of 2 rows/,
  });
});
