/**
 * IDX files, data sets and batches.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Batcher } from "../src/data/batcher.ts";
import { checkDataset } from "../src/data/check.ts";
import { type Dataset, measureNormalization } from "../src/data/dataset.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { idxDataset, loadIdxFolder, readIdx } from "../src/data/idx.ts";
import { gzip, idx, writeIdxFolder } from "./idx_files.ts";

const IMAGES = idx([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

Deno.test("readIdx() gives back what was written, plain or in gzip", async () => {
  const content = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
    .chain((shape) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return fc.tuple(
        fc.constant(shape),
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.boolean(),
      );
    });
  await fc.assert(fc.asyncProperty(content, async ([shape, data, compressed]) => {
    const bytes = idx(shape, data);
    const read = await readIdx(compressed ? await gzip(bytes) : bytes, "file");
    assert.deepEqual(read.shape, shape);
    assert.deepEqual(Array.from(read.data), Array.from(data));
  }));
});

const DAMAGED: [name: string, bytes: Uint8Array<ArrayBuffer>, offset: number, message: RegExp][] = [
  ["is empty", new Uint8Array(0), 0, /0 bytes; expected at least 4/],
  [
    "has another magic number",
    Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0),
    0,
    /magic number is 01000801/,
  ],
  ["has rank 0", Uint8Array.of(0, 0, 8, 0), 0, /magic number is 00000800/],
  ["holds no numbers", Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0), 2, /type is 0a; expected 08/],
  ["ends inside the sizes", IMAGES.slice(0, 14), 4, /ends after 14 bytes; expected 3 sizes/],
  ["lacks an element", IMAGES.slice(0, -1), 16, /11 bytes of elements.*3 x 2 x 2 = 12/],
  ["has an element too many", Uint8Array.of(...IMAGES, 0), 16, /13 bytes of elements/],
];

for (const [name, bytes, offset, message] of DAMAGED) {
  Deno.test(`readIdx() refuses a file that ${name}`, async () => {
    await assert.rejects(readIdx(bytes, "some file"), (error) => {
      assert.ok(error instanceof DataFormatError);
      assert.equal(error.file, "some file");
      assert.equal(error.offset, offset);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("readIdx() refuses a gzip stream that was cut off", async () => {
  const whole = await gzip(IMAGES);
  await assert.rejects(readIdx(whole.slice(0, -9), "some file"), {
    name: "DataFormatError",
    message: /gzip stream is damaged/,
  });
});

Deno.test("idxDataset() refuses images and labels that do not fit each other", async () => {
  const images = await readIdx(IMAGES, "images");
  const part = async (labels: Uint8Array<ArrayBuffer>) => ({
    images,
    imagesFile: "images",
    labels: await readIdx(labels, "labels"),
    labelsFile: "labels",
  });
  const data = idxDataset(await part(idx([3], [0, 4, 1])));
  assert.deepEqual([data.examples, data.inputs, data.classes], [3, 4, 5]);
  assert.throws(() => idxDataset(swapped(images)), /rank is 3; expected 1/);
  const short = await part(idx([2], [0, 1]));
  assert.throws(() => idxDataset(short), /2 labels; expected 3/);
  const high = await part(idx([3], [0, 4, 1]));
  assert.throws(() => idxDataset(high, 4), (error) => {
    assert.ok(error instanceof DataFormatError && error.file === "labels" && error.offset === 9);
    assert.match(error.message, /label 1 is 4; expected a class below 4/);
    return true;
  });
});

Deno.test("loadIdxFolder() reads plain and compressed files by path and by URL", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeIdxFolder(folder, { train: 7, test: 3, size: 2, classes: 3, compressed: true });
    const { train, test } = await loadIdxFolder(folder);
    assert.deepEqual([train.examples, test.examples, train.inputs, test.classes], [7, 3, 4, 3]);
    const again = await loadIdxFolder(new URL(`file://${folder}`));
    assert.deepEqual(again.train.features, train.features);
    await Deno.remove(`${folder}/t10k-labels-idx1-ubyte.gz`);
    await assert.rejects(loadIdxFolder(folder), {
      name: "NotFound",
      message: /there is no "t10k-labels-idx1-ubyte"; expected it plain or with ".gz"/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const GOOD: Dataset = {
  features: new Float32Array(6),
  labels: Uint8Array.of(0, 1, 1),
  examples: 3,
  inputs: 2,
  classes: 2,
};

const MISFITS: [name: string, change: Partial<Dataset>, message: RegExp][] = [
  ["no examples", { examples: 0 }, /examples is 0; expected a whole number above 0/],
  ["half an input", { inputs: 1.5 }, /inputs is 1.5/],
  ["too few features", { features: new Float32Array(5) }, /5 features; expected 3 examples x 2/],
  ["too many labels", { labels: new Uint8Array(4) }, /4 labels; expected one for each of 3/],
  [
    "a label too high",
    { labels: Uint8Array.of(0, 1, 2) },
    /example 2 is 2; expected a class below 2/,
  ],
  ["no deviation", { normalization: { mean: 0, deviation: 0 } }, /deviation 0; expected/],
];

for (const [name, change, message] of MISFITS) {
  Deno.test(`checkDataset() refuses ${name}`, () => {
    checkDataset(GOOD);
    assert.throws(() => checkDataset({ ...GOOD, ...change }), { name: "RangeError", message });
  });
}

/** A data set whose features tell their place: example times 1000 plus input. */
function numbered(examples: number, inputs: number): Dataset {
  return {
    features: Float32Array.from(
      { length: examples * inputs },
      (_, i) => 1000 * (1 + Math.floor(i / inputs)) + i % inputs,
    ),
    labels: Uint32Array.from({ length: examples }, (_, i) => i),
    examples,
    inputs,
    classes: examples,
  };
}

const SIZES = fc.record({
  examples: fc.integer({ min: 1, max: 90 }),
  inputs: fc.integer({ min: 1, max: 9 }),
  batchSize: fc.integer({ min: 1, max: 100 }),
  seed: fc.nat(),
  epoch: fc.nat({ max: 5 }),
  shuffle: fc.boolean(),
});

Deno.test("Batcher gives every example once, in columns, with zeros behind them", () => {
  fc.assert(fc.property(SIZES, ({ examples, inputs, batchSize, seed, epoch, shuffle }) => {
    const batcher = new Batcher(numbered(examples, inputs), { batchSize, seed, shuffle });
    const { columns } = batcher;
    assert.equal(columns % 32, 0);
    assert.ok(columns >= batchSize && columns < batchSize + 32);
    const seen: number[] = [];
    let batches = 0;
    for (const { arrays, examples: real } of batcher.epoch(epoch)) {
      batches++;
      assert.equal(arrays.features.length, inputs * columns);
      assert.equal(arrays.target.length, columns);
      for (let column = 0; column < columns; column++) {
        const isReal = column < real;
        const example = arrays.target[column];
        if (isReal) seen.push(example);
        else assert.equal(example, 0);
        for (let i = 0; i < inputs; i++) {
          const expected = isReal ? 1000 * (1 + example) + i : 0;
          assert.equal(arrays.features[i * columns + column], expected);
        }
      }
    }
    assert.equal(batches, batcher.batches);
    if (shuffle) seen.sort((a, b) => a - b);
    assert.deepEqual(seen, Array.from({ length: examples }, (_, i) => i));
  }));
});

Deno.test("Batcher has an order that depends on seed and epoch alone", () => {
  const data = numbered(200, 1);
  const order = (seed: number, epoch: number): number[] => {
    const batcher = new Batcher(data, { batchSize: 32, seed, shuffle: true });
    const [first] = batcher.epoch(epoch);
    return Array.from(first.arrays.target);
  };
  assert.deepEqual(order(1, 2), order(1, 2));
  assert.notDeepEqual(order(1, 2), order(1, 3));
  assert.notDeepEqual(order(1, 2), order(2, 2));
});

Deno.test("Batcher scales bytes to [0, 1] and applies the normalization", () => {
  const data: Dataset = {
    features: Uint8Array.of(0, 51, 255),
    labels: Uint8Array.of(0),
    examples: 1,
    inputs: 3,
    classes: 1,
  };
  const column = (changed: Dataset): number[] => {
    const batcher = new Batcher(changed, { batchSize: 1, seed: 0, shuffle: false });
    const [batch] = batcher.epoch(0);
    return [0, 1, 2].map((i) => batch.arrays.features[i * batcher.columns]);
  };
  assert.deepEqual(column(data), [0, Math.fround(0.2), 1]);
  assert.deepEqual(measureNormalization(data).mean.toFixed(12), "0.400000000000");
  const normalized = column({ ...data, normalization: { mean: 0.5, deviation: 0.25 } });
  // One rounding to f32 of numbers below 2 in size.
  normalized.forEach((x, i) => assert.ok(Math.abs(x - [-2, -1.2, 2][i]) <= 2 ** -23, String(x)));
});

Deno.test("Batcher refuses a batch size that is no whole number above 0", () => {
  for (const batchSize of [0, -1, 1.5, NaN]) {
    assert.throws(() => new Batcher(GOOD, { batchSize, seed: 0, shuffle: false }), {
      name: "RangeError",
      message: /batchSize is .*; expected a whole number above 0/,
    });
  }
});

function swapped(images: Awaited<ReturnType<typeof readIdx>>): Parameters<typeof idxDataset>[0] {
  return { images, imagesFile: "images", labels: images, labelsFile: "labels" };
}
