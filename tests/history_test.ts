import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pattern } from "../src/sparse/pattern.ts";
import { patternOf } from "../src/sparse/pattern.ts";
import { block } from "../src/sparse/patterns/mod.ts";
import { YoungRecord } from "../src/train/history.ts";

const ROWS = 5;
const INPUTS = 9;

/** Any lists of at most half of the inputs. */
const patterns = fc.array(
  fc.uniqueArray(fc.nat(INPUTS - 1), { maxLength: 4 }),
  { minLength: ROWS, maxLength: ROWS },
).map((lists) =>
  patternOf(lists.map((list) => list.sort((a, b) => a - b)), {
    spec: block(1, { density: 0.5 }),
    rows: ROWS,
    inputs: INPUTS,
  })
);

function units({ span, index }: Pattern): Set<string> {
  const found = new Set<string>();
  for (let row = 0; row < ROWS; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      found.add(`${row} ${index[slot]}`);
    }
  }
  return found;
}

Deno.test("YoungRecord.share counts what was grown at one rewiring and dropped at the next", () => {
  fc.assert(
    fc.property(fc.array(patterns, { minLength: 2, maxLength: 6 }), (history) => {
      let record = new YoungRecord();
      for (let i = 1; i < history.length; i++) {
        record.note(history[i - 1], history[i]);
        // A record that was saved goes on as the one that it was made of.
        const copy = new YoungRecord();
        copy.restore(record.words ?? new Uint32Array(), history[i].capacity);
        record = copy;
        if (i === 1) {
          assert.equal(record.share, undefined);
          continue;
        }
        const [before, last, now] = history.slice(i - 2, i + 1).map(units);
        const dropped = last.difference(now);
        const young = dropped.intersection(last.difference(before));
        assert.equal(record.share, dropped.size === 0 ? undefined : young.size / dropped.size);
      }
    }),
  );
});

Deno.test("YoungRecord.restore() refuses a record of another number of slots", () => {
  const record = new YoungRecord();
  assert.equal(record.words, undefined);
  assert.throws(() => record.restore(new Uint32Array(3), 100), {
    name: "TypeError",
    message: /got 3 words; expected 6/,
  });
});
