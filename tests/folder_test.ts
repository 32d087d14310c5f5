/**
 * Folders and files of one's own: what they are told by, and examples for a trained model out of each.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ClassDataset, Dataset, TargetDataset } from "../src/data/dataset.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { readExamples } from "../src/data/examples.ts";
import { type DataOptions, loadData } from "../src/data/folder.ts";
import { type Preparation, preparationOf } from "../src/data/preparation.ts";
import { gzip, idx, npy, numbers } from "./idx_files.ts";
import { type Files, inFolder } from "./in_folder.ts";

const FEATURES = npy([3, 2], "f4", [1, 2, 3, 4, 5, 6]);

Deno.test("loadData() reads arrays of NumPy with labels, plain or in gzip, with a part to test or without", async () => {
  const files = {
    "train-features.npy": FEATURES,
    "train-labels.npy": npy([3], "i8", [2, 0, 1]),
    "test-features.npy.gz": await gzip(npy([1, 2], "f8", [7, 8])),
    "test-labels.npy": npy([1, 1], "u1", [1]),
  };
  await inFolder(files, async (folder) => {
    for (const path of [folder, `${folder}/`, new URL(`file://${folder}`)]) {
      const { train, test } = await loadData(path);
      assert.ok("labels" in train && test !== undefined && "labels" in test);
      assert.deepEqual([...train.features], [1, 2, 3, 4, 5, 6]);
      assert.deepEqual([[...train.labels], train.classes, train.image], [[2, 0, 1], 3, undefined]);
      assert.deepEqual([[...test.features], [...test.labels], test.classes], [[7, 8], [1], 3]);
      assert.deepEqual(test.normalization, [{ mean: 0, deviation: 1 }]);
    }
    await Deno.remove(`${folder}/test-features.npy.gz`);
    assert.equal((await loadData(folder)).test, undefined);
  });
});

Deno.test("loadData() reads arrays with numbers to predict and labels that apply", async () => {
  const target = async (targets: Uint8Array, options: DataOptions = {}): Promise<TargetDataset> => {
    let train: Dataset | undefined;
    await inFolder(
      { "train-features.npy": FEATURES, "train-targets.npy": targets },
      async (folder) => {
        train = (await loadData(folder, options)).train;
      },
    );
    assert.ok(train !== undefined && "targets" in train);
    return train;
  };
  const one = await target(npy([3], "f8", [0.5, 1, 2]));
  assert.deepEqual([[...one.targets], one.outputs, one.multiLabel], [[0.5, 1, 2], 1, undefined]);
  const binary = npy([3, 2], "u1", [0, 1, 1, 1, 0, 0]);
  const several = await target(binary);
  assert.deepEqual([[...several.targets], several.outputs, several.multiLabel], [
    [0, 1, 1, 1, 0, 0],
    2,
    true,
  ]);
  assert.equal((await target(binary, { task: "regression" })).multiLabel, undefined);
  const bool = npy([3, 2], "u1", [0, 1, 1, 1, 0, 0], {
    change: (text) => text.replace("u1", "b1"),
  });
  assert.deepEqual([...(await target(bool)).targets], [0, 1, 1, 1, 0, 0]);
});

Deno.test("loadData() knows pictures by the rank of their array, in IDX of floats too", async () => {
  const values = [0.5, -1, 2, 3, 4, 5];
  const floats = idx([1, 3, 1, 2], numbers("f4", values, false));
  floats[2] = 13;
  await inFolder(
    { "train-features.idx": floats, "train-labels.idx": idx([1], [0]) },
    async (folder) => {
      const { train } = await loadData(folder, { normalize: "channel" });
      assert.deepEqual(train.image, { channels: 3, height: 1, width: 2 });
      assert.deepEqual([...train.features], values);
      assert.deepEqual(train.normalization, [
        { mean: -0.25, deviation: 0.75 },
        { mean: 2.5, deviation: 0.5 },
        { mean: 4.5, deviation: 0.5 },
      ]);
    },
  );
});

const TRAIN = "a,b,kind\n1,10,bee\n3,10,ant\n";

Deno.test("loadData() reads tables, normalises every feature, and numbers the classes of the test as those of the training", async () => {
  await inFolder({ "train.csv": TRAIN, "test.csv": "a,b,kind\n5,6,bee\n" }, async (folder) => {
    const { train, test } = await loadData(folder) as { train: ClassDataset; test: ClassDataset };
    assert.deepEqual(train.normalization, [{ mean: 2, deviation: 1 }, { mean: 10, deviation: 1 }]);
    assert.deepEqual(test.normalization, train.normalization);
    assert.deepEqual([[...test.labels], test.classNames], [[1], ["ant", "bee"]]);
    const plain = await loadData(`${folder}/train.csv`, { normalize: "none" });
    assert.deepEqual([plain.test, plain.train.normalization], [undefined, undefined]);
    const all = await loadData(folder, { normalize: "all" });
    assert.equal((all.train.normalization as readonly unknown[]).length, 1);
  });
});

Deno.test("loadData() reads files in memory as those of a folder", async () => {
  const digits = (part: string, labels: number[]) => ({
    [`${part}-images-idx3-ubyte`]: idx([labels.length, 1, 2], labels.flatMap((x) => [x, 9])),
    [`${part}-labels-idx1-ubyte`]: idx([labels.length], labels),
  });
  const record = new Uint8Array(3073).fill(7, 0, 1);
  const batches = [1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, record]);
  const sets: Record<string, Uint8Array>[] = [
    { "train.csv": new TextEncoder().encode(TRAIN), "test.csv": new TextEncoder().encode(TRAIN) },
    {
      "train-features.npy": FEATURES,
      "train-labels.npy.gz": await gzip(npy([3], "u1", [0, 1, 2])),
    },
    { ...digits("train", [0, 1, 2]), ...digits("t10k", [1]) },
    Object.fromEntries([...batches, ["test_batch.bin", record]]),
  ];
  for (const files of sets) {
    await inFolder(files, async (folder) => {
      assert.deepEqual(await loadData(files), await loadData(folder));
    });
  }
  const { train } = await loadData({ "my own.csv": new TextEncoder().encode(TRAIN) });
  assert.deepEqual("labels" in train && train.classNames, ["ant", "bee"]);
  await assert.rejects(loadData({ "readme.txt": FEATURES }), {
    name: "NotFound",
    message: /^Cannot read the data set in "readme.txt": there is no train.csv, train-features.npy/,
  });
  await assert.rejects(loadData({ "train-features.npy": FEATURES }), /there is no "train-targets/);
  await assert.rejects(loadData({ "digits.csv": FEATURES }), /"digits.csv": it is a file of one/);
});

const REFUSED: [name: string, files: Files, options: DataOptions, message: RegExp][] = [
  ["without any data", { "readme.txt": "" }, {}, /there is no train.csv, train-features.npy/],
  [
    "of two kinds",
    { "train.csv": TRAIN, "train-features.npy": FEATURES },
    {},
    /files of tables and of arrays; expected those of one kind/,
  ],
  [
    "without what is to be learnt",
    { "train-features.npy": FEATURES },
    {},
    /there is no "train-targets.npy" or "train-targets.idx" or "train-labels.npy"/,
  ],
  [
    "with two things to be learnt",
    {
      "train-features.npy": FEATURES,
      "train-labels.npy": npy([3], "u1", [0, 0, 0]),
      "train-targets.npy": npy([3], "f4", [0, 0, 0]),
    },
    {},
    /both train-labels and train-targets/,
  ],
  [
    "with too few labels",
    { "train-features.npy": FEATURES, "train-labels.npy": npy([2], "u1", [0, 0]) },
    {},
    /there are 2 labels; expected 3, one per example/,
  ],
  [
    "with a label that is no class",
    { "train-features.npy": FEATURES, "train-labels.npy": npy([3], "i4", [0, -1, 0]) },
    {},
    /at byte 132: label 1 is -1; expected a class/,
  ],
  [
    "with half a class",
    { "train-features.npy": FEATURES, "train-labels.npy": npy([3], "f4", [0, 0.5, 0]) },
    {},
    /label 1 is 0.5/,
  ],
  [
    "with rows of labels",
    { "train-features.npy": FEATURES, "train-labels.npy": npy([3, 2], "u1", [0, 0, 0, 0, 0, 0]) },
    {},
    /the rank is 2; expected 1/,
  ],
  [
    "with labels and another task",
    { "train-features.npy": FEATURES, "train-labels.npy": npy([3], "u1", [0, 0, 0]) },
    { task: "regression" },
    /the task is regression and there is train-labels/,
  ],
  [
    "with a label that applies twice",
    { "train-features.npy": FEATURES, "train-targets.npy": npy([3], "f4", [0, 2, 0]) },
    { task: "multi-label" },
    /target 0 of example 1 is 2/,
  ],
  [
    "with features of rank 1",
    {
      "train-features.npy": npy([3], "f4", [1, 2, 3]),
      "train-labels.npy": npy([3], "u1", [0, 0, 0]),
    },
    {},
    /the rank is 1; expected at least 2/,
  ],
  [
    "with other features in the test",
    { "train.csv": TRAIN, "test.csv": "a,kind\n1,bee\n" },
    {},
    /1 features; expected 2/,
  ],
  [
    "with other columns in the test",
    { "train.csv": TRAIN, "test.csv": "b,a,kind\n1,2,bee\n" },
    {},
    /column 1 is "b"; expected "a"/,
  ],
  [
    "with the columns to learn in another order in the test",
    { "train.csv": "a,p,q\n1,2,3.5\n2,3,4.5\n", "test.csv": "a,q,p\n1,3.5,2\n" },
    { target: ["2", "3"] },
    /column 2 is "q"; expected "p"/,
  ],
  [
    "with another class in the test",
    { "train.csv": TRAIN, "test.csv": "a,b,kind\n1,2,cat\n" },
    {},
    /class of example 0 is "cat"; expected one of "ant", "bee"/,
  ],
  [
    "with labels that it has not",
    { "train.csv": TRAIN },
    { labels: "fine" },
    /labels is given and the files are of tables/,
  ],
  [
    "with a target that it has not",
    { "train-features.npy": FEATURES },
    { target: ["a"] },
    /target is given and the files are of arrays/,
  ],
  [
    "by channels that it has not",
    { "train.csv": TRAIN },
    { normalize: "channel" },
    /examples are no pictures/,
  ],
];

for (const [name, files, options, message] of REFUSED) {
  Deno.test(`loadData() refuses a folder ${name}`, async () => {
    await inFolder(files, async (folder) => {
      await assert.rejects(loadData(folder, options), (error) => {
        assert.ok(
          error instanceof RangeError || error instanceof DataFormatError ||
            error instanceof Deno.errors.NotFound,
          String(error),
        );
        assert.match(error.message, message);
        return true;
      });
    });
  });
}

Deno.test("loadData() refuses a file of one array", async () => {
  await inFolder({ "x.npy": FEATURES }, async (folder) => {
    await assert.rejects(
      loadData(`${folder}/x.npy`),
      /a file of one array; expected a .csv file, or a folder/,
    );
  });
});

/** What a training with pictures of 2 x 3 in bytes does. */
const PICTURES: Preparation = preparationOf({
  features: new Uint8Array(6),
  labels: new Uint8Array(1),
  examples: 1,
  inputs: 6,
  classes: 1,
  image: { channels: 1, height: 2, width: 3 },
  normalization: { mean: 0.5, deviation: 0.25 },
});

Deno.test("readExamples() reads whatever train reads, and prepares it alike", async () => {
  const values = [0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6];
  const shares = values.map((value) => Math.fround(value / 255));
  const files: [name: string, bytes: Uint8Array<ArrayBuffer>, expected: readonly number[]][] = [
    ["a.idx", idx([2, 2, 3], values), values],
    ["b", await gzip(idx([2, 2, 3], values)), values],
    ["c.npy", npy([2, 6], "u1", values), values],
    ["d.npy", npy([2, 1, 2, 3], "f8", shares), shares],
    ["e.csv", new TextEncoder().encode(`${shares.slice(0, 6)}\n${shares.slice(6)}\n`), shares],
    [
      "f.csv.gz",
      await gzip(new TextEncoder().encode(`${shares.slice(0, 6)}\n${shares.slice(6)}\n`)),
      shares,
    ],
    ["g.f32", numbers("f4", shares, true), shares],
    ["h.bin", numbers("f4", shares, true), shares],
    ["i", await gzip(numbers("f4", shares, true)), shares],
    ["j.npy", npy([6], "f4", shares.slice(0, 6)), shares.slice(0, 6)],
  ];
  await inFolder(Object.fromEntries(files), async (folder) => {
    for (const [name, , expected] of files) {
      const data = await readExamples(`${folder}/${name}`, PICTURES);
      assert.deepEqual([...data.features], expected, name);
      assert.deepEqual([data.examples, data.inputs], [expected.length / 6, 6], name);
      assert.deepEqual(data.normalization, [{ mean: 0.5, deviation: 0.25 }], name);
      assert.deepEqual(data.image, { channels: 1, height: 2, width: 3 }, name);
    }
  });
});

Deno.test("readExamples() reads the pictures of CIFAR's records, of either set", async () => {
  const image = { channels: 3, height: 32, width: 32 };
  const preparation = {
    ...PICTURES,
    inputs: 3072,
    image,
    normalization: [{ mean: 0, deviation: 1 }],
  };
  const record = (labels: number): Uint8Array =>
    new Uint8Array(2 * (labels + 3072)).map((_, i) => i % (labels + 3072) < labels ? 0 : i % 251);
  await inFolder({ "ten.bin": record(1), "hundred.bin": record(2) }, async (folder) => {
    for (const [name, labels] of [["ten", 1], ["hundred", 2]] as const) {
      const { features, examples } = await readExamples(`${folder}/${name}.bin`, preparation);
      assert.equal(examples, 2);
      assert.deepEqual([...features.slice(0, 5)], [0, 1, 2, 3, 4].map((i) => (i + labels) % 251));
    }
  });
});

Deno.test("readExamples() finds columns by name, or by place, and leaves out what was to be learnt", async () => {
  const files = {
    "train.csv": "kind,a,b\nbee,1,10\nant,3,10\n",
    "plain.csv": "bee,1,2,0\nant,3,4,0\n",
  };
  await inFolder(files, async (folder) => {
    const read = async (preparation: Preparation, text: string): Promise<number[]> => {
      await Deno.writeTextFile(`${folder}/new.csv`, text);
      return [...(await readExamples(`${folder}/new.csv`, preparation)).features];
    };
    const named = preparationOf(
      (await loadData(`${folder}/train.csv`, { target: ["kind"] })).train,
    );
    assert.deepEqual(await read(named, "b,a\n2,1\n"), [1, 2]);
    assert.deepEqual(await read(named, "b,kind,a\n2,bee,1\n"), [1, 2]);
    assert.deepEqual(await read(named, "bee,1,2\n"), [1, 2]);
    assert.deepEqual(await read(named, "1,2\n"), [1, 2]);
    const placed = preparationOf((await loadData(`${folder}/plain.csv`, { target: ["1"] })).train);
    assert.deepEqual(await read(placed, "x,5,6,7\n"), [5, 6, 7]);
    assert.deepEqual(await read(placed, "p,q,r\n5,6,7\n"), [5, 6, 7]);
    await assert.rejects(
      read(named, "a,c\n1,2\n"),
      /has no column "b"; expected the columns "a", "b", as the model was trained/,
    );
    await assert.rejects(read(named, "a,b,id\n1,2,3\n"), /has the unknown column "id"/);
    await assert.rejects(
      read(placed, "1,2\n"),
      /has 2 columns; expected 3, or 4 with what is to be learnt/,
    );
    await assert.rejects(read(placed, "x,5,,7\n"), /line 1, column 3: the value is missing/);
  });
});

Deno.test("readExamples() refuses pictures of another size, also where the numbers of pixels divide", async () => {
  const files: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
    [
      "turned.idx",
      idx([1, 3, 2], [1, 2, 3, 4, 5, 6]),
      /pictures are 1 x 3 x 2; expected pictures of 1 x 2 x 3/,
    ],
    // Six pictures of 2 x 2 have the pixels of four of 2 x 3.
    ["small.idx", idx([6, 2, 2], new Uint8Array(24)), /pictures are 1 x 2 x 2/],
    ["deep.npy", npy([1, 3, 2, 3], "u1", new Array(18).fill(0)), /pictures are 3 x 2 x 3/],
    ["rows.npy", npy([12, 1], "f4", new Array(12).fill(0)), /1 features; expected 6/],
    [
      "odd.f32",
      numbers("f4", [1, 2, 3, 4], true),
      /it has 4 features; expected a multiple of the 6/,
    ],
    ["odd.bin", Uint8Array.of(1, 2, 3), /3 bytes; expected an IDX, .npy or .csv file/],
    ["none.f32", new Uint8Array(0), /it has 0 features/],
    [
      "nan.f32",
      numbers("f4", [1, 2, 3, NaN, 5, 6], true),
      /at byte 12: number 3 of example 0 is NaN/,
    ],
    ["text.txt", new TextEncoder().encode("hello, world\n"), /there are no rows/],
  ];
  await inFolder(Object.fromEntries(files), async (folder) => {
    for (const [name, , message] of files) {
      await assert.rejects(readExamples(`${folder}/${name}`, PICTURES), message, name);
    }
  });
});
