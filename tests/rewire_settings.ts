/**
 * Layers to be rewired, and what must hold of the result.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { LayerState } from "../src/methods/method.ts";
import { fanInOf, type Pattern, patternOf, toDense } from "../src/sparse/pattern.ts";
import { openRewirer } from "../src/sparse/rewirer.ts";
import type { RewireResult } from "../src/sparse/rewiring.ts";
import { patternHash } from "../src/sparse/statistics.ts";
import { transposedView } from "../src/sparse/transposed.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { seeds, Source, type Style, styles } from "./arbitraries.ts";
import * as oracle from "./oracle/rewire.ts";

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
      fraction: fc.oneof(fc.constantFrom(0.3, 1), fc.double({ min: 0, max: 1, noNaN: true })),
      seed: seeds(),
      style: styles(),
    })
  );

export interface Drawn {
  dense: oracle.DenseLayer;
  state: LayerState;
  /** Counts that candidates were asked for. */
  asked: number[];
}

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
  const pattern = patternOf(lists, inputs, budget);
  const gradientMatrix = source.floats(rows * inputs, style);
  const perSlot = (of: (position: number) => number): Float32Array => {
    const array = new Float32Array(pattern.capacity);
    for (let row = 0; row < rows; row++) {
      for (let slot = pattern.span[2 * row]; slot < pattern.span[2 * row + 1]; slot++) {
        array[slot] = of(row * inputs + pattern.index[slot]);
      }
    }
    return array;
  };
  const values = perSlot(() => source.floats(1, style)[0]);
  const moments = [perSlot(() => source.normal()), perSlot(() => source.normal())];
  const ones = toDense(pattern, new Float32Array(pattern.capacity).fill(1));
  const dense: oracle.DenseLayer = {
    active: matrix(ones, inputs).map((row) => row.map((x) => x === 1)),
    values: matrix(toDense(pattern, values), inputs),
    moments: moments.map((moment) => matrix(toDense(pattern, moment), inputs)),
    gradient: matrix(gradientMatrix, inputs),
    budget,
  };
  const asked: number[] = [];
  const state: LayerState = {
    name: "layer",
    pattern,
    values,
    moments,
    mayAblate,
    gradient: perSlot((position) => gradientMatrix[position]),
    candidates(count) {
      asked.push(count);
      return Promise.resolve(oracle.candidates(dense, count));
    },
  };
  return { dense, state, asked };
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
  assert.equal(pattern.budget, before.pattern.budget);
  assert.deepEqual(view, transposedView(pattern));
  for (const array of [values, ...moments]) {
    assert.equal(array.length, pattern.capacity);
    const used = new Set<number>();
    for (let row = 0; row < pattern.rows; row++) {
      for (let s = pattern.span[2 * row]; s < pattern.span[2 * row + 1]; s++) used.add(s);
    }
    assert.ok(array.every((x, slot) => used.has(slot) || Object.is(x, 0)), "padding is 0");
  }
  const [old, now] = [before.pattern, pattern].map((p) => count(p));
  assert.equal(now.connections, old.connections - result.dropped + result.grown);
  assert.ok(now.connections <= pattern.budget);
  assert.equal(now.live, old.live - result.ablated + result.revived);
}

export function count({ rows, span }: Pattern): { connections: number; live: number } {
  let connections = 0, live = 0;
  for (let row = 0; row < rows; row++) {
    connections += span[2 * row + 1] - span[2 * row];
    live += Number(span[2 * row + 1] > span[2 * row]);
  }
  return { connections, live };
}

export function requireEqual(result: RewireResult, expected: oracle.DenseResult): void {
  const { pattern } = result;
  assert.equal(result.hash, patternHash(pattern));
  const ones = toDense(pattern, new Float32Array(pattern.capacity).fill(1));
  const found = {
    active: matrix(ones, pattern.inputs).map((row) => row.map((x) => x === 1)),
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
