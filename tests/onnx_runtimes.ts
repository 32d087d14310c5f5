/**
 * The runtimes of ONNX that exported models are run with: onnxruntime from PyPI, which also checks the file, and onnxruntime-web
 * from npm, which is the same engine in WebAssembly.
 *
 * @module
 */
import assert from "node:assert/strict";
import * as ort from "onnxruntime-web";
import { ask } from "./interop_python.ts";

// Workers would outlive a test.
ort.env.wasm.numThreads = 1;

/** An array that goes into a model or comes out of it. */
export interface Numbers {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its numbers. */
  readonly data: readonly number[];
}

/** What onnxruntime says of a model and its outputs. */
export interface Ran {
  /** Shapes of the inputs; sizes that may differ are texts. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  /** Texts beside the model. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Outputs by name. */
  readonly outputs: Readonly<Record<string, Numbers>>;
}

/** Runs `model.onnx` of a folder with onnxruntime, after a check of all that the format asks for. */
export async function runNative(
  folder: string,
  inputs: Readonly<Record<string, Numbers>>,
): Promise<Ran> {
  await Deno.writeTextFile(`${folder}/inputs.json`, JSON.stringify(inputs));
  return await ask("run", folder, "onnx_peer.py");
}

/** Runs a model with onnxruntime-web; inputs whose names are those of tokens are i64. */
export async function runWeb(
  path: string,
  inputs: Readonly<Record<string, Numbers>>,
  isWhole: (name: string) => boolean,
): Promise<Record<string, Numbers>> {
  const session = await ort.InferenceSession.create(await Deno.readFile(path));
  const feeds = Object.entries(inputs).map(([name, { shape, data }]) => {
    const tensor = isWhole(name)
      ? new ort.Tensor("int64", BigInt64Array.from(data, BigInt), shape)
      : new ort.Tensor("float32", Float32Array.from(data), shape);
    return [name, tensor] as const;
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { dims, data }]) => {
      assert.ok(data instanceof Float32Array);
      return [name, { shape: dims, data: [...data] }];
    }),
  );
}

/** Fails where numbers differ by more than a share of the largest. */
export function assertClose(
  found: readonly number[],
  expected: readonly number[],
  share: number,
  what: string,
): void {
  assert.equal(found.length, expected.length, what);
  const largest = expected.reduce((most, y) => Math.max(most, Math.abs(y)), 1);
  const worst = found.reduce((most, y, i) => Math.max(most, Math.abs(y - expected[i])), 0);
  assert.ok(worst <= share * largest, `${what}: off by ${worst} of ${largest}`);
}
