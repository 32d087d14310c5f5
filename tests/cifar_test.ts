import assert from "node:assert/strict";
import fc from "fast-check";
import { cifarSetIn, loadCifarFolder, readCifar } from "../src/data/cifar.ts";
import { Batcher } from "../src/data/batcher.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { seeds, Source } from "./arbitraries.ts";

const PIXELS = 3072;

/** Records with labels below the given numbers of classes. */
function records(source: Source, examples: number, classes: readonly number[]): Uint8Array {
  const record = classes.length + PIXELS;
  const bytes = Uint8Array.from({ length: examples * record }, () => source.below(256));
  for (let example = 0; example < examples; example++) {
    classes.forEach((limit, i) => bytes[example * record + i] = source.below(limit));
  }
  return bytes;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A folder of files, removed at the end. */
async function inFolder(
  files: Readonly<Record<string, Uint8Array>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Five files of training records, one of which is in gzip, and one of test records. */
async function ten(source: Source): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 1; i <= 5; i++) files[`data_batch_${i}.bin`] = records(source, i, [10]);
  files["test_batch.bin"] = records(source, 3, [10]);
  files["data_batch_3.bin.gz"] = await gzip(Uint8Array.from(files["data_batch_3.bin"]));
  delete files["data_batch_3.bin"];
  return files;
}

Deno.test("loadCifarFolder() reads CIFAR-10, and normalises every channel", async () => {
  const source = new Source(1);
  const files = await ten(source);
  await inFolder(files, async (folder) => {
    assert.equal(await cifarSetIn(folder), "CIFAR-10");
    const { train, test } = await loadCifarFolder(folder);
    assert.equal(train.examples, 15);
    assert.equal(test.examples, 3);
    assert.equal(train.classes, 10);
    assert.deepEqual(train.image, { channels: 3, height: 32, width: 32 });
    // The second example is the first of the second file.
    assert.equal(train.labels[1], files["data_batch_2.bin"][0]);
    const picture = Array.from(train.features.subarray(PIXELS, 2 * PIXELS));
    assert.deepEqual(picture, Array.from(files["data_batch_2.bin"].subarray(1, 1 + PIXELS)));
    const batcher = new Batcher(train, { batchSize: 15, seed: 0, shuffle: false });
    const [{ arrays: { features } }] = [...batcher.epoch(0)];
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0, squares = 0;
      for (let pixel = channel * 1024; pixel < (channel + 1) * 1024; pixel++) {
        for (let example = 0; example < 15; example++) {
          sum += features[pixel * 32 + example];
          squares += features[pixel * 32 + example] ** 2;
        }
      }
      assert.ok(Math.abs(sum / (15 * 1024)) < 1e-4);
      assert.ok(Math.abs(squares / (15 * 1024) - 1) < 1e-3);
    }
  });
});

Deno.test("loadCifarFolder() reads CIFAR-100 with either label", async () => {
  const source = new Source(2);
  const files = {
    "train.bin": records(source, 4, [20, 100]),
    "test.bin": records(source, 2, [20, 100]),
  };
  await inFolder(files, async (folder) => {
    const fine = await loadCifarFolder(folder);
    const coarse = await loadCifarFolder(folder, { labels: "coarse" });
    assert.deepEqual([fine.train.classes, coarse.train.classes], [100, 20]);
    const record = PIXELS + 2;
    for (let i = 0; i < 4; i++) {
      assert.equal(coarse.train.labels[i], files["train.bin"][i * record]);
      assert.equal(fine.train.labels[i], files["train.bin"][i * record + 1]);
    }
    assert.deepEqual(fine.test.features, coarse.test.features);
  });
});

Deno.test("loadCifarFolder() names what is missing or damaged", async () => {
  const files = await ten(new Source(3));
  const { "data_batch_4.bin": _, ...four } = files;
  await inFolder(four, async (folder) => {
    await assert.rejects(loadCifarFolder(folder), /there is no "data_batch_4.bin"/);
  });
  await inFolder(
    { ...files, "data_batch_3.bin.gz": Uint8Array.of(0x1f, 0x8b, 8, 0) },
    async (folder) => {
      await assert.rejects(loadCifarFolder(folder), DataFormatError);
    },
  );
  await inFolder({ "readme.txt": new Uint8Array(3) }, async (folder) => {
    assert.equal(await cifarSetIn(folder), undefined);
  });
});

Deno.test("readCifar() refuses records that are cut short or have labels out of range", () => {
  fc.assert(
    fc.property(seeds(), (seed) => {
      const source = new Source(seed);
      const classes = source.below(2) === 0 ? [10] : [20, 100];
      const examples = 1 + source.below(3);
      const bytes = records(source, examples, classes);
      const shape = { labels: classes, wanted: classes.length - 1 };
      assert.equal(readCifar(bytes, "f", shape).examples, examples);
      const cut = 1 + source.below(classes.length + PIXELS - 1);
      assert.throws(
        () => readCifar(bytes.subarray(0, bytes.length - cut), "f", shape),
        DataFormatError,
      );
      const example = source.below(examples), which = source.below(classes.length);
      const at = example * (classes.length + PIXELS) + which;
      bytes[at] = classes[which] + source.below(256 - classes[which]);
      assert.throws(
        () => readCifar(bytes, "f", shape),
        (error) => error instanceof DataFormatError && error.offset === at,
      );
    }),
    { numRuns: 20 },
  );
});

Deno.test("cifarSetIn() knows CIFAR-10 by any of its files, also beside a train.bin of another kind", async () => {
  const files = await ten(new Source(4));
  const { "data_batch_1.bin": _, ...four } = files;
  await inFolder(four, async (folder) => {
    assert.equal(await cifarSetIn(folder), "CIFAR-10");
    await assert.rejects(loadCifarFolder(folder), /there is no "data_batch_1.bin"/);
  });
  await inFolder({ ...files, "train.bin": new Uint8Array(9) }, async (folder) => {
    assert.equal((await loadCifarFolder(folder)).train.classes, 10);
  });
});

Deno.test("loadCifarFolder() gives a data set that trains when a channel has one value only", async () => {
  const blank = (): Uint8Array => new Uint8Array(2 + PIXELS);
  await inFolder({ "train.bin": blank(), "test.bin": blank() }, async (folder) => {
    const { train } = await loadCifarFolder(folder);
    const batcher = new Batcher(train, { batchSize: 1, seed: 0, shuffle: false });
    const [{ arrays: { features } }] = batcher.epoch(0);
    assert.ok(features.every((x) => x === 0));
  });
});
