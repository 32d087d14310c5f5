/** What rewiring refuses, and how it says so. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { LayerState } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { eachConnection } from "../src/sparse/convert.ts";
import { KINDS } from "./any_pattern.ts";
import { anySettings, context, draw, drawAny } from "./rewire_settings.ts";

Deno.test("rewire() names the connection that is NaN in a unit", async () => {
  for (const kind of KINDS) {
    await fc.assert(fc.asyncProperty(anySettings(kind), fc.nat(), async (setting, which) => {
      const { state } = drawAny(setting);
      const places: [number, number, number][] = [];
      eachConnection(state.pattern, (at, row, input) => places.push([at, row, input]));
      const [at, row, input] = places[which % places.length];
      const values = state.values.slice();
      values[at] = NaN;
      await assert.rejects(set().rewire({ ...state, values }, { ...context, fraction: 0.3 }), {
        name: "RangeError",
        message: new RegExp(`the weight of row ${row}, input ${input} is NaN`),
      });
    }));
  }
});

Deno.test("rewire() refuses NaN and names the connection", async () => {
  const setting = { rows: 6, inputs: 10, budget: 18, live: 6, fraction: 0.3, seed: 1 };
  const { state } = draw({ ...setting, style: "normal" });
  const slot = state.pattern.span[4] + 1;
  const where = `row 2, input ${state.pattern.index[slot]} is NaN`;
  const spoil = (array: Float32Array | undefined): Float32Array => {
    const copy = Float32Array.from(array ?? []);
    copy[slot] = NaN;
    return copy;
  };
  const run = (layer: LayerState) => rigl().rewire(layer, { ...context, fraction: 0.3 });
  await assert.rejects(run({ ...state, values: spoil(state.values) }), {
    name: "RangeError",
    message: new RegExp(`"layer": the weight of ${where}`),
  });
  await assert.rejects(run({ ...state, gradient: spoil(state.gradient) }), {
    name: "RangeError",
    message: new RegExp(`the gradient of ${where}`),
  });
  const candidates = async (count: number) => {
    const found = await state.candidates?.(count);
    assert.ok(found);
    found.score[found.count + 1] = NaN;
    return found;
  };
  await assert.rejects(run({ ...state, candidates }), /the gradient of row 1, input \d+ is NaN/);
});

Deno.test("rewire() by gradient refuses a layer without gradients, and wrong candidates", async () => {
  const setting = { rows: 6, inputs: 10, budget: 18, live: 6, fraction: 0.3, seed: 1 };
  const { state } = draw({ ...setting, style: "normal" });
  const { gradient, candidates: _, ...bare } = state;
  assert.ok(gradient);
  const run = (layer: LayerState) =>
    srigl({ gammaSal: 4 }).rewire(layer, { ...context, fraction: 0.3 });
  await assert.rejects(run(bare), TypeError);
  const give = (rows: number, input: number, count: number): LayerState => ({
    ...state,
    candidates: () =>
      Promise.resolve({
        count,
        input: new Uint32Array(rows * count).fill(input),
        score: new Float32Array(rows * count),
      }),
  });
  await assert.rejects(run(give(6, 99, 10)), /growth candidates of row 0 are .*expected inactive/);
  await assert.rejects(run(give(6, 0, 1)), /got 1 growth candidates per list; expected at least 7/);
  await assert.rejects(run(give(5, 0, 10)), /got 50 growth candidates/);
  await assert.rejects(run({ ...state, values: new Float32Array(3) }), /values has 3 elements/);
});

Deno.test("srigl() refuses blocks", async () => {
  const { state } = drawAny({ kind: "block", fraction: 0.3, seed: 1, style: "normal" });
  await assert.rejects(srigl().rewire(state, { ...context, fraction: 0.3 }), {
    name: "RangeError",
    message: /Cannot train "layer" by srigl: its pattern is block-\d+.*; expected fan-in/,
  });
});
