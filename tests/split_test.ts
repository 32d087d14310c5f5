/**
 * A module that was taken apart does what the whole one does: over one memory, one table and one shadow stack.
 *
 * @module
 */
import assert from "node:assert/strict";
import wabt from "wabt";
import { missingParts, type PartName, PARTS } from "../src/device/wasm/parts.ts";
import { openModule } from "../src/device/wasm/module.ts";
import { kernelNumbers } from "../src/device/wasm/commands.ts";
import { constant, Reader, unsigned } from "../wasm/binary.ts";
import { type KernelPlace, split } from "../wasm/split.ts";

/** `call(entry, x)` calls a kernel of the table; all of them move a global, which is memory's first word in the end. */
const WHOLE = `(module
  (memory (export "memory") 1)
  (global $stack (mut i32) (i32.const 100))
  (table 4 4 funcref)
  (elem (i32.const 1) $one $two $kept)
  (type $kernel (func (param i32) (result i32)))
  (func $shared (param i32) (result i32)
    (global.set $stack (i32.add (global.get $stack) (i32.const 1)))
    (i32.store (i32.const 0) (global.get $stack))
    (i32.add (local.get 0) (global.get $stack)))
  (func $both (param i32) (result i32) (i32.mul (call $shared (local.get 0)) (i32.const 3)))
  (func $one (type $kernel) (call $both (local.get 0)))
  (func $two (type $kernel) (i32.sub (call $both (local.get 0)) (i32.const 7)))
  (func $kept (type $kernel) (i32.const 5))
  (func (export "call") (param i32 i32) (result i32)
    (call_indirect (type $kernel) (local.get 1) (local.get 0)))
  (func (export "stack") (result i32) (call $shared (i32.const 0)))
  (func (export "rewire_all") (param i32) (result i32) (call $both (local.get 0))))`;

const KERNELS: KernelPlace[] = [{ name: "one", entry: 1 }, { name: "two", entry: 2 }];

type Calls = Record<string, (...words: number[]) => number>;

async function whole(): Promise<Uint8Array<ArrayBuffer>> {
  const { parseWat } = await wabt();
  return Uint8Array.from(parseWat("whole.wat", WHOLE).toBinary({}).buffer);
}

function instantiate(module: Uint8Array<ArrayBuffer>, rest: WebAssembly.Exports = {}) {
  return new WebAssembly.Instance(new WebAssembly.Module(module), { rest }).exports;
}

Deno.test("split() gives modules that do together what the whole one does", async () => {
  const module = await whole();
  const { rest, parts } = split(module, KERNELS, { first: ["one"], second: ["two"], rewiring: [] });
  const expected = instantiate(module) as Calls & { memory: WebAssembly.Memory };
  const found = instantiate(rest) as typeof expected;
  assert.equal(found.call(3, 2), 5);
  assert.throws(() => found.call(1, 2), WebAssembly.RuntimeError);
  assert.equal(found.rewire_all, undefined);
  const { rewire_all: all } = instantiate(parts.rewiring, found) as Calls;
  assert.deepEqual(Object.keys(instantiate(parts.second, found)), []);
  assert.equal(found.call(2, 4), expected.call(2, 4));
  assert.throws(() => found.call(1, 2), WebAssembly.RuntimeError);
  instantiate(parts.first, found);
  assert.equal(found.call(1, 4), expected.call(1, 4));
  assert.equal(all(9), expected.rewire_all(9));
  assert.equal(found.stack(), expected.stack());
  assert.deepEqual(new Uint8Array(found.memory.buffer), new Uint8Array(expected.memory.buffer));
});

Deno.test("split() leaves kernels of no part where they are, and refuses parts of no kernels", async () => {
  const module = await whole();
  const { rest } = split(module, KERNELS, { second: ["two"] });
  const [found, expected] = [rest, module].map((each) => instantiate(each) as Calls);
  assert.equal(found.call(1, 4), expected.call(1, 4));
  const more = { first: ["one", "two", "three"] };
  assert.throws(() => split(module, KERNELS, more), /lists the kernel "three", which there is not/);
});

Deno.test("a number is written as it is read", () => {
  for (const value of [0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 21, 2 ** 31 - 1, 2 ** 32 - 1]) {
    assert.equal(new Reader(Uint8Array.from(unsigned(value))).number(), value);
    // Of i32.const the number is signed, which makes no difference to a reader where the sign is 0.
    const [operation, ...bytes] = constant(value);
    assert.equal(operation, 0x41);
    assert.equal(new Reader(Uint8Array.from(bytes)).number(), value);
    assert.equal(bytes[bytes.length - 1] & 0x40, 0);
  }
});

Deno.test("the parts of the committed builds hold every kernel", async () => {
  const listed = [...new Set<string>(Object.values(PARTS).flat())].sort();
  for (const build of ["plain", "relaxed"] as const) {
    const numbers = kernelNumbers(await openModule(build));
    assert.deepEqual(listed, [...numbers.keys()].sort());
  }
});

Deno.test("a program takes as few parts as have its kernels", () => {
  const cases: [string[], PartName[], PartName[]][] = [
    [["spmm", "gemm"], [], ["linear"]],
    [["spmm", "sddmm", "adamw"], [], ["training"]],
    [["spmm", "sddmm"], ["linear"], ["training"]],
    [["spmm", "gemm"], ["training"], []],
    [["sgd", "spmm", "sddmm", "conv_spmm"], ["images"], ["updates", "training"]],
    [["of nobody"], [], []],
  ];
  for (const [kernels, there, missing] of cases) {
    assert.deepEqual(missingParts(kernels, (part) => there.includes(part)), missing);
  }
});
