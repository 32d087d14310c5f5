/**
 * The WASM backend: memory, programs on any number of threads, errors, and its life in a process of
 * its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeviceBuffer, KernelCall } from "../src/device/backend.ts";
import { DeviceLostError } from "../src/device/errors.ts";
import type { Kernel } from "../src/device/kernel.ts";
import { STEP_BYTES, STEP_WORDS } from "../src/device/step_block.ts";
import { openWasm, type WasmBackend } from "../src/device/wasm/backend.ts";
import {
  adamw,
  add,
  bias,
  clip,
  gemm,
  pointwise,
  pointwiseGradient,
  record,
  rowSum,
  squareSum,
} from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { seeds, Source } from "./arbitraries.ts";
import { runScript, withServer } from "./scripts.ts";

const ROWS = 37;
const COLUMNS = 64;
const LENGTH = ROWS * COLUMNS;

/** Opened before any test, so that none of them seems to leak it. */
const CREWS: readonly WasmBackend[] = [
  await openWasm({ threads: 1, build: "relaxed" }),
  await openWasm({ threads: 2 }),
  await openWasm({ threads: 3 }),
];
const PLAIN: WasmBackend = await openWasm({ threads: 1 });

globalThis.addEventListener("unload", () => {
  for (const backend of [...CREWS, PLAIN]) backend.close();
});

Deno.test("run() gives the same bits with 1, 2 and 3 threads of one build", async () => {
  await fc.assert(fc.asyncProperty(seeds(), async (seed) => {
    const results: Uint32Array[] = [];
    for (const backend of CREWS) results.push(await runRandomProgram(backend, seed));
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
  }));
});

Deno.test("run() gives the same bits twice on the plain build", async () => {
  await fc.assert(fc.asyncProperty(seeds(), async (seed) => {
    assert.deepEqual(await runRandomProgram(PLAIN, seed), await runRandomProgram(PLAIN, seed));
  }));
});

Deno.test("run() does nothing with an empty program", async () => {
  for (const backend of [PLAIN, ...CREWS]) {
    const executable = await backend.compile([]);
    backend.run(executable);
    backend.release(executable);
  }
});

Deno.test("allocate() gives zeroed memory that was used before", async () => {
  const first = PLAIN.allocate(4096, "first");
  PLAIN.write(first, new Uint32Array(1024).fill(7));
  PLAIN.free(first);
  const second = PLAIN.allocate(4096, "second");
  assert.deepEqual(new Uint32Array(await PLAIN.read(second)), new Uint32Array(1024));
  PLAIN.free(second);
});

Deno.test("allocatedBytes is the sum of live buffers and executables", async () => {
  for (const backend of [PLAIN, CREWS[1]]) {
    const before = backend.allocatedBytes;
    const calls = [gemmCall(backend)];
    const buffers = calls.flatMap((call) => call.buffers);
    const held = new Set(buffers).values().reduce((sum, buffer) => sum + buffer.bytes, 0);
    assert.equal(backend.allocatedBytes, before + held);
    const executable = await backend.compile(calls);
    assert.equal(executable.bytes, backend.executableBytes(calls));
    assert.equal(backend.allocatedBytes, before + held + executable.bytes);
    backend.release(executable);
    for (const buffer of buffers) backend.free(buffer);
    assert.equal(backend.allocatedBytes, before);
  }
});

Deno.test("executableBytes() counts scratch memory once per thread", () => {
  const scratchOf = (backend: WasmBackend): number => {
    const params = { m: 64, n: 64, k: 64, transposeA: 0, transposeB: 0, epilogue: 0 };
    const without = { ...gemm, scratch: () => 0 };
    return backend.executableBytes([{ kernel: gemm, params }]) -
      backend.executableBytes([{ kernel: without, params }]);
  };
  assert(scratchOf(PLAIN) > 0);
  assert.equal(scratchOf(CREWS[2]), 3 * scratchOf(PLAIN));
});

Deno.test("write() and read() keep to the part they are given", async () => {
  for (const backend of [PLAIN, CREWS[1]]) {
    const buffer = backend.allocate(32, "part");
    backend.write(buffer, Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    backend.write(buffer, Uint32Array.of(0, 9, 9, 0).subarray(1, 3), 8);
    assert.deepEqual(
      new Uint32Array(await backend.read(buffer)),
      Uint32Array.of(1, 2, 9, 9, 5, 6, 7, 8),
    );
    assert.deepEqual(new Uint32Array(await backend.read(buffer, 20)), Uint32Array.of(6, 7, 8));
    assert.deepEqual(new Uint32Array(await backend.read(buffer, 4, 8)), Uint32Array.of(2, 9));
    const copy = await backend.read(buffer);
    assert(copy instanceof ArrayBuffer);
    backend.write(buffer, new Uint32Array(8));
    assert.equal(new Uint32Array(copy)[0], 1);
    backend.free(buffer);
  }
});

Deno.test("read() and write() work after the memory has grown", async () => {
  for (const build of ["plain", "relaxed"] as const) {
    const backend = await openWasm({ threads: 1, build });
    const small = backend.allocate(16, "small");
    backend.write(small, Float32Array.of(1, 2, 3, 4));
    const big = backend.allocate(64 << 20, "big");
    backend.write(big, Float32Array.of(5), (64 << 20) - 4);
    assert.deepEqual(new Float32Array(await backend.read(small)), Float32Array.of(1, 2, 3, 4));
    assert.equal(new Float32Array(await backend.read(big, (64 << 20) - 4))[0], 5);
    backend.close();
  }
});

Deno.test("allocate() says what was asked for and what is in use", () => {
  const live = PLAIN.allocatedBytes;
  for (const bytes of [3 * 2 ** 30, 2 ** 33]) {
    assert.throws(
      () => PLAIN.allocate(bytes, "too much"),
      (error: unknown) =>
        error instanceof RangeError && error.message.includes(`"too much"`) &&
        error.message.includes(`${bytes} bytes`) && error.message.includes(`${live} in use`),
    );
  }
  assert.equal(PLAIN.allocatedBytes, live);
});

Deno.test("read() and write() refuse what lies outside and half words", async () => {
  const buffer = PLAIN.allocate(16, "sixteen");
  assert.throws(() => PLAIN.write(buffer, new Uint32Array(5)), /RangeError.*"sixteen"/s);
  assert.throws(() => PLAIN.write(buffer, new Uint32Array(1), 16), RangeError);
  assert.throws(() => PLAIN.write(buffer, new Uint8Array(3)), RangeError);
  assert.throws(() => PLAIN.write(buffer, new Uint32Array(1), 2), RangeError);
  await assert.rejects(PLAIN.read(buffer, 12, 8), RangeError);
  await assert.rejects(PLAIN.read(buffer, -4, 4), RangeError);
  await assert.rejects(PLAIN.read(buffer, 0, 6), RangeError);
  PLAIN.free(buffer);
});

Deno.test("a freed buffer is refused by its label", async () => {
  const calls = [gemmCall(PLAIN)];
  const executable = await PLAIN.compile(calls);
  const buffer = calls[0].buffers[1];
  PLAIN.free(buffer);
  const refused = { name: "ReferenceError", message: /"gemm\.b".*freed/ };
  assert.throws(() => PLAIN.free(buffer), refused);
  assert.throws(() => PLAIN.write(buffer, new Uint32Array(1)), refused);
  assert.throws(() => PLAIN.run(executable), refused);
  await assert.rejects(PLAIN.read(buffer), refused);
  await assert.rejects(PLAIN.compile(calls), refused);
  PLAIN.release(executable);
  assert.throws(() => PLAIN.run(executable), { name: "ReferenceError", message: /released/ });
  assert.throws(() => PLAIN.release(executable), { name: "ReferenceError", message: /released/ });
  for (const other of calls[0].buffers) if (other !== buffer) PLAIN.free(other);
});

Deno.test("a buffer of another backend is refused", async () => {
  const buffer = CREWS[0].allocate(16, "elsewhere");
  await assert.rejects(PLAIN.read(buffer), { name: "TypeError", message: /another backend/ });
  CREWS[0].free(buffer);
});

Deno.test("compile() names the kernel of a call that does not fit", async () => {
  const call = gemmCall(PLAIN);
  const before = PLAIN.allocatedBytes;
  const wrong: readonly [KernelCall, RegExp][] = [
    [
      { ...call, buffers: call.buffers.slice(1) },
      /"gemm": got 3 buffers; expected 4 \(a, b, extra, c\)/,
    ],
    [{ ...call, buffers: [...call.buffers.slice(0, 3), call.buffers[0]] }, /"gemm".*same buffer/],
    [{ ...call, params: { ...call.params, m: 1.5 } }, /"gemm": parameter "m" is 1.5/],
    [{ ...call, params: { ...call.params, m: -1 } }, /"gemm": parameter "m" is -1/],
    [{ ...call, params: {} }, /"gemm": parameter "m" is missing/],
    [{ ...call, kernel: { ...gemm, name: "no_such" } }, /"no_such".*no such kernel/],
  ];
  for (const [given, message] of wrong) await assert.rejects(PLAIN.compile([given]), message);
  assert.equal(PLAIN.allocatedBytes, before);
  for (const buffer of call.buffers) PLAIN.free(buffer);
});

Deno.test("openWasm() refuses a number of threads that makes no sense", async () => {
  for (const threads of [0, -1, 1.5, NaN]) {
    await assert.rejects(openWasm({ threads }), {
      name: "RangeError",
      message: /positive integer/,
    });
  }
  await assert.rejects(openWasm({ threads: 2, build: "plain" }), /plain build has one thread/);
});

Deno.test("openWasm() takes the build that the options ask for", () => {
  assert.equal(PLAIN.info.details.build, "plain");
  assert.equal(CREWS[0].info.details.build, "relaxed");
  assert.deepEqual(CREWS.map((backend) => backend.info.threads), [1, 2, 3]);
});

Deno.test("close() makes every later call fail and may be repeated", async () => {
  for (const threads of [1, 2]) {
    const backend = await openWasm({ threads });
    const buffer = backend.allocate(16, "lost");
    const executable = await backend.compile([]);
    backend.close();
    backend.close();
    assert.equal(backend.allocatedBytes, 0);
    assert.throws(() => backend.allocate(16, "late"), DeviceLostError);
    assert.throws(() => backend.run(executable), DeviceLostError);
    await assert.rejects(backend.read(buffer), DeviceLostError);
  }
});

Deno.test("a kernel that fails on the calling thread loses the backend", async () => {
  for (const threads of [1, 2]) {
    const backend = await openWasm({ threads });
    const buffers = record.bindings.map(({ name }) => backend.allocate(STEP_BYTES, name));
    const executable = await backend.compile([{ kernel: record, buffers, params: { size: 0 } }]);
    assert.throws(() => backend.run(executable), {
      name: "DeviceLostError",
      message: /failed \(panicked at .*record\.rs/,
    });
    assert.throws(() => backend.run(executable), DeviceLostError);
    backend.close();
  }
});

Deno.test("a kernel that fails on another thread loses the backend instead of hanging it", async () => {
  const backend = await openWasm({ threads: 2 });
  // 64 MiB: more than may be free behind the last buffer.
  const half = 1 << 24;
  const buffers = ["x", "y"].map((label) => backend.allocate(4 * half, label));
  // The second half, which is the other thread's, lies beyond the end of the memory.
  const call = {
    kernel: pointwise,
    buffers,
    params: { length: 2 * half, operation: NUMBERS.relu },
  };
  const executable = await backend.compile([call]);
  assert.throws(() => backend.run(executable), {
    name: "DeviceLostError",
    message: /another thread/,
  });
  assert.throws(() => backend.run(executable), DeviceLostError);
  backend.close();
});

Deno.test("openWasm() takes the plain build where shared memory is missing, and says so", async () => {
  const script = `
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    const { openWasm } = await import("${new URL(
    "../src/device/wasm/backend.ts",
    import.meta.url,
  )}");
    const { info } = await openWasm({ threads: 2 });
    console.log(info.threads, info.details.build, info.details.fallback);`;
  assert.match(await runScript(script, []), /^1 plain shared memory is missing/);
});

Deno.test("a process ends by itself after close(), without any permission", async () => {
  const script = `
    import { openWasm } from "${new URL("../src/device/wasm/backend.ts", import.meta.url)}";
    const backend = await openWasm({ threads: 3 });
    const buffer = backend.allocate(16, "x");
    backend.write(buffer, Float32Array.of(1, 2, 3, 4));
    console.log(new Float32Array(await backend.read(buffer)).join());
    backend.close();`;
  assert.equal(await runScript(script, []), "1,2,3,4\n");
});

Deno.test("the module loads over http from another folder, with only the import permission", async () => {
  await withServer(async (host) => {
    for (const threads of [1, 2]) {
      const script = `
        import { openWasm } from "http://${host}/src/device/wasm/backend.ts";
        const backend = await openWasm({ threads: ${threads} });
        console.log(backend.info.threads);
        backend.close();`;
      assert.equal(await runScript(script, [`--allow-import=${host}`]), `${threads}\n`);
    }
  });
});

/** What a program of several kernels leaves in its buffers, as words. */
async function runRandomProgram(backend: WasmBackend, seed: number): Promise<Uint32Array> {
  const source = new Source(seed);
  const owned: DeviceBuffer[] = [];
  const filled = (length: number): DeviceBuffer => {
    const buffer = backend.allocate(4 * length, `buffer ${owned.length}`);
    backend.write(buffer, source.floats(length));
    owned.push(buffer);
    return buffer;
  };
  const [a, b, c] = [filled(LENGTH), filled(LENGTH), filled(LENGTH)];
  const weights = filled(ROWS * ROWS);
  const [offsets, sums, factor, norm] = [filled(ROWS), filled(ROWS), filled(4), filled(1)];
  const [m, v] = [filled(LENGTH), filled(LENGTH)];
  backend.write(v, new Float32Array(LENGTH));
  const step = backend.allocate(STEP_BYTES, "step");
  owned.push(step);
  const block = new Float32Array(STEP_BYTES / 4);
  block[STEP_WORDS.learningRate] = 0.01;
  block[STEP_WORDS.biasCorrection1] = 0.1;
  block[STEP_WORDS.biasCorrection2] = 0.001;
  backend.write(step, block);

  const length = { length: LENGTH };
  const shape = { rows: ROWS, columns: COLUMNS };
  const product = { m: ROWS, n: COLUMNS, k: ROWS, transposeA: 0, transposeB: 0, epilogue: 0 };
  const moments = {
    beta1: 0.9,
    beta2: 0.999,
    rest1: 0.1,
    rest2: 0.001,
    epsilon: 1e-8,
    weightDecay: 0.01,
    flush: 0,
  };
  const menu: readonly (readonly [Kernel, readonly DeviceBuffer[], KernelCall["params"]])[] = [
    [pointwise, [a, b], { ...length, operation: NUMBERS.relu }],
    [pointwiseGradient, [b, a, c], { ...length, operation: NUMBERS.relu }],
    [add, [a, b, c], length],
    [add, [b, c, a], length],
    [bias, [c, offsets, a], shape],
    [rowSum, [a, sums], shape],
    [gemm, [weights, c, offsets, b], product],
    [squareSum, [c, sums], { ...length, offset: 1 }],
    [clip, [sums, factor, norm], { count: 1, maxNorm: 1 }],
    [adamw, [a, c, m, v, factor, step], { ...length, ...moments }],
  ];
  const calls = Array.from({ length: 1 + source.below(30) }, () => {
    const [kernel, buffers, params] = menu[source.below(menu.length)];
    return { kernel, buffers, params };
  });
  const executable = await backend.compile(calls);
  for (let i = 0; i < 3; i++) backend.run(executable);
  const words: number[] = [];
  for (const buffer of owned) words.push(...new Uint32Array(await backend.read(buffer)));
  backend.release(executable);
  for (const buffer of owned) backend.free(buffer);
  return Uint32Array.from(words);
}

/** A product of two 16 x 16 matrices with its own buffers. */
function gemmCall(backend: WasmBackend): KernelCall & { buffers: readonly DeviceBuffer[] } {
  const buffers = gemm.bindings.map(({ name }) => backend.allocate(16 * 16 * 4, `gemm.${name}`));
  const params = { m: 16, n: 16, k: 16, transposeA: 0, transposeB: 0, epilogue: 0 };
  return { kernel: gemm, buffers, params };
}
