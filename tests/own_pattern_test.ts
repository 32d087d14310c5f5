/**
 * A pattern of one's own is a file and a line: it is drawn, trained, rewired by every method, saved and loaded like those of the
 * house, none of which knows of it. It is bank-balanced sparsity, as `docs/adding.md` has it.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePattern } from "../src/cli/patterns.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { fromDense, toDense } from "../src/sparse/convert.ts";
import { randomPattern } from "../src/sparse/draw.ts";
import { firstConnections } from "../src/sparse/geometry.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { countUnits, patternOf } from "../src/sparse/pattern.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { patternHash } from "../src/sparse/statistics.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { loadModel } from "../src/train/load.ts";
import { Trainer } from "../src/train/trainer.ts";
import { RUNS, seeds, Source } from "./arbitraries.ts";
import { carryOut } from "./adding.ts";
import { drawPattern } from "./any_pattern.ts";
import * as oracle from "./oracle/rewire.ts";
import { context, drawLayer, requireEqual, requireInvariants } from "./rewire_settings.ts";

await carryOut("src/sparse/patterns/banks.ts");

/** The pattern by its name, as those of other files are found that nobody imports. */
function bankBalanced(banks: number, each: number): PatternSpec {
  return parsePattern(`banks-${banks}-${each}`, 1);
}

const DATA = {
  features: Float32Array.from({ length: 96 * 40 }, (_, i) => ((i * 37) % 101) / 101 - 0.5),
  labels: Uint8Array.from({ length: 96 }, (_, i) => i % 3),
  examples: 96,
  inputs: 40,
  classes: 3,
};

Deno.test("a pattern of one's own is drawn, validated, converted and named", async () => {
  const spec = bankBalanced(4, 3);
  assert.deepEqual(spec, { kind: "banks", banks: 4, each: 3 });
  assert.equal(patternName(spec), "banks-4-3");
  const pattern = await randomPattern(spec, 24, 39, 5, 1);
  validatePattern(pattern);
  assert.equal(countUnits(pattern), 24 * 12);
  assert.equal(firstConnections(pattern), 24 * 12);
  const values = new Float32Array(pattern.capacity).map((_, i) => i + 1);
  const dense = toDense(pattern, values);
  assert.equal(patternHash(fromDense(dense, 24, 39, { spec }).pattern), patternHash(pattern));
  const uneven = patternOf([[0, 1, 2, 10]], { spec: bankBalanced(2, 2), rows: 1, inputs: 12 });
  assert.throws(() => validatePattern(uneven), /segment 0 of row 0 has 3 inputs; expected 2/);
});

Deno.test("set() and rigl() rewire a pattern of one's own as the oracle does, bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(
      seeds(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (seed, fraction) => {
        const source = new Source(seed);
        const spec = bankBalanced(1 + source.below(5), 1 + source.below(4));
        const shape = { spec, rows: 1 + source.below(12), inputs: 1 + source.below(30) };
        const { dense, state } = drawLayer(drawPattern(source, shape), source, "normal", true);
        const result = await rigl().rewire(state, { ...context, fraction });
        requireInvariants(state, result);
        requireEqual(result, oracle.exchange(dense, fraction, "resume"));
        requireInvariants(state, await set().rewire(state, { ...context, fraction }));
      },
    ),
    { numRuns: RUNS },
  );
});

for (const method of [set, rigl, srigl]) {
  Deno.test(`a pattern of one's own trains, rewires by ${method.name}(), is saved and loaded`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
      const model = sequential(
        linear(40, 24, { pattern: bankBalanced(5, 2) }),
        relu(),
        linear(24, 3, { pattern: bankBalanced(2, 6) }),
      );
      using trainer = new Trainer({
        device,
        model,
        optimizer: adamw({ learningRate: 0.01 }),
        method: method({ every: 2, until: 1 }),
      });
      let grown = 0;
      for await (const event of trainer.fit(DATA, { epochs: 4, batchSize: 16 })) {
        if (event.kind !== "rewire") continue;
        grown += event.layers.reduce((sum, layer) => sum + layer.grown, 0);
      }
      assert.ok(grown > 0, "something grew");
      const path = `${folder}/model.safetensors`;
      await trainer.save(path);
      using other = await createDevice({ prefer: "wasm", threads: 1 });
      const { model: loaded } = await loadModel(path, other);
      const hashes = (layer: typeof model): string[] =>
        layer.weights.flatMap(({ sparse }) =>
          sparse === undefined ? [] : patternHash(sparse.pattern)
        );
      assert.equal(hashes(model).length, 2);
      assert.deepEqual(hashes(loaded), hashes(model));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
