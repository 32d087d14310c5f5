import assert from "node:assert/strict";
import fc from "fast-check";
import { toDense } from "../src/sparse/convert.ts";
import { areaOf } from "../src/sparse/geometry.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import type { StoredLayer } from "../src/nn/definition.ts";
import { linearLayer, reluLayer } from "../src/nn/mod.ts";
import {
  encodeExport,
  type ExportDescription,
  type Exported,
  exportOf,
  exportOfFile,
} from "../src/train/export.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { rowsOf } from "../src/train/rows.ts";
import type { SnapshotLayer } from "../src/train/snapshot.ts";
import { drawPattern, drawRepeating, drawSpec, KINDS } from "./any_pattern.ts";
import { seeds, Source } from "./arbitraries.ts";

/** A linear layer of a network. */
interface Layer {
  readonly weight: SnapshotLayer;
  readonly bias: Float32Array | undefined;
}

/** A network of layers of any pattern; the sizes of neighbours are made to fit by dense layers between them. */
function drawNetwork(source: Source): Layer[] {
  const layers: Layer[] = [];
  for (let i = 0; i < 3; i++) {
    const kind = source.below(KINDS.length + 1);
    const { spec, rows, inputs } = kind === KINDS.length
      ? drawRepeating(source, 12)
      : drawSpec(source, KINDS[kind], 12);
    const before = layers.at(-1);
    if (before !== undefined) layers.push(drawDense(source, inputs, before.weight.rows));
    layers.push(drawSparse(source, { spec, rows, inputs }));
  }
  return layers;
}

function drawDense(source: Source, rows: number, inputs: number): Layer {
  const weight = { name: "dense", rows, inputs, values: source.floats(rows * inputs) };
  return { weight, bias: source.below(2) === 0 ? source.floats(rows) : undefined };
}

function drawSparse(
  source: Source,
  shape: { spec: SparseSpec; rows: number; inputs: number },
): Layer {
  const pattern = drawPattern(source, shape);
  const values = source.floats(pattern.capacity * areaOf(pattern.unit));
  const weight = { name: "sparse", ...shape, pattern, values };
  return { weight, bias: source.below(4) === 0 ? undefined : source.floats(shape.rows) };
}

/** Layers with relus between them. */
function storedOf(layers: readonly Layer[]): StoredLayer[] {
  const none = { settings: {}, weights: {}, vectors: {}, branches: [] };
  return layers.flatMap(({ weight, bias }, i): StoredLayer[] => [
    ...(i === 0 ? [] : [{ ...none, definition: reluLayer, name: "" }]),
    {
      ...none,
      definition: linearLayer,
      name: weight.name,
      settings: { inputs: weight.inputs, outputs: weight.rows, bias: bias !== undefined },
      weights: { weight: rowsOf(weight) },
      vectors: bias === undefined ? {} : { bias: Float64Array.from(bias) },
    },
  ]);
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

function matricesOf(layers: readonly Layer[]): Matrix[] {
  return layers.map(({ weight: { pattern, values, inputs, rows }, bias }) => ({
    weight: pattern === undefined ? values : toDense(pattern, values),
    bias: bias ?? new Float32Array(rows),
    inputs,
  }));
}

/** An operation of an export, as far as linear layers go. */
interface Described {
  readonly operation: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: string | {
    readonly values: string;
    readonly index: string;
    readonly span: string;
  };
  readonly bias?: string;
}

/** The matrices of an export, of either format, read by what it says of itself. */
function exported({ tensors, description }: Exported): Matrix[] {
  const arrays = new Map(tensors.map(({ name, data }) => [name, data]));
  assert.equal(arrays.size, tensors.length, "names are distinct");
  const get = (name: string) => arrays.get(name) ?? assert.fail(`there is no ${name}`);
  // What another program reads is JSON.
  const { operations }: ExportDescription = JSON.parse(JSON.stringify(description));
  return operations.flatMap((each): Matrix[] => {
    const { operation, inputs, outputs, weight, bias } = each as unknown as Described;
    if (operation !== "linear") return [];
    const biases = bias === undefined ? new Float32Array(outputs) : get(bias);
    if (typeof weight === "string") return [{ weight: get(weight), bias: biases, inputs }];
    const [values, index, span] = [weight.values, weight.index, weight.span].map(get);
    const dense = new Float64Array(outputs * inputs);
    for (let row = 0; row < outputs; row++) {
      for (let s = span[2 * row]; s < span[2 * row + 1]; s++) {
        assert.ok(s === span[2 * row] || index[s] > index[s - 1], "inputs ascend");
        dense[row * inputs + index[s]] = values[s];
      }
    }
    return [{ weight: dense, bias: biases, inputs }];
  });
}

for (const format of ["condensed", "dense"] as const) {
  Deno.test(`exportOf() keeps the outputs and drops dead neurons, ${format}`, () => {
    fc.assert(fc.property(seeds(), (seed) => {
      const source = new Source(seed);
      const layers = drawNetwork(source);
      const snapshot = { layers: storedOf(layers), preparation: undefined };
      const found = exported(exportOf(snapshot, format));
      const x = [...source.floats(layers[0].weight.inputs)];
      const expected = forward(matricesOf(layers), x);
      const got = forward(found, x);
      const scale = Math.max(1, ...expected.map(Math.abs));
      assert.equal(got.length, expected.length);
      // Biases are rounded once, to a share of 6e-8, and pass five layers of at most 12 inputs.
      got.forEach((y, i) =>
        assert.ok(Math.abs(y - expected[i]) <= 1e-5 * scale, `${y} ${expected[i]}`)
      );
      // Only rows that read something are left, but for the last layer's.
      for (const [i, { weight, bias, inputs }] of found.entries()) {
        if (i === found.length - 1) continue;
        for (let row = 0; row < bias.length; row++) {
          const reads = Array.from({ length: inputs }, (_, c) => weight[row * inputs + c]);
          assert.ok(reads.some((value) => value !== 0), `row ${row} of layer ${i} reads nothing`);
        }
      }
    }));
  });
}

Deno.test("encodeExport() gives equal bytes for equal models, arrays aligned, and what readers ask for", async () => {
  const encode = async (): Promise<Uint8Array> => {
    const layers = storedOf(drawNetwork(new Source(5)));
    return await encodeExport(exportOf({ layers, preparation: undefined }, "condensed"));
  };
  const bytes = await encode();
  assert.deepEqual(await encode(), bytes);
  const begin = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assert.equal(begin % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, begin)));
  const { __metadata__: { format, filigree }, ...entries } = header;
  assert.equal(format, "pt");
  assert.equal(JSON.parse(filigree).version, 2);
  for (const { data_offsets: [first] } of Object.values<{ data_offsets: number[] }>(entries)) {
    assert.equal(first % 4, 0);
  }
});

Deno.test("exportOfFile() names the checkpoint whose operations do not fit each other", () => {
  const layer = (rows: number, inputs: number): Layer => ({
    weight: { name: "dense", rows, inputs, values: new Float32Array(rows * inputs) },
    bias: undefined,
  });
  const layers = storedOf([layer(8, 4), layer(3, 16)]);
  assert.throws(
    () => exportOfFile("run.safetensors", { layers, preparation: undefined }, "dense"),
    (error) =>
      error instanceof CheckpointError && error.file === "run.safetensors" &&
      /operations do not fit: .* its linear is applied to \[8\]; expected \[16\]/.test(
        error.message,
      ),
  );
});
