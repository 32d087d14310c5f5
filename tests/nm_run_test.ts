/**
 * A whole run of a recipe towards N:M, as the command line trains it: what its masks are in the end, and that what it exports
 * gives the same outputs.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gptLayer } from "../src/models/gpt.ts";
import { createDevice } from "../src/ops/device.ts";
import type { Device } from "../src/program/device.ts";
import { toDense } from "../src/sparse/convert.ts";
import { patternName } from "../src/sparse/lookup.ts";
import type { SparseWeight } from "../src/sparse/weight.ts";
import { readSaved } from "../src/cli/runs.ts";
import { loadModel } from "../src/train/load.ts";
import { decodeSafetensors, type Safetensors } from "../src/train/safetensors.ts";
import { logitsOf, TOKENS } from "./gpt_models.ts";
import { say } from "./in_process.ts";
import { ask, testWithPython } from "./interop_python.ts";
import { assertClose, runWeb } from "./onnx_runtimes.ts";

const RUN = [
  ...["pretrain", "--model", "gpt", "--layers", "2", "--width", "24", "--heads", "2"],
  ...["--positions", "16", "--epochs", "3", "--batch", "16", "--epoch-examples", "80"],
  ...["--test-examples", "16", "--method", "pgf", "--fine-tune", "0.4", "--lr", "0.01"],
  ...["--sparse-layers", "ff 1:8,qkv 2:4,out 1:4-outputs"],
  ...["--device", "wasm", "--threads", "1", "--json"],
];

/** Calls the program. */
async function call(...args: string[]): Promise<void> {
  const { code, err } = await say(args);
  assert.equal(code, 0, err);
}

/** Trains in a folder: the run is in `run`. */
async function train(folder: string): Promise<void> {
  const letters = "the quick brown fox jumps over the lazy dog";
  const text = `${letters}. ${letters.toUpperCase()}!\n`.repeat(40);
  await Deno.writeTextFile(`${folder}/text.txt`, text);
  await call(...RUN, "--data", `${folder}/text.txt`, "--out", `${folder}/run`);
}

/** Of each segment of a matrix, how many numbers are not 0. */
function countsOf(
  matrix: ArrayLike<number>,
  { rows, inputs, spec }: Pick<SparseWeight, "rows" | "inputs" | "spec">,
): { readonly counts: Set<number>; readonly n: number } {
  const [, n, m, turned] = /^(\d+):(\d+)(-outputs)?$/.exec(patternName(spec)) ?? [];
  const [high, wide] = turned === undefined ? [1, Number(m)] : [Number(m), 1];
  // Segments divide the matrices of this model.
  assert.ok(rows % high === 0 && inputs % wide === 0);
  const counts = new Uint32Array(rows * inputs / Number(m));
  for (let at = 0; at < rows * inputs; at++) {
    const [row, input] = [Math.floor(at / inputs), at % inputs];
    const segment = Math.floor(row / high) * (inputs / wide) + Math.floor(input / wide);
    counts[segment] += Number(matrix[at] !== 0);
  }
  return { counts: new Set(counts), n: Number(n) };
}

testWithPython(
  "a run of pgf ends with n in every window, and exports what it computes",
  async (folder) => {
    await train(folder);
    const { checkpoint } = await readSaved(`${folder}/run`);
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const { model } = await loadModel(checkpoint, device, { as: gptLayer });
    const logits = await logitsOf(device, model);
    const masked = new Map<string, Float32Array>();
    for (const { label, sparse } of model.weights) {
      if (sparse === undefined) continue;
      masked.set(label, await readUnderMask(device, sparse, label));
    }
    // Of each of two blocks six matrices.
    assert.equal(masked.size, 12);

    const files = new Map<string, Safetensors["tensors"]>();
    for (const format of ["dense", "condensed"]) {
      const out = `${folder}/${format}.safetensors`;
      await call("export", `${folder}/run`, "--format", format, "--out", out);
      files.set(format, (await decodeSafetensors(await Deno.readFile(out), out)).tensors);
    }
    for (const [label, weights] of masked) {
      assert.deepEqual(files.get("dense")?.get(label)?.data, weights, label);
    }
    // Lists of values and inputs are those matrices, bit for bit, and no larger than they have to be.
    const read = await ask("compare-exports", folder);
    assert.deepEqual(Object.keys(read).sort(), [...masked.keys()].sort());
    for (
      const [name, { equal, values }] of Object.entries<{ equal: boolean; values: number }>(read)
    ) {
      assert.ok(equal, name);
      const kept = masked.get(name)?.filter((weight) => weight !== 0).length;
      if (kept !== undefined) assert.equal(values, kept, name);
    }

    const onnx = `${folder}/model.onnx`;
    await call("export", `${folder}/run`, "--format", "onnx", "--out", onnx);
    const web = await runWeb(onnx, { tokens: TOKENS }, () => true);
    assertClose(web.outputs.data, logits, 1e-5, "onnxruntime-web");
  },
);

/** A weight as the forward reads it, which is the n largest of every m. */
async function readUnderMask(
  device: Device,
  sparse: SparseWeight,
  label: string,
): Promise<Float32Array> {
  const { mask, values, rows, inputs, pattern } = sparse;
  assert.ok(mask !== undefined, label);
  const bits = await device.read(mask.bits);
  const words = Math.ceil(inputs / 32);
  const under = (await device.readFloats(values)).map((weight, at) => {
    const [row, input] = [Math.floor(at / inputs), at % inputs];
    return (bits[row * words + (input >> 5)] >>> (input & 31) & 1) === 1 ? weight : 0;
  });
  const { counts, n } = countsOf(under, { rows, inputs, spec: sparse.spec });
  assert.deepEqual([...counts], [n], `${label}: members of the segments`);
  const slots = new Float32Array(pattern.capacity).fill(1);
  const there = toDense(pattern, slots);
  assert.ok(under.every((weight, at) => (weight !== 0) === (there[at] === 1)), label);
  return under;
}
