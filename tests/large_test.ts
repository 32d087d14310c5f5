/**
 * More elements than one dimension of a WebGPU dispatch has invocations (65,535 groups of 256): a kernel that walks over
 * elements must fold its grid.
 *
 * @module
 */
import assert from "node:assert/strict";
import { add, pointwise } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { type Case, difference, expectedOf, runKernel } from "./conformance/harness.ts";
import { testOnDevices } from "./devices.ts";

const LENGTH = 65_535 * 256 + 5;

testOnDevices("pointwise() and add() reach the end of 2^24 elements", async (backend) => {
  const x = Float32Array.from({ length: LENGTH }, (_, i) => (i % 7) - 3);
  const cases: [typeof pointwise, Case][] = [
    [pointwise, {
      note: "long",
      params: { length: LENGTH, operation: NUMBERS.relu },
      inputs: { x },
      lengths: { y: LENGTH },
    }],
    [add, {
      note: "long",
      params: { length: LENGTH },
      inputs: { a: x, b: x },
      lengths: { y: LENGTH },
    }],
  ];
  for (const [kernel, given] of cases) {
    const found = difference(expectedOf(kernel, given), await runKernel(backend, kernel, given));
    assert.equal(found, undefined, kernel.name);
  }
}, ({ name }) => name === "wasm" || name === "webgpu");
