/**
 * Data with many labels in their layouts: lines of JSON, names, matrices of SciPy, folders; texts as features; made examples.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DataFormatError } from "../src/data/errors.ts";
import { bytesSource } from "../src/data/files.ts";
import { readJsonExamples, readJsonTexts } from "../src/data/labels/json_lines.ts";
import { readLabelledLines, readNamedLabels } from "../src/data/labels/named.ts";
import { readPecosFeatures, readPecosLabels } from "../src/data/labels/pecos.ts";
import { labelCounts, type LabelRows } from "../src/data/labels/rows.ts";
import { readManyLabels } from "../src/data/labels/set.ts";
import { syntheticRows } from "../src/data/labels/synthetic.ts";
import { TextRows } from "../src/data/labels/texts.ts";
import { tfidfPreparationOf, TfidfReader } from "../src/data/labels/tfidf.ts";
import { inFolder } from "./in_folder.ts";
import { format, matrix, zip } from "./zip_files.ts";

const source = (text: string) => bytesSource(new TextEncoder().encode(text), "a.txt");

/** The lists of rows. */
function listsOf({ rows, offsets, labels }: LabelRows): number[][] {
  return Array.from({ length: rows }, (_, i) => [...labels.subarray(offsets[i], offsets[i + 1])]);
}

Deno.test("TextRows holds texts of every script", () => {
  const texts = ["", "a cat", "\u65e5\u672c", "\ufeffx", "\u{1f600}"];
  assert.deepEqual([...TextRows.of(texts)], texts);
});

Deno.test("readJsonExamples() and readJsonTexts() read lines of JSON, and say which is wrong", async () => {
  const lines = [
    '{"uid": "a", "title": "A cat", "content": "sleeps", "target_ind": [3, 0], "target_rel": [1.0, 0.5]}',
    "",
    '{"title": "none", "content": "", "target_ind": []}',
    '{"title": "one", "target_ind": [2, 4], "target_rel": [0, 1]}',
  ];
  const { texts, labels } = await readJsonExamples(source(lines.join("\n")), 6);
  assert.deepEqual([...texts], ["A cat sleeps", "none", "one"]);
  assert.deepEqual([listsOf(labels), labels.columns], [[[0, 3], [], [4]], 6]);
  assert.equal((await readJsonExamples(source(lines[0]))).labels.columns, 4);
  assert.deepEqual([...await readJsonTexts(source('{"title": "dog"}\n'))], ["dog"]);
  const wrong: [string, RegExp][] = [
    ["{", /line 1: the line is no JSON .*; expected an object a line/],
    ["[]", /line 1: the line lacks a text; expected an object with "title"/],
    ['{"title": "a"}', /line 1: the line has no list "target_ind"/],
    ['{"title": "a", "target_ind": [6]}', /a label of "target_ind" is 6; .* below 6/],
    ['{"title": "a", "target_ind": ["1"]}', /a label of "target_ind" is "1"; expected a whole/],
  ];
  for (const [line, message] of wrong) {
    await assert.rejects(() => readJsonExamples(source(line), 6), (error: Error) => {
      assert(error instanceof DataFormatError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readNamedLabels() numbers names whatever the order of the rows, and those never seen behind", async () => {
  const { train, test, names } = await readNamedLabels({
    train: source("pear fig\n\nfig  apple fig\n"),
    test: source("fig zebra\naxe pear"),
  });
  assert.deepEqual([...names], ["apple", "fig", "pear", "axe", "zebra"]);
  assert.deepEqual([listsOf(train), train.columns], [[[1, 2], [], [0, 1]], 3]);
  assert.deepEqual(test && [listsOf(test), test.columns], [[[1, 4], [2, 3]], 5]);
});

Deno.test("readLabelledLines() reads labels, a tab and a text, behind an identifier or not", async () => {
  const { train, names } = await readLabelledLines({ train: source("x\tb a\tone two\n\tthree\n") });
  assert.deepEqual([[...names], [...train.texts]], [["a", "b"], ["one two", "three"]]);
  assert.deepEqual(listsOf(train.labels), [[0, 1], []]);
  await assert.rejects(
    () => readLabelledLines({ train: source("a\tb\nno\n") }),
    /line 2: the line has no tab; expected labels, a tab and a text/,
  );
});

Deno.test("readPecosFeatures() and readPecosLabels() read what SciPy saves, in every form of the archive", async () => {
  for (const [packed, wide] of [[false, false], [true, false], [true, true]]) {
    const file = bytesSource(zip(matrix([1, 2, 3, 4, 5]), packed, wide), "X.trn.npz");
    const { rows, columns, offsets, indices, values } = await readPecosFeatures(file);
    assert.deepEqual([rows, columns, [...offsets]], [3, 5, [0, 2, 2, 4]]);
    assert.deepEqual([[...indices], [...values]], [[0, 4, 1, 3], [1, 2, 4, 8]]);
    const labels = await readPecosLabels(
      bytesSource(zip(matrix([1, 0, 1, 1, 1]), packed, wide), "y"),
    );
    assert.deepEqual(listsOf(labels), [[0], [], [1, 3]]);
  }
  const { "data.npy": data, ...without } = matrix([1, 2, 3, 4, 5]);
  const wrong: [Record<string, Uint8Array>, RegExp][] = [
    [without, /there is no "data.npy" in it; expected a CSR matrix/],
    [matrix([1, 2, 3, 4]), /there are 5 indices and 4 values/],
    [matrix([1, 2, 3, 4, 5], [0, 4, 3, 1, 5]), /index 4 is 5 of 5 columns/],
    [matrix([1, 2, 3, 4, Infinity]), /number 4 is Infinity; expected a finite one/],
    [
      { ...without, "data.npy": data, "format.npy": format("csc") },
      /the matrix is "csc"/,
    ],
  ];
  for (const [files, message] of wrong) {
    await assert.rejects(
      () => readPecosFeatures(bytesSource(zip(files, true, false), "x.npz")),
      message,
    );
  }
  const whole = zip(matrix([1, 2, 3, 4, 5]), true, true);
  for (let at = 0; at < whole.length; at += 61) {
    // A damaged archive is refused, or what was damaged is nothing that is read.
    const damaged = bytesSource(whole.with(at, whole[at] ^ 0x55), "x.npz");
    await readPecosFeatures(damaged).catch((error) => {
      assert(error instanceof DataFormatError, `byte ${at}: ${error}`);
    });
    await assert.rejects(
      () => readPecosFeatures(bytesSource(whole.slice(0, at), "x.npz")),
      DataFormatError,
    );
  }
});

Deno.test("readManyLabels() reads every layout of a folder", async () => {
  const json = {
    "trn.json": '{"title": "a", "target_ind": [1]}\n',
    "tst.json": '{"title": "b", "target_ind": [0]}\n',
    "lbl.json": '{"title": "x"}\n{"title": "y"}\n{"title": "z"}\n',
    "filter_labels_test.txt": "0 2\n",
    // Another layout, which comes after that of texts.
    "train.txt": "1 2 3\n0 1:1\n",
  };
  await inFolder(json, async (folder) => {
    const { train, test, labelTexts } = await readManyLabels(folder);
    assert.deepEqual([[...train.texts ?? []], [...labelTexts ?? []]], [["a"], ["x", "y", "z"]]);
    assert.deepEqual(test?.filter && listsOf(test.filter), [[2]]);
    assert.equal(train.labels.columns, 3);
    const { train: { features } } = await readManyLabels(folder, { layout: "one-file" });
    assert.equal(features?.columns, 2);
  });
  const renee = {
    ...{ "trn_X.txt": "a cat\na dog\n", "tst_X.txt": "b\n", "Y.txt": "cat\ndog\nboth\n" },
    ...{ "trn_X_Y.txt": "2 3\n0:1\n1:1 2:1\n", "tst_X_Y.txt": "1 3\n2:1\n" },
    "trn_filter_labels.txt": "1 0\n",
  };
  await inFolder(renee, async (folder) => {
    const { train, test, labelTexts } = await readManyLabels(folder);
    assert.deepEqual([train.texts?.text(1), labelTexts?.text(2)], ["a dog", "both"]);
    assert.deepEqual([train.filter && listsOf(train.filter), test?.filter], [[[], [0]], undefined]);
    await Deno.writeTextFile(`${folder}/trn_X.txt`, "a cat\n");
    await assert.rejects(() => readManyLabels(folder), /trn_X_Y.txt": it has 2 rows; expected 1/);
  });
  const names = { "train_raw_texts.txt": "one\ntwo\n", "train_labels.txt": "b a\nb\n" };
  await inFolder(names, async (folder) => {
    const { train, test, labelTexts } = await readManyLabels(folder);
    assert.deepEqual([listsOf(train.labels), [...labelTexts ?? []], test], [[[0, 1], [1]], [
      "a",
      "b",
    ], undefined]);
  });
  const sparse = { "trn_X_Xf.txt": "1 4\n3:1\n", "trn_X_Y.txt": "1 2\n1:1\n" };
  await inFolder(sparse, async (folder) => {
    const { train } = await readManyLabels(folder);
    assert.deepEqual([train.features?.columns, listsOf(train.labels)], [4, [[1]]]);
  });
  const pecos = zip(matrix([1, 1, 1, 1, 1]), true, true);
  await inFolder({ "X.trn.npz": pecos, "Y.trn.npz": pecos }, async (folder) => {
    assert.equal((await readManyLabels(folder)).train.labels.rows, 3);
  });
  await inFolder({ "other.txt": "" }, async (folder) => {
    await assert.rejects(
      () => readManyLabels(folder),
      /none of the files that tell a layout; expected one of/,
    );
  });
});

Deno.test("readManyLabels() reads files by what they begin with, and makes both parts as wide", async () => {
  const files = {
    ...{ "a.txt": "0,4 1:1 2:1\n1 0:1\n", "b.txt": "7 9:1\n" },
    ...{
      "a.tsv": "x y\tone\n",
      "b.tsv": "z\ttwo\n",
      "a.json": '{"title": "t", "target_ind": [5]}\n',
    },
  };
  await inFolder(files, async (folder) => {
    const { train, test } = await readManyLabels(`${folder}/a.txt`, { test: `${folder}/b.txt` });
    assert.deepEqual([train.features?.columns, test?.features?.columns], [10, 10]);
    assert.deepEqual([train.labels.columns, test?.labels.columns], [8, 8]);
    const lines = await readManyLabels(`${folder}/a.tsv`, { test: `${folder}/b.tsv` });
    assert.deepEqual([[...lines.labelTexts ?? []], lines.test?.texts?.text(0)], [
      ["x", "y", "z"],
      "two",
    ]);
    assert.equal((await readManyLabels(`${folder}/a.json`)).train.labels.columns, 6);
  });
  await inFolder({ "train_labels.txt": "a\n", "train_texts.txt": "one\n" }, async (folder) => {
    await assert.rejects(
      () => readManyLabels(folder, { test: "b" }),
      /with "b" to test with: a part is several files in the layout "names"; expected the folder/,
    );
  });
});

Deno.test("TfidfReader weighs words as scikit-learn does, in rows of length 1", () => {
  const preparation = tfidfPreparationOf(["a cat", "A dog a", "the cat"], { least: 1 });
  assert.deepEqual(preparation.words, ["a", "cat", "dog", "the"]);
  const { values, indices, offsets } = new TfidfReader(preparation).rows([
    "cat a cat",
    "bird",
    "THE",
  ]);
  const idf = (count: number) => Math.log(4 / (1 + count)) + 1;
  const [a, cat] = [idf(2), (1 + Math.log(2)) * idf(2)];
  const length = Math.hypot(a, cat);
  assert.deepEqual([[...indices], [...offsets]], [[0, 1, 3], [0, 2, 2, 3]]);
  // An f32 has 24 bits.
  [a / length, cat / length, 1].forEach((value, i) => assert(Math.abs(values[i] - value) < 1e-7));
  assert.deepEqual(tfidfPreparationOf(["a b", "b c"], { least: 2 }).words, ["b"]);
  assert.deepEqual(tfidfPreparationOf(["a b", "b c"], { most: 2 }).words, ["b", "a"]);
  assert.throws(() => tfidfPreparationOf(["a"], { least: 2 }), /of 1 texts no word is in 2/);
  const letters = tfidfPreparationOf(["ab", "b"], { cut: (text) => [...text] });
  assert.deepEqual(letters.words, ["b", "a"]);
  const cut = new TfidfReader(letters, (text) => [...text]).rows(["aa", "ab"]);
  assert.deepEqual([...cut.indices], [1, 0, 1]);
});

Deno.test("syntheticRows() makes the same examples, more of them or fewer, by Zipf's law", () => {
  const options = { labels: 1000, features: 300, seed: 3 };
  const { labels, features, synthetic } = syntheticRows({ ...options, rows: 4000 });
  const later = syntheticRows({ ...options, rows: 10, first: 3990 });
  assert.deepEqual(later.labels.labels, labels.labels.subarray(labels.offsets[3990]));
  assert.deepEqual(later.features.values, features.values.subarray(features.offsets[3990]));
  assert.match(synthetic, /^synthetic \(Zipf 1, 1000 labels, 300 features, seed 3\)$/);
  // Label r comes 4000 * 5 * ln((r + 1) / r) / ln 1001 times; a label twice in a row is once there. Five deviations.
  const counts = labelCounts(labels);
  const second = 20_000 * Math.log(3 / 2) / Math.log(1001);
  assert(Math.abs(counts[1] - second) < 5 * Math.sqrt(second) + 0.1 * second, `${counts[1]}`);
  assert(counts[0] > counts[1] && counts[1] > counts[9] && counts[9] > counts[99]);
  assert.throws(() => syntheticRows({ rows: 0, labels: 5 }), /rows is 0; expected a whole number/);
  assert.throws(
    () => syntheticRows({ rows: 1, labels: 5, labelsPerRow: 1000 }),
    /labelsPerRow is 1000; expected a number from 1 to 500/,
  );
});
