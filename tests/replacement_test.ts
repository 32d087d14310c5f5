/**
 * Patterns that are drawn with replacement: rows may have an input more than once, each time with a weight of its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { drawAny, Random } from "../src/device/random.ts";
import { requirePattern } from "../src/methods/check.ts";
import * as METHODS from "../src/methods/mod.ts";
import { set } from "../src/methods/set.ts";
import { conv2d, linear } from "../src/nn/mod.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { preferredPattern, randomPattern } from "../src/sparse/draw.ts";
import { areaOf, expectedRepeats, geometryOf } from "../src/sparse/geometry.ts";
import { mayRepeat, patternName } from "../src/sparse/lookup.ts";
import { type Pattern, patternOf } from "../src/sparse/pattern.ts";
import { fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";
import { patternHash, patternStatistics } from "../src/sparse/statistics.ts";
import { transposedView } from "../src/sparse/transposed.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { describe, drawPattern, drawRepeating } from "./any_pattern.ts";
import { seeds, Source, type Style, styles } from "./arbitraries.ts";
import { context, drawLayer, rewirer } from "./rewire_settings.ts";

/** Lists of a pattern, each slot with what is said of it. */
function slotsOf<Slot>({ lists, span }: Pattern, of: (slot: number, list: number) => Slot) {
  return Array.from({ length: lists }, (_, list) => {
    const [begin, end] = [span[2 * list], span[2 * list + 1]];
    return Array.from({ length: end - begin }, (_, i) => of(begin + i, list));
  });
}

/** Checks a property of patterns that are drawn with replacement. */
function eachPattern(property: (pattern: Pattern, source: Source) => void): void {
  fc.assert(fc.property(seeds(), (seed) => {
    const source = new Source(seed);
    const shape = drawRepeating(source);
    try {
      property(drawPattern(source, shape), source);
    } catch (cause) {
      throw new Error(describe(shape), { cause });
    }
  }));
}

Deno.test("expectedRepeats() is what publications have, and what randomPattern() draws", async () => {
  const [rows, inputs] = [2000, 768];
  for (const [k, expected] of [[32, 2], [64, 4], [128, 7.8], [256, 14.9]]) {
    const spec = fanIn(k, { replacement: true });
    const share = expectedRepeats(geometryOf(spec, rows, inputs));
    assert.equal((100 * share).toFixed(1), expected.toFixed(1));
    const pattern = await randomPattern(spec, rows, inputs, 3, 1);
    const { repeats, connections } = patternStatistics(pattern);
    // Repeats of a row vary less than if each slot were one by itself: five deviations of that.
    const far = 5 * Math.sqrt(connections * share);
    assert.ok(Math.abs(repeats - share * connections) < far, `${repeats} of ${connections}`);
  }
  assert.equal(expectedRepeats(geometryOf(fanIn(32), rows, inputs)), 0);
  assert.equal(expectedRepeats(geometryOf(fanIn(1, { replacement: true }), 3, 1)), 0);
});

Deno.test("randomPattern() draws every slot by itself, the same for the same seed and stream alone", async () => {
  await fc.assert(fc.asyncProperty(seeds(), async (seed) => {
    const shape = drawRepeating(new Source(seed));
    const { spec, rows, inputs } = shape;
    const pattern = await randomPattern(spec, rows, inputs, seed, 3);
    validatePattern(pattern);
    const expected = slotsOf(pattern, () => 0).map(({ length }, element) => {
      const list = new Uint32Array(length);
      drawAny(new Random({ seed, use: "pattern", stream: 3, element }), pattern.entries, list);
      return [...list];
    });
    assert.deepEqual(slotsOf(pattern, (slot) => pattern.index[slot]), expected, describe(shape));
  }));
});

Deno.test("preferredPattern() fills rows up with what was drawn, repeats and all", async () => {
  const spec = fanIn(3, { replacement: true });
  const preferred = { offsets: Uint32Array.of(0, 1, 1), indices: Uint32Array.of(1) };
  let repeats = 0;
  for (let seed = 0; seed < 20; seed++) {
    const pattern = await preferredPattern(spec, { rows: 2, inputs: 3, ...preferred }, seed, 0);
    validatePattern(pattern);
    assert.ok(pattern.index.subarray(0, 3).includes(1), `seed ${seed}`);
    repeats += patternStatistics(pattern).repeats;
  }
  assert.ok(repeats > 20, `only ${repeats} repeats`);
});

Deno.test("validatePattern() takes an input twice where it was drawn with replacement alone", () => {
  eachPattern((pattern) => validatePattern(pattern));
  const lists = [[0, 2, 2], [1, 1, 1]];
  const of = (replacement: boolean) =>
    patternOf(lists, { spec: fanIn(3, { full: true, replacement }), rows: 2, inputs: 3 });
  const good = of(true);
  validatePattern(good);
  assert.throws(() => validatePattern(of(false), "layer"), {
    message: "Cannot use layer: row 0 has input 2 twice; " +
      "expected distinct inputs in ascending order, or a pattern with replacement",
  });
  good.index[1] = 3;
  assert.throws(() => validatePattern(good), /input 3; expected inputs below 3/);
  good.index.set([1, 0]);
  const message = /row 0 has input 0 after 1; expected inputs in ascending order$/;
  assert.throws(() => validatePattern(good), { message });
});

Deno.test("toDense() adds up what a row has of an input, and patternStatistics() counts it", () => {
  eachPattern((pattern, source) => {
    const { rows, inputs, capacity, unit } = pattern;
    const values = Float32Array.from(source.integers(capacity * areaOf(unit), 9));
    const matrix = new Float32Array(rows * inputs), counts = new Uint32Array(rows * inputs);
    eachConnection(pattern, (at, row, input) => {
      matrix[row * inputs + input] += values[at];
      counts[row * inputs + input]++;
    });
    assert.deepEqual(toDense(pattern, values), matrix);
    const repeats = counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
    assert.equal(patternStatistics(pattern).repeats, repeats);
  });
});

/** What SET makes of a pattern, the obvious way: the lists, with the old slot of each entry or none. */
function evolved(pattern: Pattern, scores: ArrayLike<number>, fraction: number) {
  const { entries, index } = pattern;
  const { seed, step, layer: stream } = context;
  const all = slotsOf(pattern, (slot) => slot).flat();
  const survivors = all.length - Math.floor(all.length * fraction);
  const kept = new Set(all.sort((a, b) => scores[b] - scores[a] || a - b).slice(0, survivors));
  return slotsOf(pattern, (slot) => slot).map((list, element) => {
    const stay = list.filter((slot) => kept.has(slot));
    const grown = new Uint32Array(list.length - stay.length);
    drawAny(new Random({ seed, use: "growth", stream, step, element }), entries, grown);
    const old = stay.map((slot) => ({ entry: index[slot], from: slot }));
    const fresh = Array.from(grown, (entry) => ({ entry, from: -1 }));
    // Stable: of equal entries those that stay come first.
    return [...old, ...fresh].sort((a, b) => a.entry - b.entry);
  });
}

/** The score of each slot, its mean or largest magnitude. */
function scoresOf({ capacity, unit: { height } }: Pattern, values: Float32Array): number[] {
  return Array.from({ length: capacity }, (_, slot) => {
    const own = values.subarray(slot * height, (slot + 1) * height);
    return own.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  });
}

Deno.test("set() drops the smallest slots and draws any inputs in their place, bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(
      seeds(),
      styles(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (seed, style: Style, fraction) => {
        const source = new Source(seed);
        const pattern = drawPattern(source, drawRepeating(source, 24));
        const { state } = drawLayer(pattern, source, style, true);
        const { values, moments } = state;
        const result = await set().rewire(state, { ...context, fraction });
        validatePattern(result.pattern);
        const expected = evolved(pattern, scoresOf(pattern, values), fraction);
        const found = slotsOf(result.pattern, (slot) => result.pattern.index[slot]);
        assert.deepEqual(found, expected.map((list) => list.map(({ entry }) => entry)));
        assert.deepEqual(result.view, transposedView(result.pattern));
        assert.equal(result.hash, patternHash(result.pattern));
        const area = areaOf(pattern.unit);
        const sources = expected.flat().map(({ from }) => from);
        const places = slotsOf(result.pattern, (slot) => slot).flat();
        for (const [i, before] of [values, ...moments].entries()) {
          const after = [result.values, ...result.moments][i];
          const moved = new Float32Array(before.length);
          places.forEach((slot, j) => {
            const from = sources[j] * area;
            if (from >= 0) moved.set(before.subarray(from, from + area), slot * area);
          });
          assert.deepEqual(after, moved);
        }
        assert.equal(result.grown, result.dropped);
        assert.equal(rewirer.allocatedBytes, 0);
      },
    ),
  );
});

Deno.test("methods that need distinct inputs refuse others by name, and so do convolutions and dense masters", () => {
  const spec = groupFanIn(2, 4, { replacement: true });
  const takers = Object.values(METHODS).flatMap((definition) => {
    const method = definition.make({});
    if (method.storage !== "masked") requirePattern(method, groupFanIn(2, 4), "head");
    if (method.repeats === true) {
      requirePattern(method, spec, "head");
      return [method.name];
    }
    assert.throws(() => requirePattern(method, spec, "head"), {
      message: `Cannot train "head" by ${method.name}: its pattern is group-4-replacement, ` +
        "whose rows may have an input twice; expected rows of distinct inputs, or another method",
    });
    return [];
  });
  assert.deepEqual(takers, ["set", "static"]);
  assert.throws(() => conv2d(3, 4, { pattern: spec }), /whose filters may have an input twice/);
  for (const storage of ["master", "masked"] as const) {
    assert.throws(
      () => linear(8, 8, { pattern: spec, storage }),
      /expected the storage "compressed"/,
    );
  }
  assert.equal(patternName(spec), "group-4-replacement");
  assert.deepEqual([spec, fanIn(2)].map(mayRepeat), [true, false]);
});
