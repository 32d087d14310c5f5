import assert from "node:assert/strict";
import fc from "fast-check";
import { toDense } from "../src/sparse/convert.ts";
import { areaOf } from "../src/sparse/geometry.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { exportLayers } from "../src/train/export.ts";
import type { NamedTensor } from "../src/train/safetensors.ts";
import type { SnapshotLayer } from "../src/train/snapshot.ts";
import { drawPattern, drawSpec, KINDS } from "./any_pattern.ts";
import { seeds, Source } from "./arbitraries.ts";

/** A network of layers of any pattern; the sizes of neighbours are made to fit by dense layers between them. */
function drawNetwork(source: Source): SnapshotLayer[] {
  const layers: SnapshotLayer[] = [];
  for (let i = 0; i < 3; i++) {
    const { spec, rows, inputs } = drawSpec(source, KINDS[source.below(KINDS.length)], 12);
    const before = layers.at(-1);
    if (before !== undefined) layers.push(drawDense(source, `join${i}`, inputs, before.rows));
    layers.push(drawSparse(source, `layer${i}`, { spec, rows, inputs }));
  }
  return layers;
}

function drawDense(source: Source, name: string, rows: number, inputs: number): SnapshotLayer {
  return { name, rows, inputs, values: source.floats(rows * inputs), bias: source.floats(rows) };
}

function drawSparse(
  source: Source,
  name: string,
  shape: { spec: SparseSpec; rows: number; inputs: number },
): SnapshotLayer {
  const pattern = drawPattern(source, shape);
  const values = source.floats(pattern.capacity * areaOf(pattern.unit));
  return { name, ...shape, pattern, values, bias: source.floats(shape.rows) };
}

type Matrix = { weight: ArrayLike<number>; bias: ArrayLike<number>; inputs: number };

/** The outputs of a network in float64, relus between the layers. */
function forward(layers: readonly Matrix[], x: readonly number[]): number[] {
  return layers.reduce((input: readonly number[], { weight, bias, inputs }, i) => {
    const y = Array.from(
      bias,
      (start, row) =>
        input.reduce((sum, value, column) => sum + weight[row * inputs + column] * value, start),
    );
    return i === layers.length - 1 ? y : y.map((value) => Math.max(value, 0));
  }, x) as number[];
}

function matricesOf(layers: readonly SnapshotLayer[]): Matrix[] {
  return layers.map(({ pattern, values, bias, inputs, rows }) => ({
    weight: pattern === undefined ? values : toDense(pattern, values),
    bias: bias ?? new Float32Array(rows),
    inputs,
  }));
}

/** The matrices of an export, of either format. */
function exported(tensors: readonly NamedTensor[], names: readonly string[]): Matrix[] {
  const get = (name: string): NamedTensor | undefined => tensors.find((t) => t.name === name);
  let inputs = 0;
  return names.map((name, i) => {
    const bias = get(`${name}.bias`)?.data ?? assert.fail(`${name} has no bias`);
    const weight = get(`${name}.weight`);
    if (weight !== undefined) {
      const matrix = { weight: weight.data, bias, inputs: weight.shape[1] };
      inputs = bias.length;
      return matrix;
    }
    const span = get(`${name}.span`)?.data ?? [], index = get(`${name}.index`)?.data ?? [];
    const values = get(`${name}.values`)?.data ?? [];
    // The first layer keeps all its inputs; their number is in no array of a condensed layer.
    const wide = i === 0 ? Math.max(0, ...index) + 1 : inputs;
    const dense = new Float64Array(bias.length * wide);
    for (let row = 0; row < bias.length; row++) {
      for (let s = span[2 * row]; s < span[2 * row + 1]; s++) {
        dense[row * wide + index[s]] = values[s];
      }
    }
    inputs = bias.length;
    return { weight: dense, bias, inputs: wide };
  });
}

for (const format of ["condensed", "dense"] as const) {
  Deno.test(`exportLayers() keeps the outputs and drops dead neurons, ${format}`, () => {
    fc.assert(fc.property(seeds(), (seed) => {
      const source = new Source(seed);
      const layers = drawNetwork(source);
      const names = layers.map(({ name }) => name);
      const found = exported(exportLayers(layers, format), names);
      const x = [...source.floats(layers[0].inputs)];
      const expected = forward(matricesOf(layers), x);
      const got = forward(found, x.slice(0, found[0].inputs));
      const scale = Math.max(1, ...expected.map(Math.abs));
      assert.equal(got.length, expected.length);
      got.forEach((y, i) =>
        assert.ok(Math.abs(y - expected[i]) <= 1e-5 * scale, `${y} ${expected[i]}`)
      );
      // Only rows that read something are left, but for the last layer's.
      for (const [i, { weight, bias, inputs }] of found.entries()) {
        if (i === found.length - 1) continue;
        for (let row = 0; row < bias.length; row++) {
          const reads = Array.from({ length: inputs }, (_, c) => weight[row * inputs + c]);
          assert.ok(reads.some((value) => value !== 0), `row ${row} of ${names[i]} reads nothing`);
        }
      }
    }));
  });
}
