/**
 * What TypeScript, Rust and WGSL each say of kernels, step block and shared constants must be the same. The sources are
 * read as text.
 *
 * @module
 */
import assert from "node:assert/strict";
import { STEP_BYTES, STEP_WORDS } from "../src/device/step_block.ts";
import { EPILOGUE, NONE, SQUARE_CHUNK } from "../src/ops/kernels/constants.ts";
import { KERNELS } from "../src/ops/kernels/mod.ts";

const root = new URL("../", import.meta.url);

Deno.test("STEP_WORDS lie inside the step block and do not overlap", () => {
  const offsets = Object.values(STEP_WORDS);
  assert.equal(new Set(offsets).size, offsets.length);
  assert(offsets.every((offset) => offset >= 0 && 4 * offset < STEP_BYTES));
});

Deno.test("STEP_WORDS agree with wasm/src/step.rs", async () => {
  assert.deepEqual(
    constants(await read("wasm/src/step.rs")),
    Object.fromEntries(
      Object.entries(STEP_WORDS).map(([name, offset]) => [shout(name), offset]),
    ),
  );
});

Deno.test("STEP_WORDS agree with wgsl/shared/step.wgsl", async () => {
  const found = constants(await read("wgsl/shared/step.wgsl"));
  for (const [name, offset] of Object.entries(STEP_WORDS)) {
    assert.equal(found[`STEP_${shout(name)}`], offset, name);
  }
});

Deno.test("EPILOGUE, SQUARE_CHUNK and NONE agree wherever Rust and WGSL name them", async () => {
  const expected: Record<string, number> = {
    EPILOGUE_NONE: EPILOGUE.none,
    EPILOGUE_BIAS: EPILOGUE.bias,
    EPILOGUE_BIAS_RELU: EPILOGUE.biasRelu,
    EPILOGUE_GATE: EPILOGUE.gate,
    SQUARE_CHUNK,
    NONE,
  };
  for (const folder of ["wgsl/", "wgsl/shared/", "wasm/src/", "wasm/src/kernels/"]) {
    const seen = new Set<string>();
    for (const path of await list(folder)) {
      for (const [name, value] of Object.entries(constants(await read(path)))) {
        if (!(name in expected)) continue;
        assert.equal(value, expected[name], `${name} in ${path}`);
        seen.add(name);
      }
    }
  }
});

Deno.test("KERNELS each have a WGSL file that binds the declared buffers in order", () => {
  for (const kernel of KERNELS) {
    const found = [...kernel.gpu.wgsl.matchAll(
      /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*storage\s*(?:,\s*(read|read_write)\s*)?>\s*(\w+)/g,
    )].map(([, binding, access, name]) => ({ binding: Number(binding), access, name }));
    kernel.bindings.forEach((binding, i) => {
      const match = found.find((candidate) => candidate.binding === i);
      assert(match !== undefined, `${kernel.name}: nothing is bound at ${i}`);
      assert.equal(snake(match.name), snake(binding.name), `${kernel.name}: binding ${i}`);
      const access = binding.access === "read" ? "read" : "read_write";
      assert.equal(match.access ?? "read", access, `${kernel.name}: binding "${binding.name}"`);
    });
  }
});

Deno.test("KERNELS name their parameters as the struct in their WGSL file", () => {
  for (const kernel of KERNELS) {
    const struct = /struct\s+Params\s*\{([^}]*)\}/.exec(kernel.gpu.wgsl);
    assert(struct !== null, `${kernel.name}: no struct Params`);
    const fields = [...withoutComments(struct[1]).matchAll(/(\w+)\s*:\s*(\w+)/g)]
      .map(([, name, type]) => ({ name: snake(name), type }));
    const params = [...kernel.params, ...kernel.gpu.dispatchParams ?? []]
      .map(({ name, type }) => ({ name: snake(name), type }));
    assert.deepEqual(fields.slice(0, params.length), params, kernel.name);
  }
});

/** Integer constants of Rust (`pub const NAME: T = 1;`) and WGSL (`const NAME = 1u;`). */
function constants(source: string): Record<string, number> {
  const matches = withoutComments(source).matchAll(
    /\bconst\s+([A-Z][A-Z0-9_]*)\s*(?::\s*\w+\s*)?=\s*(0x[0-9a-f_]+|[0-9_]+)(?:_?[ui](?:32|size)|u)?\s*;/gi,
  );
  return Object.fromEntries(
    [...matches].map(([, name, value]) => [name, Number(value.replaceAll("_", ""))]),
  );
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\/.*$/gm, "");
}

/** learningRate becomes LEARNING_RATE. */
function shout(name: string): string {
  return snake(name).toUpperCase();
}

/** learningRate becomes learning_rate. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

async function list(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    if (entry.isFile) paths.push(folder + entry.name);
  }
  return paths;
}
