/** Every method against its oracle, which knows the whole gradient: patterns and values bit for bit. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { staticPattern } from "../src/methods/static.ts";
import { eachConnection } from "../src/sparse/convert.ts";
import { patternOf } from "../src/sparse/pattern.ts";
import { openModule } from "../src/device/wasm/module.ts";
import { Rewirer } from "../src/sparse/rewirer.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { transposedView } from "../src/sparse/transposed.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { RUNS, Source } from "./arbitraries.ts";
import * as oracle from "./oracle/rewire.ts";

import { KINDS } from "./any_pattern.ts";
import {
  anySettings,
  context,
  count,
  draw,
  drawAny,
  drawKey,
  type Drawn,
  requireEqual,
  requireInvariants,
  settings,
} from "./rewire_settings.ts";

type Case = [string, Method, Parameters<typeof oracle.exchange>[2], oracle.Inherit];
const EXCHANGES: Case[] = [
  ["set()", set(), drawKey, {}],
  ["rigl()", rigl(), "resume", {}],
  ['rigl({ regrown: "restart" })', rigl({ regrown: "restart" }), "restart", {}],
  ['set({ grown: "inherited" })', set({ grown: "inherited" }), drawKey, { values: true }],
  ["rigl() of a layer that inherits", rigl(), "resume", { moments: true }],
];

for (const [name, method, grow, inherit] of EXCHANGES) {
  const rewires = async ({ dense, state: given }: Drawn, fraction: number): Promise<void> => {
    const state = { ...given, inherits: inherit.moments === true };
    const result = await method.rewire(state, { ...context, fraction });
    requireInvariants(state, result);
    requireEqual(result, oracle.exchange(dense, fraction, grow, { inherit }));
    assert.equal(result.grown, result.dropped);
  };
  Deno.test(`${name} rewires as the oracle does, bit for bit`, async () => {
    const holds = fc.asyncProperty(settings, (setting) => rewires(draw(setting), setting.fraction));
    await fc.assert(holds, { numRuns: 10 * RUNS });
  });
  for (const kind of KINDS) {
    Deno.test(`${name} rewires ${kind} patterns as the oracle does, bit for bit`, async () => {
      const any = fc.asyncProperty(
        anySettings(kind),
        (setting) => rewires(drawAny(setting), setting.fraction),
      );
      await fc.assert(any, { numRuns: 2 * RUNS });
    });
  }
}

for (const kind of KINDS) {
  Deno.test(`set({ threshold }) rewires ${kind} patterns as the oracle does, bit for bit`, async () => {
    const inherit = { values: true, moments: true };
    await fc.assert(
      fc.asyncProperty(
        anySettings(kind),
        // Among the small whole numbers of a style are 0 and those that are equal to a threshold.
        fc.constantFrom(1e-4, 0.3, 1, 2, 3),
        async (setting, threshold) => {
          const { dense, state } = drawAny(setting);
          const method = set({ threshold, grown: "inherited" });
          const at = { ...context, fraction: 1, threshold };
          const result = await method.rewire({ ...state, inherits: true }, at);
          requireInvariants(state, result);
          requireEqual(result, oracle.below(dense, threshold, drawKey, inherit));
          assert.equal(result.grown, result.dropped);
        },
      ),
      { numRuns: 4 * RUNS },
    );
  });
}

Deno.test("set({ threshold }) drops 0 and what is below, and keeps what is equal", async () => {
  const spec = fanIn(6, { full: true });
  const pattern = patternOf([[0, 1, 2, 3, 4, 5]], { spec, rows: 1, inputs: 9 });
  // 0.1 of f32 is above 0.1, the number before it is below.
  const values = Float32Array.of(0, -0, 0.1, -0.1, 0.1 - 1e-8, 1e-30, 0, 0);
  const moments = [Float32Array.of(1, 2, 3, 4, 5, 6, 0, 0)];
  const state = { name: "layer", pattern, values, moments, mayAblate: true };
  const at = { ...context, fraction: 1, threshold: 0.1 };
  const { dropped, values: zero } = await set({ threshold: 0.1 }).rewire(state, at);
  assert.equal(dropped, 4);
  assert.deepEqual([...zero].sort(), [0, 0, 0, 0, 0, 0, 0.1, -0.1].map(Math.fround).sort());
  // In order of inputs: what grew has the value of one that was dropped, in the order of those.
  const method = set({ threshold: 0.1, grown: "inherited" });
  const { values: kept, moments: [marks] } = await method.rewire({ ...state, inherits: true }, at);
  const live = [...marks].slice(0, 6);
  assert.deepEqual(live.filter((mark) => mark === 3 || mark === 4), [3, 4]);
  assert.deepEqual(live.filter((mark) => mark !== 3 && mark !== 4), [1, 2, 5, 6]);
  live.forEach((mark, slot) => assert.ok(Object.is(kept[slot], values[mark - 1])));
});

for (const kind of KINDS.filter((kind) => kind !== "block")) {
  Deno.test(`srigl() rewires ${kind} patterns as the oracle does, bit for bit`, async () => {
    await fc.assert(
      fc.asyncProperty(
        anySettings(kind),
        fc.constantFrom(0, 0.3, 0.95, 2),
        fc.constantFrom("paper" as const, "code" as const, "sparsimony" as const),
        async (setting, gammaSal, salience) => {
          const { dense, state: given } = drawAny(setting);
          const inherits = setting.seed % 2 === 0;
          const state = { ...given, inherits };
          const method = srigl({ gammaSal, salience });
          const result = await method.rewire(state, { ...context, fraction: setting.fraction });
          requireInvariants(state, result);
          const options = { ablation: true, gammaSal, salience, inherit: { moments: inherits } };
          requireEqual(result, oracle.srigl(dense, setting.fraction, options));
        },
      ),
      { numRuns: 2 * RUNS },
    );
  });
}

Deno.test("rigl() of blocks fetches more candidates while a row of blocks is saturated", async () => {
  const { dense, state, asked } = drawAny({
    kind: "block",
    fraction: 1,
    seed: 131,
    style: "normal",
  });
  const { lists, entries, unit, budget } = state.pattern;
  assert.ok(lists > 6 && entries > 30 && budget > 30, "the drawn layer is large enough");
  // All gradients lie in the first row of units, so that growth wants all of it.
  dense.gradient.forEach((row, r) => {
    if (r >= unit.height) (row as number[]).fill(0);
  });
  eachConnection(state.pattern, (at, row) => {
    if (row >= unit.height && state.gradient !== undefined) state.gradient[at] = 0;
  });
  const result = await rigl().rewire(state, { ...context, fraction: 1 });
  requireEqual(result, oracle.exchange(dense, 1, "resume"));
  assert.ok(asked.length > 1 && asked.every((n, i) => i === 0 || n > asked[i - 1]), `${asked}`);
});

Deno.test("rewire() of any pattern gives all memory back", async () => {
  const module = await openModule("plain", ["rewiring"]);
  const own = { ...context, rewirer: new Rewirer(module), fraction: 0.5 };
  const before = module.allocatedBytes;
  for (const kind of KINDS) {
    for (const method of [set(), rigl(), staticPattern()]) {
      const { state } = drawAny({ kind, fraction: 0.5, seed: 11, style: "normal" });
      await method.rewire(state, own);
      assert.equal(module.allocatedBytes, before, `${method.name}, ${kind}`);
    }
  }
});

Deno.test("staticPattern() changes no pattern of the family", async () => {
  for (const kind of KINDS) {
    await fc.assert(fc.asyncProperty(anySettings(kind), async (setting) => {
      const { state } = drawAny(setting);
      const result = await staticPattern().rewire(state, { ...context, fraction: 0 });
      requireInvariants(state, result);
      assert.deepEqual(result.pattern, state.pattern);
      assert.deepEqual(result.values, state.values);
      assert.deepEqual(result.moments, state.moments);
    }));
  }
});

for (const salience of ["paper", "code", "sparsimony"] as const) {
  Deno.test(`srigl({ salience: "${salience}" }) rewires as the oracle does, bit for bit`, async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.constantFrom(0, 0.3, 0.7, 0.95, 1, 2, 5),
        fc.boolean(),
        async (setting, gammaSal, mayAblate) => {
          const { dense, state } = draw(setting, mayAblate);
          const method = srigl({ gammaSal, salience });
          const result = await method.rewire(state, { ...context, fraction: setting.fraction });
          requireInvariants(state, result);
          const options = { ablation: mayAblate, gammaSal, salience };
          requireEqual(result, oracle.srigl(dense, setting.fraction, options));
          const { units, live } = count(result.pattern);
          assert.ok(setting.budget - units < live, "the budget is used up");
          if (!mayAblate) assert.equal(live, setting.rows);
        },
      ),
      { numRuns: 10 * RUNS },
    );
  });
}

Deno.test("srigl({ ablation: false }) keeps every row", async () => {
  await fc.assert(fc.asyncProperty(settings, async (setting) => {
    const { dense, state } = draw(setting);
    const method = srigl({ ablation: false, gammaSal: 0.95 });
    const result = await method.rewire(state, { ...context, fraction: setting.fraction });
    const options = { ablation: false, gammaSal: 0.95, salience: "code" } as const;
    requireEqual(result, oracle.srigl(dense, setting.fraction, options));
    assert.equal(count(result.pattern).live, setting.rows);
  }));
});

Deno.test("staticPattern() changes nothing", async () => {
  await fc.assert(fc.asyncProperty(settings, async (setting) => {
    const { state } = draw(setting);
    const result = await staticPattern().rewire(state, { ...context, fraction: 0 });
    requireInvariants(state, result);
    assert.deepEqual(result.pattern, state.pattern);
    assert.deepEqual(result.values, state.values);
    assert.deepEqual(result.moments, state.moments);
    assert.deepEqual([result.dropped, result.grown, result.ablated, result.revived], [0, 0, 0, 0]);
  }));
});

Deno.test("rewire() leaves the layer that it was given as it was", async () => {
  const setting = { rows: 9, inputs: 15, budget: 40, live: 9, fraction: 0.5, seed: 3 };
  for (const method of [set(), rigl(), srigl({ gammaSal: 0.9 })]) {
    const { state } = draw({ ...setting, style: "normal" });
    const copy = structuredClone({
      pattern: state.pattern,
      values: state.values,
      moments: state.moments,
    });
    await method.rewire(state, { ...context, fraction: 0.5 });
    const { pattern, values, moments } = state;
    assert.deepEqual({ pattern, values, moments }, copy);
  }
});

Deno.test("rewire() of an expendable layer gives the same result in the layer's own arrays", async () => {
  const setting = { rows: 9, inputs: 15, budget: 40, live: 9, fraction: 0.5, seed: 3 };
  const [kept, spent] = [1, 2].map(() => draw({ ...setting, style: "normal" }).state);
  const options = { ...context, fraction: 0.5 };
  const expected = await rigl().rewire(kept, options);
  const result = await rigl().rewire({ ...spent, expendable: true }, options);
  assert.deepEqual(result, expected);
  assert.equal(result.values, spent.values);
  assert.deepEqual(result.moments.map((m, i) => m === spent.moments[i]), [true, true]);
});

Deno.test("rewire() gives the view by columns in the arrays of a spare one", async () => {
  const setting = { rows: 9, inputs: 15, budget: 40, live: 9, fraction: 0.5, seed: 3 };
  const { state } = draw({ ...setting, style: "normal" });
  const options = { ...context, fraction: 0.5 };
  const expected = await set().rewire(state, options);
  const spareView = transposedView(state.pattern);
  const { view, ...rest } = await set().rewire({ ...state, spareView }, options);
  assert.deepEqual({ view, ...rest }, expected);
  assert.ok(view?.rowOf === spareView.rowOf && view.slotOf === spareView.slotOf);
});

Deno.test("rewire() makes no view by columns where none is wanted", async () => {
  const setting = { rows: 9, inputs: 15, budget: 40, live: 9, fraction: 0.5, seed: 3 };
  const { state } = draw({ ...setting, style: "normal" });
  const options = { ...context, fraction: 0.5 };
  const { view, ...expected } = await set().rewire(state, options);
  assert.ok(view);
  assert.deepEqual(await set().rewire({ ...state, wantsView: false }, options), expected);
});

Deno.test("set() keeps exactly the largest weights of a large layer, ties to the lower slot", async () => {
  const [rows, inputs, budget] = [400, 800, 400 * 400];
  for (const style of ["normal", "integers", "extreme"] as const) {
    const source = new Source(rows);
    const lists = Array.from({ length: rows }, () => source.distinct(budget / rows, inputs));
    const spec = fanIn(budget / rows);
    const pattern = patternOf(lists, { spec, rows, inputs });
    const values = new Float32Array(pattern.capacity);
    values.set(source.floats(budget, style));
    // The number of its slot travels with each connection.
    const moments = [Float32Array.from(values, (_, slot) => slot < budget ? slot + 1 : 0)];
    const state = { name: "layer", pattern, values, moments, mayAblate: true };
    const result = await set().rewire(state, { ...context, fraction: 0.3 });
    const order = Uint32Array.from({ length: budget }, (_, slot) => slot)
      .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b);
    const expected = order.subarray(0, budget - Math.floor(budget * 0.3)).sort();
    const kept = result.moments[0].filter((mark) => mark !== 0).map((mark) => mark - 1);
    assert.deepEqual(Uint32Array.from(kept).sort(), expected, style);
    validatePattern(result.pattern);
  }
});

Deno.test("rewire() gives all memory back, also when it fails", async () => {
  const module = await openModule("plain", ["rewiring"]);
  const own = { ...context, rewirer: new Rewirer(module), fraction: 0.5 };
  const setting = { rows: 9, inputs: 15, budget: 40, live: 9, fraction: 0.5, seed: 3 };
  const { state } = draw({ ...setting, style: "normal" });
  const before = module.allocatedBytes;
  for (const method of [set(), rigl(), srigl({ gammaSal: 0.9 }), staticPattern()]) {
    await method.rewire(state, own);
    assert.equal(module.allocatedBytes, before, method.name);
  }
  const values = new Float32Array(state.values.length).fill(NaN);
  await assert.rejects(set().rewire({ ...state, values }, own), RangeError);
  const gradient = values;
  await assert.rejects(rigl().rewire({ ...state, gradient }, own), RangeError);
  assert.equal(module.allocatedBytes, before);
});

/** A layer whose largest gradients all lie in row 1, more of them than are fetched at first. */
function concentrated(): Drawn {
  const drawn = draw({
    rows: 8,
    inputs: 64,
    budget: 8 * 4,
    live: 8,
    fraction: 0.5,
    seed: 5,
    style: "normal",
  });
  drawn.dense.gradient.forEach((row, r) => {
    const list = row as number[];
    list.forEach((_, input) => list[input] = r === 1 ? 100 + input : 1 / (1 + input));
  });
  const { pattern, gradient } = drawn.state;
  for (let row = 0; row < 8; row++) {
    for (let slot = pattern.span[2 * row]; slot < pattern.span[2 * row + 1]; slot++) {
      if (gradient !== undefined) gradient[slot] = drawn.dense.gradient[row][pattern.index[slot]];
    }
  }
  return drawn;
}

Deno.test("srigl() fetches more candidates while a row is saturated, and counts exactly", async () => {
  const { dense, state, asked } = concentrated();
  const result = await srigl({ gammaSal: 0.9 }).rewire(state, { ...context, fraction: 0.5 });
  assert.ok(asked.length > 1 && asked.every((n, i) => i === 0 || n > asked[i - 1]), `${asked}`);
  const options = { ablation: true, gammaSal: 0.9, salience: "code" } as const;
  requireEqual(result, oracle.srigl(dense, 0.5, options));
});

Deno.test("srigl() fetches candidates once where the weights alone keep every row alive", async () => {
  const setting = { rows: 6, inputs: 40, budget: 60, live: 6, fraction: 0.2, seed: 3 };
  const { dense, state, asked } = draw({ ...setting, style: "normal" });
  // Row r has the magnitudes 1 + slot / 100: no row stands out.
  for (let row = 0; row < 6; row++) {
    const begin = state.pattern.span[2 * row];
    for (let slot = begin; slot < state.pattern.span[2 * row + 1]; slot++) {
      state.values[slot] = 1 + (slot - begin) / 100;
      (dense.values[row] as number[])[state.pattern.index[slot]] = state.values[slot];
    }
  }
  const result = await srigl({ gammaSal: 0.3 }).rewire(state, { ...context, fraction: 0.2 });
  assert.equal(asked.length, 1);
  const options = { ablation: true, gammaSal: 0.3, salience: "code" } as const;
  requireEqual(result, oracle.srigl(dense, 0.2, options));
});

Deno.test("rigl() fetches as many candidates as the neediest row lacks", async () => {
  const setting = { rows: 6, inputs: 60, budget: 120, live: 6, fraction: 0.15, seed: 8 };
  const { dense, state, asked } = draw({ ...setting, style: "normal" });
  // Row 0 loses nearly everything.
  for (let slot = state.pattern.span[0]; slot < state.pattern.span[1]; slot++) {
    state.values[slot] *= 1e-6;
    const list = dense.values[0] as number[];
    list[state.pattern.index[slot]] = state.values[slot];
  }
  const result = await rigl().rewire(state, { ...context, fraction: 0.15 });
  assert.deepEqual(asked, [18]);
  requireEqual(result, oracle.exchange(dense, 0.15, "resume"));
});

Deno.test("srigl() drops every weight that is 0 where they are more than it replaces", async () => {
  const { dense, state } = draw({
    rows: 5,
    inputs: 20,
    budget: 40,
    live: 5,
    fraction: 0.1,
    seed: 2,
    style: "normal",
  });
  for (let row = 0; row < 5; row++) {
    const begin = state.pattern.span[2 * row];
    for (let slot = begin; slot < begin + 4; slot++) {
      state.values[slot] = 0;
      (dense.values[row] as number[])[state.pattern.index[slot]] = 0;
    }
  }
  const result = await srigl({ ablation: false }).rewire(state, { ...context, fraction: 0.1 });
  assert.equal(result.dropped, 20);
  const options = { ablation: false, gammaSal: 0.3, salience: "code" } as const;
  requireEqual(result, oracle.srigl(dense, 0.1, options));
});
