/**
 * Sources that are not in memory: every example once, the same bits after a resume, and no more in memory than was said.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { randomFlip } from "../src/data/augment.ts";
import { sourceIn, sourceOf } from "../src/data/examples_source.ts";
import { loadData } from "../src/data/folder.ts";
import { featureRows, labelRows, type RowArray, type Rows } from "../src/data/row_file.ts";
import { type Batch, type EpochOptions, packedOf, type Source } from "../src/data/source.ts";
import { streamFolder, streamOf } from "../src/data/stream_source.ts";
import { windowExamples, windowsIn } from "../src/data/windows.ts";
import { rigl } from "../src/methods/rigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Trainer } from "../src/train/trainer.ts";
import { RUNS, SEED } from "./arbitraries.ts";
import { gzip, npy } from "./idx_files.ts";

const SIZES = fc.record({
  examples: fc.integer({ min: 1, max: 300 }),
  window: fc.integer({ min: 1, max: 320 }),
  run: fc.integer({ min: 1, max: 40 }),
  batchSize: fc.integer({ min: 1, max: 50 }),
  seed: fc.nat(1000),
  epoch: fc.nat(5),
  shuffle: fc.boolean(),
});

/** The examples of an epoch in their order. */
function ordered(
  { examples, window, run, epoch, ...options }: EpochOptions & {
    examples: number;
    window: number;
    run: number;
    epoch: number;
  },
): number[] {
  return [...windowsIn(examples, epoch, { window, run }, options)].flatMap((each) => {
    const all = each.runs.flatMap(({ first, count }) =>
      Array.from({ length: count }, (_, i) => first + i)
    );
    assert.equal(all.length, each.count);
    assert.ok(each.count <= windowExamples({ window, run }, options.batchSize));
    return Array.from(each.order.subarray(each.skip * options.batchSize), (at) => all[at]);
  });
}

Deno.test("windowsIn() gives every example once, in an order that skipping does not change", () => {
  fc.assert(
    fc.property(SIZES, fc.nat(), (sizes, some) => {
      const { examples, batchSize, shuffle } = sizes;
      const whole = ordered(sizes);
      const stored = Array.from({ length: examples }, (_, i) => i);
      assert.deepEqual(shuffle ? whole.toSorted((a, b) => a - b) : whole, stored);
      const skip = some % Math.ceil(examples / batchSize);
      assert.deepEqual(ordered({ ...sizes, skip }), whole.slice(skip * batchSize));
    }),
    { numRuns: 8 * RUNS, seed: SEED },
  );
});

Deno.test("windowsIn() has an order that depends on seed and epoch", () => {
  const sizes = { examples: 200, window: 64, run: 8, batchSize: 16, shuffle: true };
  const first = ordered({ ...sizes, seed: 1, epoch: 0 });
  assert.deepEqual(ordered({ ...sizes, seed: 1, epoch: 0 }), first);
  assert.notDeepEqual(ordered({ ...sizes, seed: 2, epoch: 0 }), first);
  assert.notDeepEqual(ordered({ ...sizes, seed: 1, epoch: 1 }), first);
});

const EXAMPLES = 210, INPUTS = 12, CLASSES = 3;

/** A folder of examples that a model can learn; features are f32 unless they shall be bytes. */
async function withFolder(
  use: (folder: string) => Promise<void>,
  { bytes = false, label = (i: number): number => i % CLASSES, compressed = false } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const features = Array.from({ length: EXAMPLES * INPUTS }, (_, i) => {
    const [example, feature] = [Math.floor(i / INPUTS), i % INPUTS];
    const value = Math.sin(i) / 4 + Number(feature === example % CLASSES);
    return bytes ? Math.round(100 * (value + 1)) : value;
  });
  const labels = Array.from({ length: EXAMPLES }, (_, i) => label(i));
  try {
    const file = npy([EXAMPLES, 3, 4], bytes ? "u1" : "f4", features);
    const ending = compressed ? ".gz" : "";
    await Deno.writeFile(
      `${folder}/train-features.npy${ending}`,
      compressed ? await gzip(file) : file,
    );
    await Deno.writeFile(`${folder}/train-labels.npy`, npy([EXAMPLES], "i8", labels));
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies of all batches of an epoch: asked for the next one before one is copied, as a trainer does. */
async function batchesOf(source: Source, epoch: number, options: EpochOptions): Promise<Batch[]> {
  const copies: Batch[] = [];
  const iterable = source.epoch(epoch, options);
  const copy = ({ arrays, examples }: Batch): Batch => ({
    arrays: Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, data.slice()])),
    examples,
  });
  if (!(Symbol.asyncIterator in iterable)) return Array.from(iterable, copy);
  const batches = iterable[Symbol.asyncIterator]();
  let coming = batches.next();
  while (true) {
    const { value, done } = await coming;
    if (done === true) return copies;
    coming = batches.next();
    await coming;
    copies.push(copy(value));
  }
}

const SHUFFLED = { batchSize: 32, seed: 5, shuffle: true };

for (const bytes of [false, true]) {
  Deno.test(`streamFolder() gives what memory gives in the order of the files, of ${bytes ? "bytes" : "f32"}`, async () => {
    await withFolder(async (folder) => {
      const { train } = await loadData(folder);
      const normalization = { mean: 0.25, deviation: 0.5 };
      const memory = sourceOf({ ...train, normalization });
      for (const window of [1, 50, 1000]) {
        const stream = await streamFolder(folder, { window, run: 7, normalization });
        assert.deepEqual(stream.inputs, memory.inputs);
        assert.deepEqual(stream.preparation, memory.preparation);
        const options = { ...SHUFFLED, shuffle: false };
        assert.deepEqual(
          await batchesOf(stream, 0, options),
          await batchesOf(memory, 0, options),
          `window ${window}`,
        );
        const [packed, expected] = [packedOf(stream), sourceIn({ ...train, normalization })];
        assert.ok(packed !== stream && packedOf(packed) === packed);
        assert.deepEqual(packed.inputs, expected.inputs);
        assert.equal(packed.inputs.features.bytes !== undefined, bytes);
        assert.deepEqual(
          await batchesOf(packed, 0, options),
          await batchesOf(expected, 0, options),
        );
      }
    }, { bytes });
  });
}

Deno.test("streamFolder() skips to the same bits, augmented ones too", async () => {
  await withFolder(async (folder) => {
    const source = await streamFolder(folder, { window: 64, run: 8, augment: [randomFlip()] });
    const whole = await batchesOf(source, 3, SHUFFLED);
    assert.equal(whole.length, Math.ceil(EXAMPLES / 32));
    for (const skip of [1, 2, 5, 6]) {
      assert.deepEqual(await batchesOf(source, 3, { ...SHUFFLED, skip }), whole.slice(skip));
    }
    assert.notDeepEqual(await batchesOf(source, 4, SHUFFLED), whole);
    // An example is shown as memory shows it, whatever window it is in.
    const { train } = await loadData(folder);
    assert.ok("labels" in train);
    const numbered = {
      ...train,
      labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => i),
      classes: 256,
    };
    const augment = [randomFlip()];
    const shown = (batches: readonly Batch[]): Set<string> =>
      new Set(
        batches.flatMap(({ arrays: { features }, examples }) =>
          Array.from(
            { length: examples },
            (_, column) => features.filter((_, i) => i % 32 === column).join(),
          )
        ),
      );
    for (
      const [streamed, memory] of [
        [source, sourceOf(numbered, { augment })],
        [packedOf(source), sourceIn(numbered, { augment })],
      ]
    ) {
      const batches = await batchesOf(streamed, 3, SHUFFLED);
      assert.deepEqual(shown(batches), shown(await batchesOf(memory, 3, SHUFFLED)));
    }
  }, { bytes: true });
});

/** Rows that count what is read and what memory is taken. */
function counted<A extends RowArray>(
  rows: Rows<A>,
  counts: { read: number; held: number },
): Rows<A> {
  return {
    ...rows,
    room(some) {
      const room = rows.room(some);
      counts.held += room.byteLength;
      return room;
    },
    async open() {
      const reader = await rows.open();
      return {
        async read(first, target) {
          counts.read += target.byteLength;
          await reader.read(first, target);
        },
        [Symbol.dispose]: () => reader[Symbol.dispose](),
      };
    },
  };
}

Deno.test("a stream reads every row once an epoch, and holds two windows of them", async () => {
  await withFolder(async (folder) => {
    const [window, run] = [64, 8];
    const counts = { read: 0, held: 0 };
    const source = streamOf({
      features: counted(await featureRows(`${folder}/train-features.npy`), counts),
      labels: counted(await labelRows(`${folder}/train-labels.npy`), counts),
      like: {
        ...{ features: new Float32Array(INPUTS), examples: 1, inputs: INPUTS },
        ...{ labels: new Uint32Array(1), classes: CLASSES },
      },
      sizes: { window, run },
      augment: [],
    });
    // A row is 12 features and a label of four bytes each.
    const row = 4 * (INPUTS + 1);
    assert.deepEqual(counts, { read: 0, held: 0 });
    await batchesOf(source, 0, SHUFFLED);
    assert.deepEqual(counts, { read: EXAMPLES * row, held: 2 * window * row });
    // What a resume leaves out is not read: four batches are two windows.
    counts.read = counts.held = 0;
    await batchesOf(source, 0, { ...SHUFFLED, skip: 4 });
    assert.deepEqual(counts, { read: (EXAMPLES - 2 * window) * row, held: 2 * window * row });
    // Who stops has read the window that is under way, and the one after it.
    counts.read = 0;
    const batches = source.epoch(0, SHUFFLED);
    assert.ok(Symbol.asyncIterator in batches);
    for await (const _ of batches) break;
    assert.equal(counts.read, 2 * window * row);
  });
});

Deno.test("fit() on a stream goes on bit for bit, and evaluate() and predict() take it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.safetensors`;
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const trainer = (): Trainer =>
      new Trainer({
        ...{ device, seed: 3, optimizer: adamw({ learningRate: 5e-2 }) },
        model: mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5 }),
        method: rigl({ every: 3 }),
      });
    const options = { epochs: 4, batchSize: 32, logEvery: 1 };
    const source = await streamFolder(folder, { window: 64, run: 8 });
    using whole = trainer();
    const losses: number[] = [];
    for await (const event of whole.fit(source, options)) {
      if (event.kind === "step") losses.push(event.loss);
    }
    assert.ok(losses.length > 20 && losses[losses.length - 1] < losses[0] / 2, String(losses));
    using begun = trainer();
    const seen: number[] = [];
    for await (const event of begun.fit(source, options)) {
      if (event.kind === "step") seen.push(event.loss);
      // In the middle of an epoch and of a window.
      if (begun.step === 10) break;
    }
    await begun.save(path);
    using other = trainer();
    await other.restore(path);
    for await (
      const event of other.fit(await streamFolder(folder, { window: 64, run: 8 }), options)
    ) {
      if (event.kind === "step") seen.push(event.loss);
    }
    assert.deepEqual(seen, losses);
    assert.equal(other.topology.hash, whole.topology.hash);
    const { train } = await loadData(folder);
    const measured = await other.evaluate(source);
    assert.deepEqual(measured, await other.evaluate(train));
    assert.ok(measured.accuracy > 0.9, JSON.stringify(measured));
    const said: unknown[] = [], expected: unknown[] = [];
    for await (const prediction of other.predict(source)) said.push(prediction);
    for await (const prediction of other.predict(train)) expected.push(prediction);
    assert.deepEqual(said, expected);
    using third = trainer();
    await third.restore(path);
    await assert.rejects(async () => {
      for await (const _ of third.fit(await streamFolder(folder, { window: 32, run: 8 }), options));
    }, {
      name: "RangeError",
      message: /the window of examples that are mixed was 64 in runs of 8/,
    });
  });
});

Deno.test("fit() on a stream of bytes hands bytes to the device, and learns the same bits", async () => {
  await withFolder(async (folder) => {
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const stream = await streamFolder(folder, { window: 64, run: 8 });
    assert.ok(packedOf(stream).inputs.features.bytes !== undefined);
    // What is made of it has batches of its own, which are asked for.
    const plain = { ...stream };
    assert.equal(packedOf(plain), plain);
    const [bytes, numbers] = await Promise.all([stream, plain].map(async (source) => {
      using trainer = new Trainer({
        ...{ device, seed: 3, optimizer: adamw({ learningRate: 5e-2 }) },
        model: mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5 }),
      });
      const losses: number[] = [];
      for await (const event of trainer.fit(source, { epochs: 2, batchSize: 32, logEvery: 1 })) {
        if (event.kind === "step") losses.push(event.loss);
      }
      return [...losses, (await trainer.evaluate(source)).loss];
    }));
    assert.ok(bytes.length > 10);
    assert.deepEqual(bytes, numbers);
  }, { bytes: true });
});

Deno.test("streamFolder() refuses files without a middle, labels that are none, counts that differ", async () => {
  await withFolder(async (folder) => {
    await assert.rejects(streamFolder(folder), { name: "RangeError", message: /it is in gzip/ });
  }, { compressed: true });
  await withFolder(async (folder) => {
    await assert.rejects(streamFolder(folder), {
      name: "DataFormatError",
      message: /label 17 is -1; expected a class, a whole number from 0/,
    });
  }, { label: (i) => i === 17 ? -1 : 0 });
  await withFolder(async (folder) => {
    const source = await streamFolder(folder, { classes: 2 });
    await assert.rejects(batchesOf(source, 0, SHUFFLED), {
      name: "RangeError",
      message: /the label of example 205 is 7; expected a class below 2/,
    });
    await Deno.writeFile(`${folder}/train-labels.npy`, npy([9], "u1", Array(9).fill(0)));
    await assert.rejects(streamFolder(folder), /there are 9 rows; expected 210, one per example/);
    for (const window of [0, 1.5, NaN]) {
      await assert.rejects(streamFolder(folder, { window }), {
        name: /RangeError|DataFormatError/,
      });
    }
  }, { label: (i) => i === 205 ? 7 : i % 2 });
});

Deno.test("a stream names the example whose feature is not finite when its batch is made", async () => {
  await withFolder(async (folder) => {
    const features = Array.from(
      { length: EXAMPLES * INPUTS },
      (_, i) => i === 100 * INPUTS + 5 ? NaN : i,
    );
    await Deno.writeFile(`${folder}/train-features.npy`, npy([EXAMPLES, INPUTS], "f4", features));
    const source = await streamFolder(folder, { window: 40, run: 8 });
    await assert.rejects(batchesOf(source, 0, SHUFFLED), {
      name: "RangeError",
      message: /feature 5 of example 100 is NaN; expected a finite number/,
    });
  });
});
