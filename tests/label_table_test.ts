/**
 * Tables of texts and labels, and rows that are set aside by what is in them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DataFormatError } from "../src/data/errors.ts";
import { bytesSource } from "../src/data/files.ts";
import { type LabelTableOptions, readLabelTable } from "../src/data/labels/label_table.ts";
import type { ManyLabelPart } from "../src/data/labels/parts.ts";
import type { LabelRows } from "../src/data/labels/rows.ts";
import { readManyLabels } from "../src/data/labels/set.ts";
import { splitManyLabels } from "../src/data/labels/split.ts";
import { TextRows } from "../src/data/labels/texts.ts";
import { inFolder } from "./in_folder.ts";

/** The lists of rows. */
function listsOf({ rows, offsets, labels }: LabelRows): number[][] {
  return Array.from({ length: rows }, (_, i) => [...labels.subarray(offsets[i], offsets[i + 1])]);
}

/** Texts, lists of labels and names of a table. */
async function read(text: string, options?: LabelTableOptions): Promise<unknown[]> {
  const source = bytesSource(new TextEncoder().encode(text), "t.csv");
  const { train, names } = await readLabelTable({ train: source }, options);
  return [[...train.texts], listsOf(train.labels), [...names]];
}

Deno.test("readLabelTable() reads cells in quotation marks, several columns, and separators of labels", async () => {
  const rows = [["a, b", ""], [[1], [0, 1]], ["x", "y z"]];
  assert.deepEqual(await read('text,labels\r\n"a, b",y z\r\n,x; y z|x;\r\n'), rows);
  assert.deepEqual(
    await read('\ufefflabels;text\n"y z";"a, b"\n"x;y z";\n', { fieldSeparator: ";" }),
    rows,
  );
  assert.deepEqual(await read("a, b\ty z\n\tx|y z\n", { header: false }), rows);
  const several = 'id,title,body,first,second\n7,"one\nline",two,p,q\n8,three,,p,\n';
  const columns = { text: ["title", "body"], labels: ["first", "5"] };
  assert.deepEqual(await read(several, columns), [["one\nline two", "three"], [[0, 1], [0]], [
    "p",
    "q",
  ]]);
  assert.deepEqual(await read("text,label\na,x;y\n", { labelSeparator: "" }), [["a"], [[0]], [
    "x;y",
  ]]);
  const quoted = await read('text\tlabel\nsay "a"\t"x"\n', { quotes: false });
  assert.deepEqual(quoted, [['say "a"'], [[0]], ['"x"']]);
});

Deno.test("readLabelTable() says which line is wrong, and which columns there are", async () => {
  const wrong: [string, LabelTableOptions, RegExp][] = [
    ["", {}, /line 1: the file is empty; expected a text and its labels a line/],
    ["text,labels\na,b\nc\n", {}, /line 3: the record has 1 fields; expected 2/],
    ["a,b,c\n1,2,3\n", {}, /2 columns have no labels, .* which of "a", "b" are the text/],
    ["a\n1\n", {}, /there is no column beside those of labels/],
    [
      "a,b\n1,2\n",
      { text: ["z"] },
      /no column "z"; expected one of "a", "b", or a number from 1 to 2/,
    ],
    ["a,a\n1,2\n", { text: ["a"] }, /two columns are called "a"; expected one/],
    ['text,labels\na "b",c\n', {}, /line 2, column 1: a field that does not begin with/],
  ];
  for (const [text, options, message] of wrong) {
    await assert.rejects(() => read(text, options), (error: Error) => {
      assert(error instanceof DataFormatError);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(
    () => read("a,b\n", { fieldSeparator: '"' }),
    /the separator of fields is "\\"";/,
  );
});

Deno.test("readManyLabels() reads a file .csv, a folder of tables, and sets a part of them aside", async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `text ${i >> 1},label ${i % 3}`);
  const files = {
    "own.csv": `text,labels\n${lines.join("\n")}\n`,
    "own.tsv": "labels\ttext\nx\ta\n",
    "train.csv": "text,labels\na,x\n",
    "test.tsv": "text\tlabels\nb\ty;x\n",
  };
  await inFolder(files, async (folder) => {
    const whole = await readManyLabels(`${folder}/own.csv`);
    assert.deepEqual([whole.train.labels.rows, whole.test], [200, undefined]);
    const tabs = await readManyLabels(`${folder}/own.tsv`, { layout: "table" });
    assert.deepEqual([...tabs.labelTexts ?? []], ["x"]);
    const { train, test, labelTexts } = await readManyLabels(folder);
    assert.deepEqual([train.labels.columns, test && listsOf(test.labels)], [2, [[0, 1]]]);
    assert.deepEqual([...labelTexts ?? []], ["x", "y"]);
    const split = await readManyLabels(`${folder}/own.csv`, { testShare: 0.25, seed: 4 });
    const aside = new Set(split.test?.texts);
    assert(split.test !== undefined && aside.size * 2 === split.test.labels.rows);
    assert([...split.train.texts ?? []].every((text) => !aside.has(text)));
    // Four standard deviations of a hundred texts.
    assert(Math.abs(aside.size - 25) < 4 * Math.sqrt(100 * 0.25 * 0.75), `${aside.size}`);
    // The same rows in another order, and others beside them.
    const other = [...lines.toReversed(), "more,label 0"].join("\n");
    await Deno.writeTextFile(`${folder}/other.csv`, `text,labels\n${other}\n`);
    const again = await readManyLabels(`${folder}/other.csv`, { testShare: 0.25, seed: 4 });
    const same = new Set(again.test?.texts);
    same.delete("more");
    assert.deepEqual([...same].sort(), [...aside].sort());
    const seeded = await readManyLabels(`${folder}/own.csv`, { testShare: 0.25, seed: 5 });
    assert.notDeepEqual([...seeded.test?.texts ?? []], [...split.test.texts ?? []]);
  });
});

Deno.test("splitManyLabels() takes rows of features with their filters, and refuses what has no two sides", () => {
  const offsets = Uint32Array.from({ length: 41 }, (_, i) => i);
  const indices = Uint32Array.from({ length: 40 }, (_, i) => i % 4);
  const train: ManyLabelPart = {
    features: {
      rows: 40,
      columns: 4,
      offsets,
      indices,
      values: Float32Array.from(indices, (i) => i + 1),
    },
    labels: {
      rows: 40,
      columns: 40,
      offsets,
      labels: Uint32Array.from({ length: 40 }, (_, i) => i),
    },
    filter: {
      rows: 40,
      columns: 40,
      offsets,
      labels: Uint32Array.from({ length: 40 }, (_, i) => 39 - i),
    },
  };
  const { train: rest, test } = splitManyLabels({ train }, { share: 0.5, seed: 1 });
  assert.equal(rest.labels.rows + test.labels.rows, 40);
  for (const { features, labels, filter } of [rest, test]) {
    assert.deepEqual([...features?.indices ?? []], [...labels.labels].map((label) => label % 4));
    assert.deepEqual([...features?.values ?? []], [...labels.labels].map((label) => label % 4 + 1));
    assert.deepEqual([...filter?.labels ?? []], [...labels.labels].map((label) => 39 - label));
  }
  const texts = TextRows.of(["a", "a"]);
  const labels = { rows: 2, columns: 1, offsets: new Uint32Array(3), labels: new Uint32Array(0) };
  const wrong: [() => unknown, RegExp][] = [
    [
      () => splitManyLabels({ train: { texts, labels } }, { share: 0.5 }),
      /they are all the same; expected at least two that differ/,
    ],
    [
      () => splitManyLabels({ train }, { share: 1 }),
      /Cannot set 1 of 40 rows aside: expected a share in/,
    ],
    [() => splitManyLabels({ train, test: train }, { share: 0.5 }), /there are rows to test with/],
  ];
  for (const [body, message] of wrong) assert.throws(body, message);
});
