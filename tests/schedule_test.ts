import assert from "node:assert/strict";
import fc from "fast-check";
import {
  constant,
  cosine,
  linearDecay,
  type Schedule,
  sparseRate,
  stepDecay,
} from "../src/optim/schedule.ts";

const SCHEDULES: Readonly<Record<string, (warmup: number) => Schedule>> = {
  constant: (warmup) => constant(0.3, { warmup }),
  cosine: (warmup) => cosine(0.3, { warmup, final: 0.01 }),
  linearDecay: (warmup) => linearDecay(0.3, { warmup, final: 0.01 }),
  stepDecay: (warmup) => stepDecay(0.3, { warmup }),
};

for (const [name, make] of Object.entries(SCHEDULES)) {
  Deno.test(`${name}() rises to its peak over the warm-up and never again`, () => {
    fc.assert(fc.property(fc.nat(20), fc.integer({ min: 21, max: 200 }), (warmup, total) => {
      const rates = Array.from({ length: total }, (_, step) => make(warmup)(step, total));
      assert.equal(Math.max(...rates), 0.3);
      assert.equal(rates[Math.max(0, warmup - 1)], 0.3);
      for (let step = 1; step < total; step++) {
        const rises = rates[step] > rates[step - 1];
        assert.equal(rises, step < warmup, `step ${step} of ${total}, warm-up ${warmup}`);
      }
    }));
  });
}

Deno.test("cosine(), linearDecay() and stepDecay() have the values of their formulas", () => {
  assert.equal(cosine(1)(25, 100), 0.5 * (1 + Math.cos(Math.PI / 4)));
  assert.equal(linearDecay(1, { final: 0.5 })(50, 100), 0.75);
  assert.equal(linearDecay(1, { warmup: 50, final: 0.5 })(75, 100), 0.75);
  const steps = stepDecay(1, { at: [0.25, 0.5], factor: 0.5 });
  assert.deepEqual([0, 24, 25, 49, 50, 99].map((step) => steps(step, 100)), [
    1,
    1,
    0.5,
    0.5,
    0.25,
    0.25,
  ]);
  // Beyond the end the rate stays where it ended.
  assert.equal(linearDecay(1, { final: 0.5 })(200, 100), 0.5);
});

Deno.test("sparseRate() has the multipliers of the published law", () => {
  // Dietrich et al. 2022, equation 3, at the sparsities of their tables.
  const law = { 0: 1, 0.25: 1.22, 0.5: 1.89, 0.75: 3.76, 0.9: 6.4, 0.95: 7.79, 0.99: 9.18 };
  for (const [sparsity, factor] of Object.entries(law)) {
    assert.equal(Number((sparseRate(2, Number(sparsity)) / 2).toFixed(2)), factor);
  }
  for (const sparsity of [-0.1, NaN]) {
    assert.throws(() => sparseRate(1, sparsity), /expected a share in \[0, 1\)/);
  }
});

Deno.test("schedules refuse what they cannot follow", () => {
  assert.throws(() => cosine(0), /learning rate is 0/);
  assert.throws(() => constant(1, { warmup: 1.5 }), /warmup is 1.5; expected a whole number/);
  assert.throws(() => stepDecay(1, { factor: 0 }), /factor above 0/);
  assert.throws(() => stepDecay(1, { at: [2] }), /shares in \[0, 1\]/);
  assert.throws(() => sparseRate(1, 1), /expected a share in \[0, 1\)/);
});
