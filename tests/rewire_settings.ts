/**
 * Layers to be rewired, and what must hold of the result.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { LayerState } from "../src/methods/method.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { mayEmpty, partsOf, shareOf } from "../src/sparse/cells.ts";
import { areaOf, fanInOf, normOf } from "../src/sparse/geometry.ts";
import { countLive, countUnits, type Pattern, patternOf } from "../src/sparse/pattern.ts";
import { openRewirer } from "../src/sparse/rewirer.ts";
import type { RewireResult } from "../src/sparse/rewiring.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { patternHash } from "../src/sparse/statistics.ts";
import { transposedView } from "../src/sparse/transposed.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { drawPattern, drawSpec, type Kind } from "./any_pattern.ts";
import { seeds, Source, type Style, styles } from "./arbitraries.ts";
import * as oracle from "./oracle/rewire.ts";

/** A layer of a constant fan-in. */
export interface Setting {
  rows: number;
  inputs: number;
  budget: number;
  live: number;
  fraction: number;
  seed: number;
  style: Style;
}

/** Layers of any density, some rows of which may be empty. */
export const settings: fc.Arbitrary<Setting> = fc
  .record({ rows: fc.integer({ min: 1, max: 14 }), inputs: fc.integer({ min: 1, max: 18 }) })
  .chain(({ rows, inputs }) =>
    fc.record({
      rows: fc.constant(rows),
      inputs: fc.constant(inputs),
      budget: fc.oneof(
        fc.integer({ min: rows, max: rows * inputs }),
        fc.integer({ min: rows, max: Math.min(rows * inputs, 4 * rows) }),
      ),
      live: fc.oneof(fc.constant(rows), fc.integer({ min: 1, max: rows })),
      fraction: fractions(),
      seed: seeds(),
      style: styles(),
    })
  );

/** A layer of any pattern: which one depends on the seed. */
export interface AnySetting {
  kind: Kind;
  fraction: number;
  seed: number;
  style: Style;
}

/** Layers of a kind of pattern. */
export function anySettings(kind: Kind): fc.Arbitrary<AnySetting> {
  return fc.record({
    kind: fc.constant(kind),
    fraction: fractions(),
    seed: seeds(),
    style: styles(),
  });
}

function fractions(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0.3, 1), fc.double({ min: 0, max: 1, noNaN: true }));
}

export interface Drawn {
  dense: oracle.DenseLayer;
  state: LayerState;
  /** Counts that candidates were asked for. */
  asked: number[];
}

/** A layer of a constant fan-in. */
export function draw(
  { rows, inputs, budget, live, seed, style }: Setting,
  mayAblate = true,
): Drawn {
  const source = new Source(seed);
  const k = fanInOf(budget, live, inputs);
  const chosen = new Set(source.distinct(live, rows));
  const lists = Array.from(
    { length: rows },
    (_, row) => chosen.has(row) ? source.distinct(k, inputs) : [],
  );
  const spec = fanIn({ density: budget / (rows * inputs) });
  return drawLayer(patternOf(lists, { spec, rows, inputs, budget }), source, style, mayAblate);
}

/** A layer of any pattern. */
export function drawAny({ kind, seed, style }: AnySetting, mayAblate = true): Drawn {
  const source = new Source(seed);
  // Large enough for some units of every size, small enough for the oracle.
  const shape = drawSpec(source, kind, kind === "fanIn" || kind === "nm" ? 18 : 50);
  return drawLayer(drawPattern(source, shape), source, style, mayAblate);
}

/** A layer of a given pattern. */
export function drawLayer(
  pattern: Pattern,
  source: Source,
  style: Style,
  mayAblate: boolean,
): Drawn {
  const { rows, inputs } = pattern;
  const gradientMatrix = source.floats(rows * inputs, style);
  const perConnection = (of: (position: number) => number): Float32Array => {
    const array = new Float32Array(pattern.capacity * areaOf(pattern.unit));
    eachConnection(pattern, (at, row, input) => array[at] = of(row * inputs + input));
    return array;
  };
  const values = perConnection(() => source.floats(1, style)[0]);
  const moments = [perConnection(() => source.normal()), perConnection(() => source.normal())];
  const dense: oracle.DenseLayer = {
    unit: pattern.unit,
    norm: normOf(pattern.spec),
    constraint: constraintOf(pattern),
    active: activeUnits(pattern),
    values: matrix(toDense(pattern, values), inputs),
    moments: moments.map((moment) => matrix(toDense(pattern, moment), inputs)),
    gradient: matrix(gradientMatrix, inputs),
    budget: pattern.budget,
  };
  const asked: number[] = [];
  const state: LayerState = {
    name: "layer",
    pattern,
    values,
    moments,
    mayAblate,
    gradient: perConnection((position) => gradientMatrix[position]),
    candidates(count) {
      asked.push(count);
      return Promise.resolve(oracle.candidates(dense, count));
    },
  };
  return { dense, state, asked };
}

function constraintOf(pattern: Pattern): oracle.Constraint {
  if (!mayEmpty(pattern)) {
    const { each, last } = shareOf(pattern, pattern.lists);
    return { kind: "segments", n: each, m: partsOf(pattern).segment, last };
  }
  return { kind: pattern.spec.kind === "block" ? "anywhere" : "lists" };
}

function activeUnits({ lists, entries, span, index }: Pattern): boolean[][] {
  return Array.from({ length: lists }, (_, list) => {
    const active = new Set(index.subarray(span[2 * list], span[2 * list + 1]));
    return Array.from({ length: entries }, (_, entry) => active.has(entry));
  });
}

export function matrix(array: Float32Array, inputs: number): number[][] {
  return Array.from(
    { length: array.length / inputs },
    (_, row) => [...array.subarray(row * inputs, (row + 1) * inputs)],
  );
}

/** Everything that holds of any result, whatever the method. */
export function requireInvariants(before: LayerState, result: RewireResult): void {
  const { pattern, view, values, moments } = result;
  validatePattern(pattern);
  const { spec, rows, inputs, budget } = before.pattern;
  assert.deepEqual(
    { spec, rows, inputs, budget },
    { spec: pattern.spec, rows: pattern.rows, inputs: pattern.inputs, budget: pattern.budget },
  );
  assert.deepEqual(view, transposedView(pattern));
  const used = new Set<number>();
  eachConnection(pattern, (at) => used.add(at));
  for (const array of [values, ...moments]) {
    assert.equal(array.length, pattern.capacity * areaOf(pattern.unit));
    assert.ok(array.every((x, at) => used.has(at) || Object.is(x, 0)), "padding is 0");
  }
  const [old, now] = [before.pattern, pattern].map((p) => count(p));
  assert.equal(now.units, old.units - result.dropped + result.grown);
  assert.ok(now.units <= pattern.budget);
  assert.equal(now.live, old.live - result.ablated + result.revived);
}

export function count(pattern: Pattern): { units: number; live: number } {
  return { units: countUnits(pattern), live: countLive(pattern) };
}

export function requireEqual(result: RewireResult, expected: oracle.DenseResult): void {
  const { pattern } = result;
  assert.equal(result.hash, patternHash(pattern));
  const found = {
    active: activeUnits(pattern),
    values: matrix(toDense(pattern, result.values), pattern.inputs),
    moments: result.moments.map((moment) => matrix(toDense(pattern, moment), pattern.inputs)),
    dropped: result.dropped,
    grown: result.grown,
  };
  assert.deepEqual(found, { ...expected });
}

export const rewirer = await openRewirer();
export const context = { rewirer, seed: 2 ** 33 + 7, step: 300, layer: 2 };
export const drawKey = { seed: context.seed, step: context.step, stream: context.layer };
