/**
 * Sources of named arrays, and batches that are made ahead.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { arraySource } from "../src/data/array_source.ts";
import type { Batch, EpochOptions } from "../src/data/source.ts";
import { Ahead } from "../src/train/ahead.ts";
import { RUNS, SEED } from "./arbitraries.ts";

Deno.test("arraySource() gives columns of every example once, and the same after skipping", async () => {
  const sizes = fc.record({
    examples: fc.integer({ min: 1, max: 70 }),
    size: fc.integer({ min: 1, max: 5 }),
    batchSize: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(99),
    shuffle: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ examples, size, ...options }) => {
      const data = Uint32Array.from({ length: examples * size }, (_, i) => i);
      const arrays = {
        tokens: { data, shape: [size] },
        share: { data: Float32Array.from(data), shape: [size] },
      };
      const source = arraySource({ arrays, examples });
      const columns = Math.ceil(options.batchSize / 32) * 32;
      const rowsIn = (given: EpochOptions): number[][] =>
        [...source.epoch(1, given)].flatMap(({ arrays: { tokens, share }, examples: real }) => {
          assert.deepEqual(Array.from(share), Array.from(tokens));
          assert.ok(tokens.every((token, at) => at % columns < real || token === 0));
          return Array.from(
            { length: real },
            (_, column) => Array.from({ length: size }, (_, i) => tokens[i * columns + column]),
          );
        });
      // Arrays are filled again and again: rows are taken batch by batch.
      const rows: number[][] = [];
      for (let skip = 0; skip * options.batchSize < examples; skip++) {
        const [{ arrays: { tokens }, examples: real }] = source.epoch(1, { ...options, skip });
        for (let column = 0; column < real; column++) {
          rows.push(Array.from({ length: size }, (_, i) => tokens[i * columns + column]));
        }
      }
      const stored = Array.from(
        { length: examples },
        (_, e) => Array.from({ length: size }, (_, i) => e * size + i),
      );
      assert.deepEqual(rows.toSorted(([a], [b]) => a - b), stored);
      if (!options.shuffle) assert.deepEqual(rows, stored);
      assert.equal(rowsIn(options).length, examples);
      assert.equal(
        await source.fingerprint(),
        await arraySource({ arrays, examples }).fingerprint(),
      );
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("arraySource() refuses what does not fit", () => {
  const data = Float32Array.of(1, 2, NaN, 4);
  assert.throws(() => arraySource({ arrays: { a: { data, shape: [2] } }, examples: 2 }), {
    name: "RangeError",
    message: "Cannot make a source: number 0 of a of example 1 is NaN; expected a finite number",
  });
  assert.throws(
    () => arraySource({ arrays: { a: { data } }, examples: 3 }),
    /a has 4 numbers; expected 3 examples/,
  );
  const words = { data: Uint32Array.of(1, 9), below: 9 };
  assert.throws(
    () => arraySource({ arrays: { words }, examples: 2 }),
    /is 9; expected a number below 9/,
  );
});

const BATCH: Batch = { arrays: {}, examples: 2 };

Deno.test("Ahead makes a batch once it is told to, keeps a fault for its turn, and closes the source", async () => {
  const made: number[] = [];
  let closed = 0;
  const options = { batchSize: 2, seed: 0, shuffle: false };
  function* batches(): Generator<Batch> {
    try {
      for (let number = 1; number < 3; number++) {
        made.push(number);
        yield BATCH;
      }
      throw new RangeError("the third");
    } finally {
      closed++;
    }
  }
  const ahead = new Ahead({ epoch: batches, examples: 6 }, 0, options);
  assert.deepEqual(made, []);
  assert.equal(ahead.next(), BATCH);
  assert.deepEqual(made, [1]);
  ahead.makeNext();
  ahead.makeNext();
  assert.deepEqual(made, [1, 2]);
  assert.equal(ahead.next(), BATCH);
  ahead.makeNext();
  assert.throws(() => ahead.next(), /the third/);
  const stopped = new Ahead({ epoch: batches, examples: 6 }, 0, options);
  stopped.next();
  await stopped.close();
  assert.equal(closed, 2);
  // What is waited for is asked for before the present batch is handed out.
  made.length = 0;
  async function* waited(): AsyncGenerator<Batch> {
    yield* batches();
  }
  const other = new Ahead({ epoch: waited, examples: 6 }, 0, options);
  assert.deepEqual(made, []);
  await other.next();
  assert.deepEqual(made, [1, 2]);
  await other.close();
  assert.equal(closed, 3);
});

Deno.test("Ahead refuses batches of other sizes than the examples of the source make", async () => {
  const given = (sizes: readonly number[], skip = 0): Ahead =>
    new Ahead(
      {
        examples: 5,
        *epoch() {
          for (const examples of sizes) yield { arrays: {}, examples };
        },
      },
      0,
      { batchSize: 2, seed: 0, shuffle: false, skip },
    );
  const taken = async (ahead: Ahead): Promise<number> => {
    for (let count = 0;; count++) if (await ahead.next() === undefined) return count;
  };
  assert.equal(await taken(given([2, 2, 1])), 3);
  assert.equal(await taken(given([2, 1], 1)), 2);
  const wrong: readonly [sizes: readonly number[], skip: number, message: RegExp][] = [
    [[2, 2], 0, /no batch left; expected one of 1/],
    [[2, 1, 2], 0, /a batch of 1 examples; expected one of 2/],
    [[2, 2, 2], 0, /a batch of 2 examples; expected one of 1/],
    [[2, 2, 1, 0], 0, /a batch of 0 examples; expected none any more/],
    // It has not skipped any.
    [[2, 2, 1], 1, /a batch of 2 examples; expected one of 1/],
  ];
  for (const [sizes, skip, message] of wrong) {
    await assert.rejects(taken(given(sizes, skip)), { name: "RangeError", message });
  }
});
