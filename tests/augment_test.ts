import assert from "node:assert/strict";
import fc from "fast-check";
import { type Augmentation, randomCrop, randomFlip } from "../src/data/augment.ts";
import { Batcher } from "../src/data/batcher.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { byteTableOf } from "../src/data/packed.ts";
import { seeds, Source } from "./arbitraries.ts";

const IMAGE = { channels: 2, height: 5, width: 4 };
const INPUTS = 40;

/** Pictures without a black pixel. */
function pictures(source: Source, examples: number): Dataset {
  return {
    features: Uint8Array.from({ length: examples * INPUTS }, () => 1 + source.below(255)),
    labels: new Uint8Array(examples),
    examples,
    inputs: INPUTS,
    classes: 1,
    image: IMAGE,
  };
}

/** What every example becomes in an epoch, by its number. */
function shown(
  data: Dataset,
  augment: readonly Augmentation[],
  { batchSize = 8, epoch = 0, seed = 1 } = {},
): Map<number, number[]> {
  const labels = Uint16Array.from({ length: data.examples }, (_, i) => i);
  const numbered = { ...data, labels, classes: data.examples };
  const batcher = new Batcher(numbered, { batchSize, seed, shuffle: true, augment });
  const found = new Map<number, number[]>();
  for (const { arrays, examples } of batcher.epoch(epoch)) {
    for (let column = 0; column < batcher.columns; column++) {
      const picture = Array.from(
        { length: INPUTS },
        (_, i) => Math.round(arrays.features[i * batcher.columns + column] * 255),
      );
      if (column < examples) found.set(arrays.target[column], picture);
      else assert.ok(picture.every((pixel) => pixel === 0), "padding is not 0");
    }
  }
  return found;
}

/** A picture of the data, moved and perhaps mirrored. */
function moved(
  data: Dataset,
  example: number,
  down: number,
  right: number,
  flip: boolean,
): number[] {
  const { channels, height, width } = IMAGE;
  const out: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [row, pixel] = [y + down, (flip ? width - 1 - x : x) + right];
        const inside = row >= 0 && row < height && pixel >= 0 && pixel < width;
        const at = example * INPUTS + (channel * height + row) * width + pixel;
        out.push(inside ? data.features[at] : 0);
      }
    }
  }
  return out;
}

Deno.test("randomCrop() and randomFlip() move and mirror whole pictures", () => {
  fc.assert(
    fc.property(seeds(), (seed) => {
      const data = pictures(new Source(seed), 11);
      const padding = 1 + seed % 3;
      const places = Array.from({ length: 2 * padding + 1 }, (_, i) => i - padding);
      for (
        const [example, picture] of shown(data, [randomCrop({ padding }), randomFlip()], { seed })
      ) {
        const known = places.some((down) =>
          places.some((right) =>
            [false, true].some((flip) =>
              String(moved(data, example, down, right, flip)) === String(picture)
            )
          )
        );
        assert.ok(known, `example ${example} became no moved picture (seed ${seed})`);
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("augmentation depends on seed, epoch and example, not on the batch", () => {
  const data = pictures(new Source(5), 23);
  const augment = [randomCrop({ padding: 2 }), randomFlip()];
  const first = shown(data, augment);
  assert.deepEqual(shown(data, augment), first);
  assert.deepEqual(
    new Map([...shown(data, augment, { batchSize: 5 })].sort()),
    new Map([...first].sort()),
  );
  assert.notDeepEqual(shown(data, augment, { epoch: 1 }).get(3), first.get(3));
  assert.notDeepEqual(
    [...shown(data, augment, { seed: 2 })].sort(),
    [...first].sort(),
  );
});

Deno.test("randomFlip() mirrors half of the pictures, randomCrop() shows every place alike", () => {
  const data = pictures(new Source(6), 2000);
  let mirrored = 0;
  for (const [example, picture] of shown(data, [randomFlip()])) {
    const same = String(picture) === String(moved(data, example, 0, 0, false));
    mirrored += Number(!same);
    if (!same) assert.deepEqual(picture, moved(data, example, 0, 0, true));
  }
  // Five standard deviations.
  assert.ok(Math.abs(mirrored - 1000) < 112, `${mirrored} of 2000`);
  const places = new Map<string, number>();
  for (const [example, picture] of shown(data, [randomCrop({ padding: 1 })])) {
    for (const down of [-1, 0, 1]) {
      for (const right of [-1, 0, 1]) {
        if (String(picture) !== String(moved(data, example, down, right, false))) continue;
        places.set(`${down} ${right}`, (places.get(`${down} ${right}`) ?? 0) + 1);
      }
    }
  }
  assert.equal(places.size, 9);
  for (const [where, count] of places) assert.ok(Math.abs(count - 222) < 71, `${where}: ${count}`);
});

Deno.test("augmentation is refused where there are no pictures, or with a padding that is none", () => {
  const { image: _, ...data } = pictures(new Source(7), 4);
  const options = { batchSize: 2, seed: 0, shuffle: true, augment: [randomFlip()] };
  assert.throws(() => new Batcher(data, options), /its examples are no pictures/);
  assert.throws(() => randomCrop({ padding: 1.5 }), RangeError);
  assert.throws(() => randomCrop({ padding: -1 }), RangeError);
});

Deno.test("a packed Batcher gives bytes that stand for the numbers of the same batch, bit for bit", () => {
  const parts = fc.record({
    mean: fc.double({ min: -2, max: 2, noNaN: true }),
    deviation: fc.double({ min: 0.01, max: 3, noNaN: true }),
  });
  const normalization = fc.oneof(fc.constant(undefined), parts, fc.tuple(parts, parts));
  const sizes = fc.record({
    ...{ seed: seeds(), epoch: fc.nat(3), examples: fc.integer({ min: 1, max: 70 }) },
    ...{ batchSize: fc.integer({ min: 1, max: 40 }), shuffle: fc.boolean() },
    // Rows that are words in memory, that begin between two, and that end in the middle of one.
    ...{ width: fc.constantFrom(4, 3), offset: fc.constantFrom(0, 1) },
    ...{ augmented: fc.boolean(), normalization },
  });
  fc.assert(fc.property(sizes, ({ width, offset, augmented, normalization, ...options }) => {
    const source = new Source(options.seed);
    const image = { channels: 2, height: 5, width };
    const { examples, epoch } = options;
    const inputs = 10 * width;
    const memory = Uint8Array.from({ length: offset + examples * inputs }, () => source.below(256));
    const data: Dataset = {
      ...{ features: memory.subarray(offset), labels: new Uint8Array(examples), classes: 1 },
      ...{ examples, inputs, image },
      ...(normalization === undefined ? {} : { normalization }),
    };
    const augment = augmented ? [randomCrop({ padding: 2 }), randomFlip()] : [];
    const table = byteTableOf(data, augmented);
    assert.ok(table);
    const batcher = new Batcher(data, { ...options, augment });
    const packed = new Batcher(data, { ...options, augment, packed: true }).epoch(epoch);
    const { columns } = batcher;
    const part = inputs / (table.length / 256);
    for (const { arrays: { features }, examples: real } of batcher.epoch(epoch)) {
      const { arrays: { features: words } } = packed.next().value ??
        assert.fail("a batch is missing");
      assert.equal(words.length, Math.ceil(inputs / 4) * columns);
      features.forEach((number, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        const byte = words[Math.floor(row / 4) * columns + column] >>> 8 * (row % 4) & 255;
        const stood = column < real ? table[256 * Math.floor(row / part) + byte] : byte;
        assert.ok(
          Object.is(number, stood),
          `feature ${row} of column ${column}: ${number}, ${stood}`,
        );
      });
    }
    assert.equal(packed.next().done, true);
  }));
});
