/**
 * Masks that are N:M along inputs and outputs alike.
 *
 * @module
 */
import assert from "node:assert/strict";
import { asp } from "../src/methods/asp.ts";
import { linear } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { nm } from "../src/sparse/patterns/mod.ts";
import { transposableMask } from "../src/sparse/transposable.ts";
import { Trainer } from "../src/train/trainer.ts";
import { SEED, Source } from "./arbitraries.ts";
import { sparseOf } from "./masters.ts";

/** The largest sum of n of each row and column of a block, by all choices row by row. */
function bruteForce(block: Float32Array, n: number, m: number): number {
  const rows = Array.from({ length: 2 ** m }, (_, bits) => bits)
    .filter((bits) => bits.toString(2).replaceAll("0", "").length === n);
  const left = (row: number, room: readonly number[]): number => {
    if (row === m) return 0;
    let best = -Infinity;
    for (const bits of rows) {
      const next = room.map((count, i) => count - (bits >> i & 1));
      if (next.some((count) => count < 0)) continue;
      const own = next.reduce(
        (sum, _, i) => sum + (bits >> i & 1) * Math.abs(block[row * m + i]),
        0,
      );
      best = Math.max(best, own + left(row + 1, next));
    }
    return best;
  };
  return left(0, Array(m).fill(n));
}

function counts(mask: Uint8Array, [rows, inputs]: [number, number], m: number): Set<number> {
  const found = new Set<number>();
  for (let row = 0; row < rows; row++) {
    for (let input = 0; input < inputs; input++) {
      const along = (stride: number) =>
        Array.from({ length: m }, (_, i) => mask[row * inputs + input + i * stride])
          .reduce((sum, one) => sum + one, 0);
      if (input % m === 0) found.add(along(1));
      if (row % m === 0) found.add(along(inputs));
    }
  }
  return found;
}

Deno.test("transposableMask() has n of every m both ways, and no gap to the optimum", () => {
  const source = new Source(SEED);
  for (const [n, m] of [[1, 2], [1, 4], [2, 4], [3, 4], [1, 5], [2, 5], [4, 4]]) {
    for (const style of ["normal", "integers"] as const) {
      const block = source.floats(m * m, style);
      const mask = transposableMask(block, [m, m], { n, m });
      const sum = mask.reduce((total, inside, at) => total + inside * Math.abs(block[at]), 0);
      const best = bruteForce(block, n, m);
      assert.ok(
        Math.abs(sum - best) <= 1e-9 * best,
        `${n}:${m} ${style}, seed ${SEED}: ${sum}, ${best}`,
      );
    }
  }
  for (const [n, m] of [[2, 4], [2, 8], [1, 16], [4, 16]]) {
    const shape: [number, number] = [2 * m, 3 * m];
    const mask = transposableMask(source.floats(6 * m * m), shape, { n, m });
    assert.deepEqual([...counts(mask, shape, m)], [n], `${n}:${m}, seed ${SEED}`);
  }
  assert.throws(() => transposableMask(new Float32Array(24), [4, 6], { n: 2, m: 4 }), RangeError);
});

Deno.test("asp() keeps a transposable mask to the end", async () => {
  const [inputs, rows, examples] = [16, 8, 24];
  const data = {
    features: new Source(3).floats(examples * inputs),
    labels: Uint8Array.from({ length: examples }, (_, i) => i % rows),
    ...{ examples, inputs, classes: rows },
  };
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
  const model = linear(inputs, rows, { pattern: nm(2, 4), storage: "masked" });
  const optimizer = adamw({ learningRate: 0.02 });
  const method = asp({ begin: 0.5, transposable: true });
  using trainer = new Trainer({ device, model, optimizer, method });
  const masks: Uint8Array[] = [];
  for await (const event of trainer.fit(data, { epochs: 6, batchSize: examples })) {
    if (event.kind !== "epoch") continue;
    const values = await device.readFloats(sparseOf(model).values);
    masks.push(Uint8Array.from(values, (w) => Number(w !== 0)));
  }
  assert.equal(masks[2].every((one) => one === 1), true, "dense at first");
  assert.deepEqual([...counts(masks[3], [rows, inputs], 4)], [2]);
  assert.deepEqual(masks[5], masks[3]);
});
