/**
 * Long sums, long loops and many rows: every kernel that can have them, on every device against its float64 oracle.
 *
 * @module
 */
import assert from "node:assert/strict";
import { KERNELS } from "../src/ops/kernels/mod.ts";
import { SEED, Source } from "./arbitraries.ts";
import { difference, expectedOf, runKernel } from "./conformance/harness.ts";
import { LONG_EMBEDDINGS } from "./conformance/embedding_cases.ts";
import { LONG_HEADS } from "./conformance/vocabulary_cases.ts";
import { LONG_PRODUCTS, LONG_SUMS, type LongCase } from "./conformance/long.ts";
import { DEVICES } from "./devices.ts";
import type { Outputs } from "./oracle/types.ts";

for (const long of [...LONG_SUMS, ...LONG_PRODUCTS, ...LONG_EMBEDDINGS, ...LONG_HEADS]) {
  Deno.test(`${long.kernel}() agrees with its oracle over ${long.note}`, () => check(long));
}

/** One case at a time on every device, so that the data of no two lies in memory. */
async function check({ kernel: name, note, exact, build }: LongCase): Promise<void> {
  const kernel = KERNELS.find((kernel) => kernel.name === name);
  assert(kernel !== undefined, name);
  const given = { note, ...build(new Source(SEED)) };
  const outputs = expectedOf(kernel, given);
  const wanted = exact ? exactly(outputs) : outputs;
  for (const { name: device, backend } of DEVICES) {
    // What is missing is told by the other tests.
    if ("missing" in backend) continue;
    const found = difference(wanted, await runKernel(backend, kernel, given));
    assert.equal(found, undefined, `on ${device} with data of seed ${SEED}`);
  }
}

/** The same results, met without any error. */
function exactly(outputs: Outputs): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value }]) => {
      assert(value.every((x) => Math.abs(x) < 2 ** 24), `${name} is not exact in float32`);
      return [name, { value, bound: new Float64Array(value.length) }];
    }),
  );
}
