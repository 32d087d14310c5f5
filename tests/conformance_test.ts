/**
 * One table: every kernel on every device against its float64 oracle, over edges and random shapes.
 *
 * The tests of the adjoint products belong to it.
 *
 * @module
 */
import "./conformance/adjoint.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backend } from "../src/device/backend.ts";
import type { Kernel } from "../src/device/kernel.ts";
import { KERNELS } from "../src/ops/kernels/mod.ts";
import { runsOn, SEED, seeds } from "./arbitraries.ts";
import { casesOn, FAMILIES } from "./conformance/cases.ts";
import { draw } from "./conformance/drawn.ts";
import type { Draft } from "./conformance/family.ts";
import { difference, differentBits, runKernel, type Written } from "./conformance/harness.ts";
import { DEVICES, testOnDevices } from "./devices.ts";
import { ORACLES } from "./oracle/mod.ts";

Deno.test("KERNELS each have an oracle and cases", () => {
  const names = KERNELS.map((kernel) => kernel.name).sort();
  assert.deepEqual(Object.keys(ORACLES).sort(), names);
  assert.deepEqual(Object.keys(FAMILIES).sort(), names);
});

for (const kernel of KERNELS) {
  const { edges, arbitrary } = FAMILIES[kernel.name];

  testOnDevices(`${kernel.name}() agrees with its oracle`, async (backend, device) => {
    const cases = casesOn(device, kernel);
    for (const [i, draft] of cases.edges) await check(backend, kernel, draft, SEED + i);
    await fc.assert(
      fc.asyncProperty(arbitrary, seeds(), async (draft, seed) => {
        if (!cases.takes(draw(kernel, draft, seed).given.params)) return;
        await check(backend, kernel, draft, seed);
      }),
      { numRuns: runsOn(device) },
    );
  });

  testOnDevices(`${kernel.name}() writes the same bits twice`, async (backend, device) => {
    for (const [i, draft] of casesOn(device, kernel).edges) {
      const { given } = draw(kernel, draft, SEED + i);
      const first = await runKernel(backend, kernel, given);
      const found = differentBits(first, await runKernel(backend, kernel, given));
      assert.equal(found, undefined, `${draft.note} with data of seed ${SEED + i}`);
    }
  });

  Deno.test(`${kernel.name}() writes the same bits whatever the number of threads`, async () => {
    const backends = DEVICES.filter(({ name }) => name.startsWith("wasm relaxed"));
    for (const [i, draft] of edges.entries()) {
      const { given } = draw(kernel, draft, SEED + i);
      const results: Written[] = [];
      for (const { backend } of backends) {
        assert(!("missing" in backend));
        results.push(await runKernel(backend, kernel, given));
      }
      for (const result of results.slice(1)) {
        const found = differentBits(results[0], result);
        assert.equal(found, undefined, `${draft.note} with data of seed ${SEED + i}`);
      }
    }
  });
}

/** Carries a case out and compares. */
async function check(backend: Backend, kernel: Kernel, draft: Draft, seed: number): Promise<void> {
  const { given, outputs } = draw(kernel, draft, seed);
  const found = difference(outputs(), await runKernel(backend, kernel, given));
  assert.equal(found, undefined, `${draft.note} with data of seed ${seed}`);
}
