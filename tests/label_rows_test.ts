/**
 * Rows of labels and features out of files: what each form means, what is refused, and that what is written is read again.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { DataFormatError } from "../src/data/errors.ts";
import { bytesSource, type DataSource, fileSource } from "../src/data/files.ts";
import { readFilter } from "../src/data/labels/filter.ts";
import {
  countRows,
  type FeatureRows,
  labelCounts,
  type LabelRows,
} from "../src/data/labels/rows.ts";
import {
  type LabelledRows,
  readFeatureText,
  readLabelText,
  readSparseText,
} from "../src/data/labels/sparse_text.ts";
import { writeFeatureText, writeLabelText, writeSparseText } from "../src/data/labels/write.ts";
import { Random } from "../src/device/random.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const source = (text: string): DataSource => bytesSource(bytesOf(text), "a.txt");

/** The lists of rows. */
function listsOf(rows: LabelRows): number[][] {
  return Array.from(
    { length: rows.rows },
    (_, row) => [...rows.labels.subarray(rows.offsets[row], rows.offsets[row + 1])],
  );
}

/** The pairs of rows. */
function pairsOf({ rows, offsets, indices, values }: FeatureRows): [number, number][][] {
  return Array.from(
    { length: rows },
    (_, row) =>
      Array.from({ length: offsets[row + 1] - offsets[row] }, (_, i) => {
        const at = offsets[row] + i;
        return [indices[at], values[at]];
      }),
  );
}

Deno.test("readSparseText() reads rows in every form that they come in", async () => {
  const { features, labels } = await readSparseText(source(
    [
      "8 5 4",
      "1,3 4:2.5e-1 0:1",
      " 2:3 3", // no labels; a feature without a value
      "2", // no features
      "", // nothing
      "0:7.5 4:-1", // no labels either: the first feature has a value
      "3,0,3 1:1 0:0.5 1:2", // unsorted, twice
      "0\t2:1e3   3:.5 ", // a tab, several spaces
      "2 1:0\r", // the end of another system; an explicit 0 stays
    ].join("\n"),
  ));
  assert.deepEqual([features.rows, features.columns, labels.rows, labels.columns], [8, 5, 8, 4]);
  assert.deepEqual(listsOf(labels), [[1, 3], [], [2], [], [], [0, 3], [0], [2]]);
  assert.deepEqual(pairsOf(features), [
    [[0, 1], [4, 0.25]],
    [[2, 3], [3, 1]],
    [],
    [],
    [[0, 7.5], [4, -1]],
    [[0, 0.5], [1, 3]],
    [[2, 1000], [3, 0.5]],
    [[1, 0]],
  ]);
  assert.deepEqual([...labelCounts(labels)], [2, 1, 2, 2]);
  assert.deepEqual(countRows(labels), { rows: 8, empty: 3, unused: 0, longest: 2, entries: 7 });
});

Deno.test("readSparseText() reads files without a header, and those that count features from 1", async () => {
  const { features, labels } = await readSparseText(source("0 1:1 3:2\n4,1 2:1\n"), { first: 1 });
  assert.deepEqual([features.columns, labels.columns], [3, 5]);
  assert.deepEqual(pairsOf(features), [[[0, 1], [2, 2]], [[1, 1]]]);
  // Three whole numbers are a header, unless it is said that there is none.
  const text = "1 4 7\n2 3:1\n";
  assert.deepEqual(listsOf((await readSparseText(source(text))).labels), [[2]]);
  const without = await readSparseText(source(text), { header: false });
  assert.deepEqual(listsOf(without.labels), [[1], [2]]);
  assert.deepEqual(pairsOf(without.features), [[[4, 1], [7, 1]], [[3, 1]]]);
});

Deno.test("readFeatureText() and readLabelText() read a file of each", async () => {
  const features = await readFeatureText(source("2 3\n0:1 2:0.1\n\n\n\n"));
  assert.deepEqual(pairsOf(features), [[[0, 1], [2, Math.fround(0.1)]], []]);
  // What has the value 0 does not apply.
  const labels = await readLabelText(source("3 9\n8:1 1:0.5 8:1\n\n4:0 2"));
  assert.deepEqual(listsOf(labels), [[1, 8], [], [2]]);
  assert.equal(labels.columns, 9);
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ["", /a\.txt" at line 1: the file is empty; expected a row a line/],
  ["3 5 4\n1 0:1\n", /line 2: the file ends after 1 rows; expected 3, as the header says/],
  ["1 5 4\n1 0:1\n2 0:1\n", /line 3: there are more rows than 1/],
  ["1 5 4\n4 0:1\n", /line 2: a label is "4"; expected a whole number from 0, below 4/],
  ["1 5 4\n1,,2 0:1\n", /line 2: a label is ""; expected/],
  ["1 5 4\n1,2, 0:1\n", /line 2: a label is ""; expected/],
  ["1 5 4\n-1 0:1\n", /line 2: a label is "-1"; expected/],
  ["1 5 4\n1 5:1\n", /line 2: a feature is "5:1"; expected a whole number from 0, below 5/],
  ["1 5 4\n1 x:1\n", /line 2: a feature is "x:1"; expected/],
  ["1 5 4\n1 2:x\n", /line 2: the value of feature 2 is "x"; expected a finite number/],
  ["1 5 4\n1 2:\n", /line 2: the value of feature 2 is ""; expected a finite number/],
  ["1 5 4\n1 2:1e39\n", /line 2: the value of feature 2 is "1e39"; expected a finite number/],
  ["1 5 4\n1 2:NaN\n", /line 2: the value of feature 2 is "NaN"; expected a finite number/],
];

Deno.test("readSparseText() says what of which line is wrong", async () => {
  for (const [text, message] of WRONG) {
    await assert.rejects(() => readSparseText(source(text)), (error: Error) => {
      assert(error instanceof DataFormatError, text);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(
    () => readSparseText(source("1 0:1\n"), { header: true }),
    /line 1: the first line is no header; expected the numbers of rows, features and labels/,
  );
  await assert.rejects(
    () => readSparseText(source("0 1:1 0:1\n"), { first: 1 }),
    /line 1: a feature is "0:1"; expected a whole number from 1, with/,
  );
  await assert.rejects(() => readLabelText(source("1:1\n")), /the numbers of rows and columns/);
  await assert.rejects(
    () => readSparseText(bytesSource(Uint8Array.of(0xff, 0xfe, 0x31, 0), "a.txt")),
    /in UTF-16; expected UTF-8/,
  );
});

/** Rows by chance: some empty, values of every size. */
function rowsBy(seed: number): LabelledRows {
  const random = new Random({ seed, use: "noise" });
  const rows = random.below(40) + 1;
  const lists = (columns: number, longest: number) => {
    const offsets = new Uint32Array(rows + 1);
    const all: number[] = [];
    for (let row = 0; row < rows; row++) {
      const length = random.below(longest + 1);
      const list = new Set(Array.from({ length }, () => random.below(columns)));
      all.push(...[...list].sort((a, b) => a - b));
      offsets[row + 1] = all.length;
    }
    return { rows, columns, offsets, all: Uint32Array.from(all) };
  };
  const { all: labels, ...ofLabels } = lists(1 + random.below(2 ** 22), 6);
  const { all: indices, ...ofFeatures } = lists(1 + random.below(300), 90);
  const values = Float32Array.from(
    indices,
    () => (random.uniform() - 0.5) * 10 ** (random.below(70) - 38),
  );
  return { labels: { ...ofLabels, labels }, features: { ...ofFeatures, indices, values } };
}

Deno.test("what is written is read again, to the bit, plain and in gzip of several members", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (let seed = 0; seed < 12; seed++) {
      const { features, labels } = rowsBy(seed);
      const note = `seed ${seed}`;
      const path = `${folder}/a.txt`;
      await writeSparseText(path, { features, labels });
      assert.deepEqual(await readSparseText(await fileSource(path)), { features, labels }, note);
      const bytes = await Deno.readFile(path);
      const cut = bytes.length >> 1;
      const packed = Uint8Array.of(
        ...gzipSync(bytes.subarray(0, cut)),
        ...gzipSync(bytes.subarray(cut)),
      );
      await Deno.writeFile(`${path}.gz`, packed);
      assert.deepEqual(await readSparseText(await fileSource(`${path}.gz`)), { features, labels });
      await writeFeatureText(path, features);
      assert.deepEqual(await readFeatureText(await fileSource(path)), features, note);
      await writeLabelText(path, labels);
      assert.deepEqual(await readLabelText(await fileSource(path)), labels, note);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["a.txt", "a.txt.gz"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readSparseText() reads lines that do not fit into what is read at a time", async () => {
  // 3 MB in one line, then a short one.
  const wide = Array.from({ length: 300_000 }, (_, i) => `${i}:0.5`).join(" ");
  const { features, labels } = await readSparseText(source(`2 300000 3\n0 ${wide}\n2 1:1`));
  assert.deepEqual([...features.offsets], [0, 300_000, 300_001]);
  assert(features.values.subarray(0, 300_000).every((value) => value === 0.5));
  assert.deepEqual(listsOf(labels), [[0], [2]]);
});

Deno.test("readFilter() reads pairs in any order", async () => {
  const shape = { rows: 3, columns: 5 };
  const filter = await readFilter(source("2 4\n0 3\n2 1\n\n2 4\n0 0\n2 0"), shape);
  assert.deepEqual(listsOf(filter), [[0, 3], [], [0, 1, 4]]);
  assert.deepEqual(listsOf(await readFilter(source(""), shape)), [[], [], []]);
  await assert.rejects(
    () => readFilter(source("0 1\n3 0\n"), shape),
    /line 2: the pair is 3 and 0; expected an example below 3 and a label below 5/,
  );
  await assert.rejects(() => readFilter(source("0\n"), shape), /line 1: the line is "0"; expected/);
});
