/**
 * What TypeScript, Rust and WGSL each say of kernels, step block and shared constants must be the same. The sources are
 * read as text.
 *
 * @module
 */
import { textOf } from "../src/device/webgpu/text_of.ts";
import assert from "node:assert/strict";
import { LIST_TILE } from "../src/device/kernel.ts";
import { STEP_BYTES, STEP_WORDS } from "../src/device/step_block.ts";
import {
  EPILOGUE,
  LABEL_LOSS,
  MASK,
  MASK_WORDS,
  NONE,
  NORM,
  SQUARE_CHUNK,
  TARGET_LOSS,
} from "../src/ops/kernels/constants.ts";
import { NORM_TILE } from "../src/ops/kernels/feature_norm_gradient.ts";
import { LABEL_ROWS } from "../src/ops/kernels/label_losses.ts";
import { KERNELS } from "../src/ops/kernels/mod.ts";

const root = new URL("../", import.meta.url);

Deno.test("STEP_WORDS lie inside the step block and do not overlap", () => {
  const offsets = Object.values(STEP_WORDS);
  assert.equal(new Set(offsets).size, offsets.length);
  assert(offsets.every((offset) => offset >= 0 && 4 * offset < STEP_BYTES));
});

Deno.test("STEP_WORDS and STEP_BYTES agree with wasm/src/step.rs", async () => {
  assert.deepEqual(constants(await read("wasm/src/step.rs")), {
    ...Object.fromEntries(
      Object.entries(STEP_WORDS).map(([name, offset]) => [shout(name), offset]),
    ),
    WORDS: STEP_BYTES / 4,
  });
});

Deno.test("STEP_WORDS agree with wgsl/shared/step.wgsl", async () => {
  const found = constants(await read("wgsl/shared/step.wgsl"));
  for (const [name, offset] of Object.entries(STEP_WORDS)) {
    assert.equal(found[`STEP_${shout(name)}`], offset, name);
  }
});

Deno.test("EPILOGUE agrees with wasm/src/kernels/epilogue.rs", async () => {
  const found = constants(await read("wasm/src/kernels/epilogue.rs"));
  for (const [name, value] of Object.entries(EPILOGUE)) {
    assert.equal(found[shout(name)], value, name);
  }
});

Deno.test("EPILOGUE, NORM, NONE and SQUARE_CHUNK agree with WGSL", async () => {
  const found = constants(await read("wgsl/shared/products.wgsl"));
  for (const [name, value] of Object.entries(EPILOGUE)) {
    assert.equal(found[`EPILOGUE_${shout(name)}`], value, name);
  }
  for (const [name, value] of Object.entries(NORM)) {
    assert.equal(found[`NORM_${shout(name)}`], value, name);
  }
  assert.equal(found.NONE, NONE);
  assert.equal(constants(await read("wgsl/square_sum.wgsl")).SQUARE_CHUNK, SQUARE_CHUNK);
});

Deno.test("TARGET_LOSS agrees with Rust and WGSL", async () => {
  const rust = constants(await read("wasm/src/kernels/targets.rs"));
  const wgsl = constants(await read("wgsl/shared/targets.wgsl"));
  for (const [name, value] of Object.entries(TARGET_LOSS)) {
    assert.equal(rust[shout(name)], value, name);
    assert.equal(wgsl[`TARGET_LOSS_${shout(name)}`], value, name);
  }
});

Deno.test("LABEL_LOSS and LABEL_ROWS agree with Rust and WGSL", async () => {
  const rust = constants(await read("wasm/src/kernels/label_losses.rs"));
  const wgsl = constants(await read("wgsl/label_losses.wgsl"));
  for (const [name, value] of Object.entries(LABEL_LOSS)) {
    assert.equal(rust[shout(name)], value, name);
    assert.equal(wgsl[`LABEL_LOSS_${shout(name)}`], value, name);
  }
  assert.equal(rust.ROWS, LABEL_ROWS);
});

Deno.test("MASK and MASK_WORDS agree with Rust and WGSL", async () => {
  const rust = constants(await read("wasm/src/constants.rs"));
  const wgsl = constants(await read("wgsl/shared/masks.wgsl"));
  for (const [name, value] of Object.entries(MASK)) {
    assert.equal(rust[shout(name)], value, name);
    assert.equal(wgsl[`MASK_${shout(name)}`], value, name);
  }
  assert.equal(rust.MASK_WORDS, MASK_WORDS);
});

Deno.test("NORM agrees with the Rust crate", async () => {
  const found = constants(await read("wasm/src/constants.rs"));
  for (const [name, value] of Object.entries(NORM)) assert.equal(found[shout(name)], value, name);
});

Deno.test("SQUARE_CHUNK, NONE and LIST_TILE agree with the Rust crate", async () => {
  const found = constants(await read("wasm/src/constants.rs"));
  assert.equal(found.SQUARE_CHUNK, SQUARE_CHUNK);
  assert.equal(found.NONE, NONE);
  assert.equal(constants(await read("wasm/src/kernels/lists.rs")).LIST_TILE, LIST_TILE);
});

Deno.test("NORM_TILE agrees with the Rust crate", async () => {
  assert.equal(constants(await read("wasm/src/kernels/feature_norm.rs")).TILE, NORM_TILE);
});

Deno.test("KERNELS are those of wasm/src/kernels/mod.rs", async () => {
  const source = await read("wasm/src/kernels/mod.rs");
  const names = [...source.matchAll(/^\s*\("(\w+)",/gm)].map(([, name]) => name);
  assert.deepEqual(names.sort(), KERNELS.map((kernel) => kernel.name).sort());
});

Deno.test("KERNELS each have a WGSL file that binds the declared buffers in order", () => {
  for (const kernel of KERNELS) {
    const found = [
      ...textOf(kernel).matchAll(
        /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*storage\s*(?:,\s*(read|read_write)\s*)?>\s*(\w+)/g,
      ),
    ].map(([, binding, access, name]) => ({ binding: Number(binding), access, name }));
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
    const struct = /struct\s+Params\s*\{([^}]*)\}/.exec(textOf(kernel));
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
    /\bconst\s+([A-Z][A-Z0-9_]*)\s*(?::\s*\w+\s*)?=\s*(u32::MAX|0x[0-9a-f_]+|[0-9_]+)(?:_?[ui](?:32|size)|u)?\s*;/gi,
  );
  return Object.fromEntries(
    [...matches].map(([, name, value]) => [
      name,
      value === "u32::MAX" ? 0xffffffff : Number(value.replaceAll("_", "")),
    ]),
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
