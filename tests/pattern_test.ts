import assert from "node:assert/strict";
import fc from "fast-check";
import { eachConnection, fromDense, toDense } from "../src/sparse/convert.ts";
import { randomPattern } from "../src/sparse/draw.ts";
import { fanInCapacity, raggedCapacity } from "../src/sparse/capacity.ts";
import { areaOf, fanInOf, geometryOf } from "../src/sparse/geometry.ts";
import { packSegments, segmentsOf, unpackPlaces } from "../src/sparse/patterns/nm.ts";
import { packIndex, unpackIndex } from "../src/sparse/pack.ts";
import { countConnections, countUnits, type Pattern, patternOf } from "../src/sparse/pattern.ts";
import { openRewirer } from "../src/sparse/rewirer.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import { connectionBins, patternHash, patternStatistics } from "../src/sparse/statistics.ts";
import { transposedView } from "../src/sparse/transposed.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { describe, drawPattern, drawSpec, KINDS } from "./any_pattern.ts";
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

/** A fan-in pattern with `live` live rows. */
function drawFanIn(
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
  return patternOf(lists, { spec: fanIn({ density: 1 }), ...shape });
}

/** Checks a property of patterns of every kind. */
function eachPattern(property: (pattern: Pattern, source: Source) => void, most?: number): void {
  fc.assert(fc.property(seeds(), fc.constantFrom(...KINDS), (seed, kind) => {
    const source = new Source(seed);
    const shape = drawSpec(source, kind, most);
    try {
      property(drawPattern(source, shape), source);
    } catch (cause) {
      throw new Error(describe(shape), { cause });
    }
  }));
}

Deno.test("fanIn() refuses a size that is not one", () => {
  for (const k of [0, -1, 1.5, NaN]) assert.throws(() => fanIn(k), RangeError);
  for (const density of [0, -0.1, 1.1, NaN]) assert.throws(() => fanIn({ density }), RangeError);
});

Deno.test("groupFanIn(), block() and nm() refuse what they do not know", () => {
  // @ts-expect-error: 5 is no size of a group.
  assert.throws(() => groupFanIn(3, 5), /group 5: expected one of 4, 8, 16, 32/);
  // @ts-expect-error: 2 is no size of a block.
  assert.throws(() => block(2, { density: 0.5 }), /block 2: expected one of 1, 4, 8, 16, 32/);
  assert.throws(() => block(4, { density: 0 }), /density 0/);
  for (const [n, m] of [[0, 4], [5, 4], [1, 257], [1.5, 4], [NaN, 4]]) {
    assert.throws(() => nm(n, m), /expected integers 1 <= n <= m <= 256/);
  }
  const specs = [fanIn(3), groupFanIn(3, 16), block(8, { density: 0.5 }), nm(2, 4)];
  assert.deepEqual(specs.map(patternName), ["fan-in", "group-16", "block-8", "2:4"]);
});

Deno.test("geometryOf() rounds budgets down, and not for want of a bit", () => {
  const budget = (...given: Parameters<typeof geometryOf>): number => geometryOf(...given).budget;
  assert.equal(budget(fanIn(3), 4, 5), 12);
  assert.equal(budget(fanIn({ density: 0.5 }), 3, 5), 7);
  // 1 - 0.9 is a little less than 0.1.
  assert.equal(budget(fanIn({ density: 1 - 0.9 }), 10, 10), 10);
  assert.equal(budget(groupFanIn(3, 4), 9, 5), 9);
  assert.equal(budget(block(4, { density: 0.5 }), 9, 9), 4);
  // Two segments of four and one of three: ceil(2 * 3 / 4) = 2.
  assert.equal(budget(nm(2, 4), 3, 11), 18);
  assert.throws(() => budget(fanIn({ density: 0.1 }), 4, 5), /leave rows without inputs/);
  assert.throws(() => budget(fanIn(6), 4, 5), /a row has 5 inputs/);
  assert.throws(() => budget(block(4, { density: 0.1 }), 4, 4), /density/);
});

Deno.test("fanInCapacity() is the most slots that any number of live rows takes", () => {
  fc.assert(fc.property(shapes, seeds(), ({ rows, inputs, budget }, seed) => {
    const source = new Source(seed);
    let most = 4;
    for (let live = 1; live <= rows; live++) {
      const { span } = drawFanIn(source, { rows, inputs, budget }, live);
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
function worstColumns(columns: number, n: number, limit: number, tile = 4): number {
  let best = new Array(n + 1).fill(-Infinity);
  best[0] = 0;
  for (let column = 0; column < columns; column++) {
    const next = new Array(n + 1).fill(-Infinity);
    for (let used = 0; used <= n; used++) {
      for (let count = 0; count <= Math.min(limit, n - used); count++) {
        next[used + count] = Math.max(
          next[used + count],
          best[used] + tile * Math.ceil(count / tile),
        );
      }
    }
    best = next;
  }
  return best[n];
}

Deno.test("geometryOf() has a view of the most slots over all fan-outs and numbers of live rows", () => {
  fc.assert(fc.property(shapes, ({ rows, inputs, budget }) => {
    let most = 4;
    for (let live = 1; live <= rows; live++) {
      const connections = live * fanInOf(budget, live, inputs);
      most = Math.max(most, worstColumns(inputs, connections, live));
    }
    assert.equal(geometryOf(fanIn({ density: 1 }), rows, inputs, budget).viewCapacity, most);
  }));
});

Deno.test("raggedCapacity() is the most slots that lists of any length take", () => {
  fc.assert(fc.property(shapes, fc.constantFrom(1, 4), ({ rows, inputs, budget }, tile) => {
    const most = worstColumns(rows, budget, inputs, tile);
    assert.equal(raggedCapacity(rows, inputs, budget, tile), most);
  }));
});

Deno.test("randomPattern() is valid, and the same for the same seed and stream alone", async () => {
  await fc.assert(fc.asyncProperty(seeds(), fc.constantFrom(...KINDS), async (seed, kind) => {
    const { spec, rows, inputs } = drawSpec(new Source(seed), kind);
    const pattern = await randomPattern(spec, rows, inputs, seed, 3);
    validatePattern(pattern);
    if (kind === "block" || kind === "nm") assert.equal(countUnits(pattern), pattern.budget);
    assert.deepEqual(await randomPattern(spec, rows, inputs, seed, 3), pattern);
  }));
  const drawn = [[1, 0], [1, 1], [2, 0]].map(([seed, stream]) =>
    randomPattern(fanIn(5), 20, 30, seed, stream)
  );
  const hashes = (await Promise.all(drawn)).map(patternHash);
  assert.equal(new Set(hashes).size, 3);
});

Deno.test("packSegments() and unpackPlaces() are inverse, over word borders too", () => {
  fc.assert(fc.property(seeds(), (seed) => {
    const source = new Source(seed);
    const pattern = drawPattern(source, drawSpec(source, "nm", 300));
    const { spec, inputs, rows, capacity, index } = pattern;
    assert.ok("n" in spec && "m" in spec);
    const segments = segmentsOf(nm(Number(spec.n), Number(spec.m)), inputs);
    const words = packSegments(pattern, segments);
    assert.equal(words.length, Math.ceil(capacity * segments.bits / 32));
    assert.deepEqual(unpackPlaces(words, segments, rows, capacity / rows), index);
  }));
  // Three bits each: the eleventh place lies on both sides of bit 32.
  const pattern = patternOf([Array.from({ length: 12 }, (_, i) => 8 * i + i % 8)], {
    spec: nm(1, 8),
    rows: 1,
    inputs: 96,
  });
  assert.deepEqual([...packSegments(pattern, segmentsOf(nm(1, 8), 96))], [0x88fac688, 0x6]);
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
  const options = { spec: fanIn({ density: 1 }), rows: 3, inputs: 4, budget: 5 };
  const good = patternOf([[0, 2], [], [1, 3]], options);
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
    [broken((p) => (p.span[1] = 1, p.index[1] = 0)), /row 0 has 1 inputs; expected 0 or 2/],
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

Deno.test("validatePattern() holds every pattern to its constraint", () => {
  eachPattern((pattern) => validatePattern(pattern));
  const segments = patternOf([[0, 1, 4], [0, 5]], { spec: nm(2, 4), rows: 2, inputs: 6 });
  assert.throws(() => validatePattern(segments), /segment 0 of row 1 has 1 inputs; expected 2/);
  const blocks = patternOf([[0, 1]], {
    spec: block(4, { density: 1 }),
    rows: 3,
    inputs: 8,
    budget: 2,
  });
  validatePattern(blocks);
  assert.throws(
    () => validatePattern({ ...blocks, ...geometryOf(blocks.spec, 3, 8, 1) }),
    /index has 2 elements; expected 1/,
  );
});

Deno.test("fromDense() undoes toDense(), zeros included", () => {
  eachPattern((pattern, source) => {
    const { spec, rows, inputs, budget, capacity, unit } = pattern;
    const ones = new Float32Array(capacity * areaOf(unit)).fill(1);
    const values = new Float32Array(ones.length);
    eachConnection(pattern, (at) => values[at] = source.below(5) - 2);
    const mask = toDense(pattern, ones);
    const back = fromDense(toDense(pattern, values), rows, inputs, { spec, mask, budget });
    assert.deepEqual(back.pattern, pattern);
    assert.deepEqual(back.values, values);
  });
  assert.throws(
    () => fromDense(Float32Array.of(1, 2, 0, 3, 0, 0), 2, 3),
    /row 0 has 2 connections; expected 0 or 1/,
  );
  assert.throws(
    () => fromDense(Float32Array.of(1, 2, 0, 3), 1, 4, { spec: nm(1, 2) }),
    /segment 0 of row 0 has 2 connections; expected 1/,
  );
});

Deno.test("transposedView() holds every unit once, lists ascending in a column", () => {
  eachPattern((pattern) => {
    const { lists, entries, span, index, tile } = pattern;
    const { capacity, columnSpan, rowOf, slotOf } = transposedView(pattern);
    const expectedRows = new Uint32Array(capacity);
    const expectedSlots = new Uint32Array(capacity).fill(0xffffffff);
    let next = 0;
    for (let column = 0; column < entries; column++) {
      assert.equal(columnSpan[2 * column], next);
      for (let list = 0; list < lists; list++) {
        for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
          if (index[slot] !== column) continue;
          expectedRows[next] = list;
          expectedSlots[next++] = slot;
        }
      }
      assert.equal(columnSpan[2 * column + 1], next);
      next = Math.ceil(next / tile) * tile;
    }
    assert.deepEqual(rowOf, expectedRows);
    assert.deepEqual(slotOf, expectedSlots);
  });
});

Deno.test("patternStatistics() counts the connections inside the matrix", () => {
  const options = { spec: fanIn({ density: 1 }), rows: 3, inputs: 5, budget: 5 };
  assert.deepEqual(patternStatistics(patternOf([[0, 2], [], [2, 3]], options)), {
    connections: 4,
    density: 4 / 15,
    repeats: 0,
    liveRows: 2,
    fanIn: { min: 2, mean: 2, max: 2 },
    fanOut: { min: 0, mean: 0.8, max: 2 },
  });
  // Blocks of four over the edges of a matrix of five by six.
  const blocks = { spec: block(4, { density: 0.5 }), rows: 5, inputs: 6 };
  assert.deepEqual(patternStatistics(patternOf([[0], [1]], blocks)), {
    connections: 18,
    density: 18 / 30,
    repeats: 0,
    liveRows: 5,
    fanIn: { min: 2, mean: 18 / 5, max: 4 },
    fanOut: { min: 1, mean: 3, max: 4 },
  });
  eachPattern((pattern) => {
    let connections = 0;
    eachConnection(pattern, () => connections++);
    assert.equal(patternStatistics(pattern).connections, connections);
    assert.equal(countConnections(pattern), connections);
  });
});

Deno.test("connectionBins() gives means of neighbours that add up to all connections", () => {
  const options = { spec: fanIn({ density: 1 }), rows: 3, inputs: 5, budget: 5 };
  const lists = [[0, 2], [], [2, 3]];
  assert.deepEqual(connectionBins(patternOf(lists, options), 2), {
    fanIn: [2, 1],
    fanOut: [0.5, 1],
  });
  assert.deepEqual(connectionBins(patternOf(lists, options), 64), {
    fanIn: [2, 0, 2],
    fanOut: [1, 0, 2, 1, 0],
  });
  eachPattern((pattern) => {
    const { rows, inputs } = pattern;
    for (const [name, count] of [["fanIn", rows], ["fanOut", inputs]] as const) {
      const bins = connectionBins(pattern, 3)[name];
      const size = (i: number): number => Math.floor(i * count / bins.length);
      const sum = bins.reduce((all, mean, i) => all + mean * (size(i + 1) - size(i)), 0);
      // Each mean is one division, and a handful of them are added.
      const { connections } = patternStatistics(pattern);
      assert.ok(Math.abs(sum - connections) <= 1e-12 * connections, name);
    }
  });
});

Deno.test("patternHash() tells patterns apart and ignores capacity", () => {
  const hashed = (lists: number[][], budget: number): Pattern =>
    patternOf(lists, { spec: fanIn({ density: 1 }), rows: 2, inputs: 5, budget });
  const lists = [[[0, 1], [2, 3]], [[0, 1], [2, 4]], [[0, 2], [1, 3]], [[2, 3], [0, 1]], [[], [
    0,
    1,
  ]], [[0, 1], []]];
  const hashes = lists.map((list) => patternHash(hashed(list, 4)));
  assert.equal(new Set(hashes).size, lists.length);
  assert.equal(patternHash(hashed(lists[0], 6)), hashes[0]);
  assert.match(hashes[0], /^[0-9a-f]{16}$/);
});

Deno.test("Explored counts every unit that was ever used once, and goes on from its words", async () => {
  const rewirer = await openRewirer();
  fc.assert(
    fc.property(seeds(), fc.constantFrom(...KINDS), fc.nat(4), (seed, kind, patterns) => {
      const source = new Source(seed);
      const shape = drawSpec(source, kind);
      const geometry = geometryOf(shape.spec, shape.rows, shape.inputs);
      const { lists, entries } = geometry;
      const used = new Set<number>();
      using explored = rewirer.explore(geometry);
      for (let i = 0; i < patterns; i++) {
        const { span, index } = drawPattern(source, shape);
        explored.add({ ...geometry, span, index });
        for (let list = 0; list < lists; list++) {
          for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
            used.add(list * entries + index[slot]);
          }
        }
      }
      assert.equal(explored.fraction, used.size / (lists * entries));
      using copy = rewirer.explore(geometry);
      copy.restore(explored.words);
      assert.equal(copy.fraction, explored.fraction);
    }),
  );
  using explored = rewirer.explore({ lists: 2, entries: 3 });
  const other = patternOf([[0]], { spec: fanIn(1), rows: 1, inputs: 3 });
  assert.throws(() => explored.add(other), TypeError);
  assert.throws(() => explored.restore(new Uint32Array(2)), /got 2 words; expected 1/);
  assert.throws(() => rewirer.explore({ lists: 2 ** 20, entries: 2 ** 12 }), RangeError);
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
