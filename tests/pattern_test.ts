import assert from "node:assert/strict";
import fc from "fast-check";
import { drawDistinct, permutation, philox4x32, Random } from "../src/device/random.ts";
import {
  fanIn,
  fanInBudget,
  fanInCapacity,
  fanInOf,
  fromDense,
  packIndex,
  type Pattern,
  patternOf,
  randomPattern,
  toDense,
  transposedCapacity,
  unpackIndex,
} from "../src/sparse/pattern.ts";
import { openRewirer } from "../src/sparse/rewirer.ts";
import { patternHash, patternStatistics } from "../src/sparse/statistics.ts";
import { transposedView } from "../src/sparse/transposed.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { seeds, Source } from "./arbitraries.ts";

/** Shapes with a budget that leaves no row without inputs. */
const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 12 }),
  inputs: fc.integer({ min: 1, max: 14 }),
})
  .chain(({ rows, inputs }) =>
    fc.record({
      rows: fc.constant(rows),
      inputs: fc.constant(inputs),
      budget: fc.integer({ min: rows, max: rows * inputs }),
    })
  );

/** A pattern with `live` live rows. */
function drawPattern(
  source: Source,
  shape: { rows: number; inputs: number; budget: number },
  live: number,
): Pattern {
  const k = fanInOf(shape.budget, live, shape.inputs);
  const rows = new Set(source.distinct(live, shape.rows));
  const lists = Array.from(
    { length: shape.rows },
    (_, row) => rows.has(row) ? source.distinct(k, shape.inputs) : [],
  );
  return patternOf(lists, shape.inputs, shape.budget);
}

Deno.test("philox4x32() gives the published words", () => {
  // kat_vectors of Random123 1.14.
  const ones = 0xffffffff;
  const vectors = [
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [[ones, ones, ones, ones], [ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  for (const [counter, key, expected] of vectors) {
    assert.deepEqual([...philox4x32(counter, key)], expected);
  }
});

Deno.test("Random gives another sequence when any part of the key changes", () => {
  const base = { seed: 2 ** 40 + 5, use: "growth", stream: 1, step: 2, element: 3 } as const;
  const keys = [
    base,
    { ...base, seed: 5 },
    { ...base, use: "values" as const },
    { ...base, stream: 2 },
    { ...base, step: 3 },
    { ...base, element: 4 },
  ];
  const first = keys.map((key) => {
    const random = new Random(key);
    return `${random.next()} ${random.next()}`;
  });
  assert.equal(new Set(first).size, keys.length);
});

Deno.test("Random refuses a key that is out of range", () => {
  const use = "order";
  assert.throws(() => new Random({ seed: -1, use }), RangeError);
  assert.throws(() => new Random({ seed: 0.5, use }), RangeError);
  assert.throws(() => new Random({ seed: 1, use, step: 2 ** 32 }), /step is 4294967296/);
});

Deno.test("Random.normal() and uniform() have the moments they should", () => {
  const random = new Random({ seed: 11, use: "values" });
  const count = 40_000;
  let sum = 0, squares = 0, fourth = 0, flat = 0;
  for (let i = 0; i < count; i++) {
    const x = random.normal(), u = random.uniform();
    assert.ok(u >= 0 && u < 1);
    sum += x;
    squares += x * x;
    fourth += x ** 4;
    flat += u;
  }
  // Five standard errors each; variances of x, x^2, x^4 are 1, 2 and 96, of u 1/12.
  assert.ok(Math.abs(sum / count) < 5 * Math.sqrt(1 / count));
  assert.ok(Math.abs(squares / count - 1) < 5 * Math.sqrt(2 / count));
  assert.ok(Math.abs(fourth / count - 3) < 5 * Math.sqrt(96 / count));
  assert.ok(Math.abs(flat / count - 0.5) < 5 * Math.sqrt(1 / 12 / count));
});

Deno.test("drawDistinct() and permutation() give each number once", () => {
  fc.assert(fc.property(seeds(), fc.nat(40), fc.nat(40), (seed, a, b) => {
    const [count, bound] = [Math.min(a, b), Math.max(a, b)];
    const random = new Random({ seed, use: "order" });
    const drawn = drawDistinct(random, bound, count);
    assert.equal(drawn.length, count);
    assert.ok(drawn.every((x, i) => x < bound && (i === 0 || x > drawn[i - 1])));
    const order = permutation(random, bound);
    assert.deepEqual([...order].sort((x, y) => x - y), Array.from({ length: bound }, (_, i) => i));
  }));
});

Deno.test("fanIn() refuses a size that is not one", () => {
  for (const k of [0, -1, 1.5, NaN]) assert.throws(() => fanIn(k), RangeError);
  for (const density of [0, -0.1, 1.1, NaN]) assert.throws(() => fanIn({ density }), RangeError);
});

Deno.test("fanInBudget() rounds down, and not for want of a bit", () => {
  assert.equal(fanInBudget(fanIn(3), 4, 5), 12);
  assert.equal(fanInBudget(fanIn({ density: 0.5 }), 3, 5), 7);
  // 1 - 0.9 is a little less than 0.1.
  assert.equal(fanInBudget(fanIn({ density: 1 - 0.9 }), 10, 10), 10);
  assert.throws(() => fanInBudget(fanIn({ density: 0.1 }), 4, 5), /leave rows without inputs/);
  assert.throws(() => fanInBudget(fanIn(6), 4, 5), /a row has 5 inputs/);
});

Deno.test("fanInCapacity() is the most slots that any number of live rows takes", () => {
  fc.assert(fc.property(shapes, seeds(), ({ rows, inputs, budget }, seed) => {
    const source = new Source(seed);
    let most = 4;
    for (let live = 1; live <= rows; live++) {
      const { span } = drawPattern(source, { rows, inputs, budget }, live);
      let end = 0;
      for (let row = 0; row < rows; row++) {
        end = Math.ceil(Math.max(end, span[2 * row + 1]) / 4) * 4;
      }
      most = Math.max(most, end);
    }
    assert.equal(fanInCapacity(rows, inputs, budget), most);
  }));
});

/** Most slots over all ways to spread `n` connections over columns of at most `limit`. */
function worstColumns(columns: number, n: number, limit: number): number {
  let best = new Array(n + 1).fill(-Infinity);
  best[0] = 0;
  for (let column = 0; column < columns; column++) {
    const next = new Array(n + 1).fill(-Infinity);
    for (let used = 0; used <= n; used++) {
      for (let count = 0; count <= Math.min(limit, n - used); count++) {
        next[used + count] = Math.max(next[used + count], best[used] + 4 * Math.ceil(count / 4));
      }
    }
    best = next;
  }
  return best[n];
}

Deno.test("transposedCapacity() is the most slots over all fan-outs and numbers of live rows", () => {
  fc.assert(fc.property(shapes, ({ rows, inputs, budget }) => {
    let most = 4;
    for (let live = 1; live <= rows; live++) {
      const connections = live * fanInOf(budget, live, inputs);
      most = Math.max(most, worstColumns(inputs, connections, live));
    }
    assert.equal(transposedCapacity(rows, inputs, budget), most);
  }));
});

Deno.test("randomPattern() is valid, and the same for the same seed and stream alone", () => {
  fc.assert(fc.property(shapes, seeds(), ({ rows, inputs, budget }, seed) => {
    const spec = fanIn(Math.floor(budget / rows));
    const pattern = randomPattern(spec, rows, inputs, seed, 3);
    validatePattern(pattern);
    assert.deepEqual(randomPattern(spec, rows, inputs, seed, 3), pattern);
  }));
  const hashes = [[1, 0], [1, 1], [2, 0]].map(([seed, stream]) =>
    patternHash(randomPattern(fanIn(5), 20, 30, seed, stream))
  );
  assert.equal(new Set(hashes).size, 3);
});

Deno.test("packIndex() and unpackIndex() are inverse, narrow and wide", () => {
  fc.assert(fc.property(seeds(), fc.nat(20), (seed, length) => {
    for (const count of [1, 65536, 65537, 2 ** 31]) {
      const index = new Source(seed).integers(2 * length, count);
      const words = packIndex(index, count);
      assert.equal(words.length, count > 65536 ? 2 * length : length);
      assert.deepEqual(unpackIndex(words, count, index.length), index);
    }
  }));
  assert.deepEqual([...packIndex(Uint32Array.of(1, 65535), 65536)], [0xffff0001]);
});

Deno.test("validatePattern() names the row and what is wrong", () => {
  const good = patternOf([[0, 2], [], [1, 3]], 4, 5);
  validatePattern(good, "layer");
  const broken = (edit: (p: { span: Uint32Array; index: Uint32Array }) => void): Pattern => {
    const copy = { ...good, span: good.span.slice(), index: good.index.slice() };
    edit(copy);
    return copy;
  };
  const cases: [Pattern, RegExp][] = [
    [broken((p) => p.index[1] = 4), /row 0 has input 4; expected inputs below 4/],
    [broken((p) => p.index[1] = 0), /row 0 has input 0 twice/],
    [broken((p) => p.index.set([3, 1], 4)), /row 2 has input 1 after 3/],
    [broken((p) => p.index[2] = 1), /padding of row 0 has input 1/],
    [broken((p) => p.index[p.index.length - 1] = 1), /in the (tail|padding of row 2) has input 1/],
    [broken((p) => p.span[1] = 1), /row 0 has 1 inputs; expected 0 or 2/],
    [broken((p) => p.span[2] = 8), /row 1 begins at slot 8; expected 4/],
    [broken((p) => p.span[5] = 3), /row 2 ends at slot 3, before its begin 4/],
    [{ ...good, capacity: 4 }, /capacity is 4; expected/],
    [{ ...good, span: new Uint32Array(4) }, /span has 4 elements; expected 6/],
    [{ ...good, index: new Uint32Array(4) }, /index has 4 elements/],
  ];
  for (const [pattern, message] of cases) {
    assert.throws(() => validatePattern(pattern, "layer"), { message });
  }
});

Deno.test("fromDense() undoes toDense(), zeros included", () => {
  fc.assert(fc.property(shapes, seeds(), fc.nat(), ({ rows, inputs, budget }, seed, nat) => {
    const source = new Source(seed);
    const pattern = drawPattern(source, { rows, inputs, budget }, 1 + nat % rows);
    const ones = new Float32Array(pattern.capacity).fill(1);
    const values = source.floats(pattern.capacity, "integers");
    const mask = toDense(pattern, ones);
    const back = fromDense(toDense(pattern, values), rows, inputs, { mask, budget });
    assert.deepEqual(back.pattern, pattern);
    assert.deepEqual(toDense(back.pattern, back.values), toDense(pattern, values));
  }));
  assert.throws(
    () => fromDense(Float32Array.of(1, 2, 0, 3, 0, 0), 2, 3),
    /row 0 has 2 connections; expected 0 or 1/,
  );
});

Deno.test("transposedView() holds every connection once, rows ascending in a column", () => {
  fc.assert(fc.property(shapes, seeds(), fc.nat(), ({ rows, inputs, budget }, seed, nat) => {
    const pattern = drawPattern(new Source(seed), { rows, inputs, budget }, 1 + nat % rows);
    const { capacity, columnSpan, rowOf, slotOf } = transposedView(pattern);
    const expectedRows = new Uint32Array(capacity);
    const expectedSlots = new Uint32Array(capacity).fill(0xffffffff);
    let next = 0;
    for (let column = 0; column < inputs; column++) {
      assert.equal(columnSpan[2 * column], next);
      for (let row = 0; row < rows; row++) {
        for (let slot = pattern.span[2 * row]; slot < pattern.span[2 * row + 1]; slot++) {
          if (pattern.index[slot] !== column) continue;
          expectedRows[next] = row;
          expectedSlots[next++] = slot;
        }
      }
      assert.equal(columnSpan[2 * column + 1], next);
      next = Math.ceil(next / 4) * 4;
    }
    assert.deepEqual(rowOf, expectedRows);
    assert.deepEqual(slotOf, expectedSlots);
  }));
});

Deno.test("patternStatistics() counts", () => {
  const pattern = patternOf([[0, 2], [], [2, 3]], 5, 5);
  assert.deepEqual(patternStatistics(pattern), {
    connections: 4,
    density: 4 / 15,
    liveRows: 2,
    fanIn: 2,
    fanOut: { min: 0, mean: 0.8, max: 2 },
  });
});

Deno.test("patternHash() tells patterns apart and ignores capacity", () => {
  const lists = [[[0, 1], [2, 3]], [[0, 1], [2, 4]], [[0, 2], [1, 3]], [[2, 3], [0, 1]], [[], [
    0,
    1,
  ]], [[0, 1], []]];
  const hashes = lists.map((list) => patternHash(patternOf(list, 5, 4)));
  assert.equal(new Set(hashes).size, lists.length);
  assert.equal(patternHash(patternOf(lists[0], 5, 6)), hashes[0]);
  assert.match(hashes[0], /^[0-9a-f]{16}$/);
});

Deno.test("Explored counts every position that was ever used once", async () => {
  const rewirer = await openRewirer();
  fc.assert(
    fc.property(shapes, seeds(), fc.array(fc.nat(), { maxLength: 4 }), (shape, seed, lives) => {
      const source = new Source(seed);
      const used = new Set<number>();
      using explored = rewirer.explore(shape.rows, shape.inputs);
      for (const live of lives) {
        const pattern = drawPattern(source, shape, 1 + live % shape.rows);
        explored.add(pattern);
        toDense(pattern, new Float32Array(pattern.capacity).fill(1)).forEach((is, position) => {
          if (is !== 0) used.add(position);
        });
      }
      assert.equal(explored.fraction, used.size / (shape.rows * shape.inputs));
    }),
  );
  using explored = rewirer.explore(2, 3);
  assert.throws(() => explored.add(patternOf([[0]], 3, 1)), TypeError);
  assert.throws(() => rewirer.explore(2 ** 20, 2 ** 12), RangeError);
});

Deno.test("kthLargest() is the k-th of a sort, short and long", async () => {
  const rewirer = await openRewirer();
  for (const length of [1, 7, 1000, 2 ** 17 + 3]) {
    for (const style of ["normal", "integers", "extreme"] as const) {
      const values = new Source(length).floats(length, style);
      const sorted = values.map(Math.abs).sort();
      for (const n of [1, Math.ceil(length / 3), length]) {
        assert.equal(
          rewirer.kthLargest(values, n),
          sorted[length - n],
          `${style} ${n} of ${length}`,
        );
      }
    }
  }
  assert.throws(() => rewirer.kthLargest(Float32Array.of(1, NaN), 1), /value 1 is NaN/);
  assert.throws(() => rewirer.kthLargest(Float32Array.of(1), 2), /integer from 1 to 1/);
});
