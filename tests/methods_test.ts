import assert from "node:assert/strict";
import fc from "fast-check";
import { METHODS } from "../src/cli/config/choices.ts";
import { rigl } from "../src/methods/rigl.ts";
import { rewireSchedule, thresholdSchedule } from "../src/methods/schedule.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { staticPattern } from "../src/methods/static.ts";
import { geometryOf } from "../src/sparse/geometry.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";

Deno.test("rewireSchedule() by cosine has the values of the formula", () => {
  const { fraction } = rewireSchedule({ fraction: 0.3, until: 0.75 });
  const values = Array.from({ length: 11 }, (_, i) => fraction(75 * i, 1000));
  const expected = [0.3, 0.293, 0.271, 0.238, 0.196, 0.15, 0.104, 0.062, 0.029, 0.007, 0];
  expected.forEach((x, i) => assert.ok(Math.abs(values[i] - x) < 6e-4, `${i}: ${values[i]}`));
});

Deno.test("rewireSchedule() constant and by power", () => {
  const constant = rewireSchedule({ fraction: 0.2, until: 0.5, decay: "constant" });
  assert.deepEqual([0, 499, 500].map((step) => constant.fraction(step, 1000)), [0.2, 0.2, 0]);
  const power = rewireSchedule({ fraction: 0.4, until: 1, decay: { power: 2 } });
  assert.deepEqual([0, 50, 100].map((step) => power.fraction(step, 100)), [0.4, 0.1, 0]);
});

Deno.test("rewireSchedule() starts at the fraction, never rises, and ends", () => {
  const decays = fc.oneof(
    fc.constantFrom("cosine" as const, "constant" as const),
    fc.record({ power: fc.double({ min: 0.1, max: 5, noNaN: true }) }),
  );
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      decays,
      share,
      share,
      fc.integer({ min: 1, max: 500 }),
      (decay, a, until, total) => {
        const { fraction } = rewireSchedule({ fraction: a, until, decay });
        const values = Array.from({ length: total + 1 }, (_, step) => fraction(step, total));
        assert.equal(values[0], until === 0 ? 0 : a);
        values.forEach((x, step) => {
          assert.ok(x >= 0 && (step === 0 || x <= values[step - 1]));
          if (step >= until * total) assert.equal(x, 0);
        });
      },
    ),
  );
});

Deno.test("thresholdSchedule() falls to 1e-4 by the formula, for as long as patterns change", () => {
  const { fraction, threshold } = thresholdSchedule({ threshold: 0.01, until: 0.66 });
  for (const step of [0, 100, 330, 659, 660, 700]) {
    const progress = step / 660;
    const expected = 1e-4 + (0.01 - 1e-4) * (1 + Math.cos(Math.PI * progress)) / 2;
    assert.equal(fraction(step, 1000), Number(step < 660));
    if (step < 660) assert.ok(Math.abs(threshold(step, 1000) - expected) < 1e-15, `${step}`);
  }
  const constant = thresholdSchedule({ threshold: 0.02, until: 1, decay: "constant" });
  assert.deepEqual([0, 500, 999].map((step) => constant.threshold(step, 1000)), [0.02, 0.02, 0.02]);
  // What is below that already stays where it is.
  const small = thresholdSchedule({ threshold: 5e-5 });
  assert.deepEqual([0, 700].map((step) => small.threshold(step, 1000)), [5e-5, 5e-5]);
  const parts = thresholdSchedule({ threshold: 0.01, updates: 4, until: 1 });
  assert.deepEqual([24, 25, 26].map((step) => parts.fraction(step, 100)), [0, 1, 0]);
});

Deno.test("methods fall as rewireDecay says, where people choose them by name", () => {
  const choices = METHODS.filter(({ options }) => "fraction" in options);
  assert.ok(choices.length >= 6);
  for (const { name, make } of choices) {
    const [cosine, constant] = ["cosine", "constant"].map((rewireDecay) => make({ rewireDecay }));
    assert.equal(constant.fraction(50, 100), constant.fraction(0, 100), name);
    assert.ok(cosine.fraction(50, 100) < cosine.fraction(0, 100), name);
  }
});

Deno.test("methods refuse options out of range", () => {
  const bad = [
    { every: 0 },
    { every: 1.5 },
    { fraction: -0.1 },
    { fraction: 1.1 },
    { fraction: NaN },
    { until: 2 },
    { decay: { power: 0 } },
  ];
  for (const options of bad) {
    for (const method of [set, rigl, srigl]) {
      assert.throws(() => method(options), RangeError, JSON.stringify(options));
    }
  }
  assert.throws(() => srigl({ gammaSal: -1 }), /gammaSal is -1/);
  for (const threshold of [0, -1, NaN, Infinity]) {
    assert.throws(() => set({ threshold }), /threshold is .*; expected a finite number above 0/);
  }
  const both = { threshold: 0.1, fraction: 0.3 };
  assert.throws(() => set(both), /fraction is 0.3; expected none beside threshold/);
  const grown = JSON.parse('"warm"');
  assert.throws(() => set({ grown }), /grown is "warm"; expected zero or inherited/);
});

Deno.test("methods say what they need", () => {
  const layer = geometryOf(fanIn(10), 10, 50);
  const methods = [staticPattern(), set(), rigl(), srigl(), srigl({ ablation: false })];
  assert.deepEqual(methods.map((m) => m.name), ["static", "set", "rigl", "srigl", "srigl"]);
  assert.deepEqual(
    methods.map((m) => m.growth),
    ["none", "random", "gradient", "gradient", "gradient"],
  );
  assert.deepEqual(methods.map((m) => m.candidates(layer, 0.3)), [0, 0, 10, 10, 10]);
  assert.equal(staticPattern().fraction(0, 1000), 0);
  assert.deepEqual(methods.map((m) => m.every), [Infinity, 100, 100, 100, 100]);
});

Deno.test("methods that grow by gradient ask for at least one and at most all inputs", () => {
  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 50 }),
    inputs: fc.integer({ min: 1, max: 50 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), (shape, fraction) => {
    const { rows, inputs, share } = shape;
    const budget = rows + Math.floor(share * rows * (inputs - 1));
    const density = budget / (rows * inputs);
    const specs = [fanIn({ density }), groupFanIn({ density }, 8), block(4, { density }), nm(3, 7)];
    for (const spec of specs) {
      const geometry = geometryOf(spec, rows, inputs, budget);
      const most = spec.kind === "nm" ? 7 : geometry.entries;
      for (const method of [rigl(), srigl(), srigl({ ablation: false })]) {
        const count = method.candidates(geometry, fraction);
        assert.ok(Number.isInteger(count) && count >= 1 && count <= most, `${count}`);
      }
    }
  }));
});
