import assert from "node:assert/strict";
import fc from "fast-check";
import { drawDistinct, permutation, philox4x32, Random } from "../src/device/random.ts";
import { seeds } from "./arbitraries.ts";

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
