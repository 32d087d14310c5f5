/**
 * Files of one array: IDX of every type, `.npy` of every version and kind, lies about sizes.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ELEMENTS, readArray } from "../src/data/arrays.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { bytesSource, type DataSource, fileSource } from "../src/data/files.ts";
import { idxHead, readIdx } from "../src/data/idx.ts";
import { npyHead } from "../src/data/npy.ts";
import { seeds, Source } from "./arbitraries.ts";
import { gzip, idx, npy, numbers } from "./idx_files.ts";

const IDX_TYPES = { u1: 8, i1: 9, i2: 11, i4: 12, f4: 13, f8: 14 } as const;

/** Numbers that a kind of element can hold. */
function valuesOf(kind: keyof typeof ELEMENTS, count: number, source: Source): number[] {
  const bits = 8 * ELEMENTS[kind].size;
  return Array.from({ length: count }, () => {
    if (kind.startsWith("f")) return Math.fround(source.below(2000) / 8 - 100);
    // Doubles hold integers up to 53 bits.
    const range = 2 ** Math.min(bits, 50);
    return Math.floor(source.below(2 ** 30) / 2 ** 30 * range) -
      (kind.startsWith("i") ? range / 2 : 0);
  });
}

Deno.test("readIdx() reads every type, big-endian", async () => {
  await fc.assert(
    fc.asyncProperty(seeds(), async (seed) => {
      const source = new Source(seed);
      for (const [kind, type] of Object.entries(IDX_TYPES) as [keyof typeof IDX_TYPES, number][]) {
        const shape = [1 + source.below(4), 1 + source.below(5)];
        const values = valuesOf(kind, shape[0] * shape[1], source);
        const bytes = idx(shape, numbers(kind, values, false));
        bytes[2] = type;
        const read = await readIdx(source.below(2) === 0 ? bytes : await gzip(bytes), "f");
        assert.deepEqual(read.shape, shape);
        assert.deepEqual([...read.data], values.map(Math.fround), kind);
        assert.equal(read.data instanceof Uint8Array, kind === "u1");
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("npyHead() and readArray() read every version, kind and order of bytes", async () => {
  await fc.assert(
    fc.asyncProperty(seeds(), async (seed) => {
      const source = new Source(seed);
      for (const kind of Object.keys(ELEMENTS) as (keyof typeof ELEMENTS)[]) {
        const shape = Array.from({ length: 1 + source.below(3) }, () => 1 + source.below(4));
        const values = valuesOf(kind, shape.reduce((a, b) => a * b, 1), source);
        const little = source.below(2) === 0;
        const version = 1 + source.below(3);
        const bytes = npy(shape, kind, values, { little, version });
        const head = await npyHead(bytesSource(bytes, "f"));
        assert.deepEqual(head.shape, shape);
        const features = await readArray(head, "features");
        assert.deepEqual([...features.data], values.map(Math.fround), kind);
        assert.equal(features.data instanceof Uint8Array, kind === "u1");
        const labels = await readArray(head, "labels");
        assert.deepEqual([...labels.data], values, `${kind}: labels are exact`);
        const targets = await readArray(head, "targets");
        assert.ok(targets.data instanceof Float32Array);
        assert.deepEqual([...targets.data], values.map(Math.fround));
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("readArray() reads more elements than it takes at a time", async () => {
  const values = Array.from({ length: 150_000 }, (_, i) => i % 1000);
  for (const kind of ["u2", "f4"] as const) {
    const head = await npyHead(bytesSource(await gzip(npy([300, 500], kind, values)), "f"));
    assert.deepEqual([...(await readArray(head, "features")).data], values);
  }
});

const GOOD = npy([2, 3], "f4", [1, 2, 3, 4, 5, 6]);

/** The same file with another header. */
function header(change: (text: string) => string): Uint8Array<ArrayBuffer> {
  return npy([2, 3], "f4", [1, 2, 3, 4, 5, 6], { change });
}

const DAMAGED: [name: string, bytes: Uint8Array<ArrayBuffer>, message: RegExp][] = [
  ["is empty", new Uint8Array(0), /at byte 0: the file does not begin like one of NumPy/],
  ["ends after the magic", GOOD.slice(0, 6), /at byte 6: the version is/],
  [
    "has version 4",
    npy([1], "u1", [1], { version: 4 }),
    /version is 4.0; expected 1.0, 2.0 or 3.0/,
  ],
  [
    "ends inside the header",
    GOOD.slice(0, 40),
    /the file ends after 40 bytes; expected a header of 118/,
  ],
  [
    "has a header of 4 GB",
    Uint8Array.of(...GOOD.slice(0, 6), 2, 0, 255, 255, 255, 255),
    /header has 4294967295 bytes; expected at most/,
  ],
  [
    "holds complex numbers",
    header((text) => text.replace("<f4", "<c8")),
    /elements are '<c8'; expected one of u1, i1/,
  ],
  ["holds text", header((text) => text.replace("<f4", "<U3")), /elements are '<U3'/],
  ["holds Python objects", header((text) => text.replace("<f4", "|O")), /elements are '\|O'/],
  [
    "holds records",
    header((text) => text.replace("'<f4'", "[('a', '<f4')]")),
    /elements are \[\('a'/,
  ],
  [
    "is in Fortran order",
    header((text) => text.replace("False", "True")),
    /Fortran order; expected C order, as numpy.ascontiguousarray/,
  ],
  [
    "has no shape",
    header((text) => text.replace("shape", "form")),
    /lacks 'fortran_order' or 'shape'/,
  ],
  ["has a shape of text", header((text) => text.replace("(2, 3)", "(2, x)")), /lacks/],
  ["has a negative size", header((text) => text.replace("(2, 3)", "(-2, 3)")), /lacks/],
  [
    "lacks an element",
    GOOD.slice(0, -4),
    /at byte 128: 20 bytes of elements follow; expected 2 x 3 = 6 elements of 4 bytes/,
  ],
  ["has an element too many", Uint8Array.of(...GOOD, 0, 0, 0, 0), /28 bytes of elements follow/],
  [
    "lies about its size",
    header((text) => text.replace("(2, 3)", "(200000, 300000)")),
    /24 bytes of elements follow; expected 200000 x 300000/,
  ],
  [
    "lies beyond any number",
    header((text) => text.replace("(2, 3)", `(${"9".repeat(30)}, 9)`)),
    /24 bytes of elements follow/,
  ],
  [
    "lies beyond infinity",
    header((text) => text.replace("(2, 3)", `(${"9".repeat(400)}, 9)`)),
    /24 bytes of elements follow/,
  ],
  [
    "holds a NaN",
    npy([2, 3], "f4", [1, 2, 3, 4, NaN, 6]),
    /at byte 144: number 1 of example 1 is NaN; expected a finite/,
  ],
  [
    "holds an f64 beyond f32",
    npy([2, 2], "f8", [1, 2, 1e39, 3]),
    /number 0 of example 1 is Infinity; .* range of f32/,
  ],
];

for (const [name, bytes, message] of DAMAGED) {
  Deno.test(`a .npy file that ${name} is refused`, async () => {
    const read = async (file: Uint8Array<ArrayBuffer>): Promise<unknown> =>
      await readArray(await npyHead(bytesSource(file, "some file")), "features");
    await assert.rejects(read(bytes), (error) => {
      assert.ok(error instanceof DataFormatError, String(error));
      assert.match(error.message, message);
      return true;
    });
    await assert.rejects(read(await gzip(bytes)), DataFormatError);
  });
}

/** A source that counts what is asked of it at once, and what its readers are given to fill. */
function counting(source: DataSource): DataSource & { largest: number; total: number } {
  const counted = {
    ...source,
    largest: 0,
    total: 0,
    open: async () => {
      const reader = await source.open();
      return {
        read: async (target: Uint8Array) => {
          counted.largest = Math.max(counted.largest, target.length);
          const read = await reader.read(target);
          counted.total += read;
          return read;
        },
        [Symbol.dispose]: () => reader[Symbol.dispose](),
      };
    },
  };
  return counted;
}

Deno.test("readArray() reads a file in bounded pieces into one array", async () => {
  const path = await Deno.makeTempFile();
  try {
    const noise = new Source(7);
    const content = Uint8Array.from({ length: 1_000_000 }, () => noise.below(200));
    const bytes = idx([500, 2000], content);
    for (const file of [bytes, await gzip(bytes)]) {
      await Deno.writeFile(path, file);
      const source = counting(await fileSource(path));
      const { data } = await readArray(await idxHead(source), "features");
      assert.equal(data.length, 1_000_000);
      assert.ok(data.every((byte, i) => byte === content[i]));
      // The array has no more memory than its elements, and no piece has.
      assert.equal(data.buffer.byteLength, 1_000_000);
      assert.ok(source.largest <= 1 << 16, `${source.largest}`);
      assert.ok(source.total < 1_000_000 + 100, `${source.total}`);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a lie about sizes takes no memory, plain or in gzip", async () => {
  const before = Deno.memoryUsage().external;
  const lie = idx([4_000_000_000, 1000, 1000], [1, 2, 3]);
  // The end of the second says 3 bytes too, so that both of its words have to be lies.
  for (
    const bytes of [lie, await gzip(lie), await gzip(idx([1000, 1000], new Uint8Array(999_999)))]
  ) {
    await assert.rejects(readIdx(bytes, "f"), /bytes of elements follow/);
  }
  const taken = Deno.memoryUsage().external - before;
  // Pieces of a megabyte and rings are garbage that may not be collected yet.
  assert.ok(taken < 32e6, `${taken} bytes`);
});
