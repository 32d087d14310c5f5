/**
 * Files of data with many labels, and what was kept of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DataFormatError } from "../../src/data/errors.ts";
import { bytesSource, type DataSource } from "../../src/data/files.ts";
import { readFilter } from "../../src/data/labels/filter.ts";
import { readJsonExamples, readJsonTexts } from "../../src/data/labels/json_lines.ts";
import { readLabelTable } from "../../src/data/labels/label_table.ts";
import { readLabelledLines, readNamedLabels, readTextLines } from "../../src/data/labels/named.ts";
import type { ManyLabelPart, ManyLabelSet } from "../../src/data/labels/parts.ts";
import { readPecosFeatures, readPecosLabels } from "../../src/data/labels/pecos.ts";
import type { FeatureRows, LabelRows } from "../../src/data/labels/rows.ts";
import { readManyLabels } from "../../src/data/labels/set.ts";
import { readSet, writeSet } from "../../src/data/labels/set_file.ts";
import {
  readFeatureText,
  readLabelText,
  readSparseText,
} from "../../src/data/labels/sparse_text.ts";
import { TextRows } from "../../src/data/labels/texts.ts";
import { gzip } from "../idx_files.ts";
import { matrix, zip } from "../zip_files.ts";
import { folderOf, withFile } from "./pictures.ts";
import type { Target } from "./target.ts";

/** A file, and what reads it. */
interface Case {
  readonly text: string | Uint8Array<ArrayBuffer>;
  readonly read: (source: DataSource, even: boolean) => Promise<void>;
}

const CASES: readonly Case[] = [
  {
    text: "3 5 20\n3,17 0:0.5 4:1.25e-3\n 2:1 3\n\n",
    read: async (source) => checkPart(await readSparseText(source)),
  },
  {
    text: "1,2 1:2 4:5\n7 3\n2:1\n",
    read: async (source, even) => checkPart(await readSparseText(source, even ? { first: 1 } : {})),
  },
  {
    text: "2 5\n0:0.5 4:1.25\n1\n",
    read: async (source) => checkFeatures(await readFeatureText(source)),
  },
  {
    text: "2 20\n3:1 17:0 4\n\n",
    read: async (source) => checkLabels(await readLabelText(source)),
  },
  {
    text: "1 4\n0 2\n\n1 0\n",
    read: async (source) => checkLabels(await readFilter(source, { rows: 2, columns: 5 })),
  },
  {
    text:
      '{"uid": "a", "title": "A cat", "content": "sleeps", "target_ind": [3, 0], "target_rel": [1.0, 0]}\n' +
      '{"title": "\\u00e9", "target_ind": []}\n',
    read: async (source, even) => {
      if (even) checkPart(await readJsonExamples(source));
      else checkTexts(await readJsonTexts(source));
    },
  },
  {
    text: "x\tpear fig\tone two\n\tfig\tthr\u00e9\u00e9\n",
    read: async (source, even) => {
      if (even) {
        const { train, names } = await readLabelledLines({ train: source, test: source });
        checkPart(train);
        checkTexts(names);
      } else checkTexts(await readTextLines(source));
    },
  },
  {
    text: "pear fig\n\nfig apple fig\n",
    read: async (source) => checkLabels((await readNamedLabels({ train: source })).train),
  },
  {
    text: 'id,text,labels\n1,"A cat, ""asleep""",pet;cat\n2,A dog,pet|\n',
    read: async (source, even) => {
      const { train } = await readLabelTable({ train: source }, even ? {} : { quotes: false });
      checkPart(train);
    },
  },
  {
    text: new Uint8Array(zip(matrix([1, 2, 3, 4, 5]), true, true)),
    read: async (source, even) => {
      if (even) checkFeatures(await readPecosFeatures(source));
      else checkLabels(await readPecosLabels(source));
    },
  },
];

/** Files of every layout, plain and in gzip. */
export async function labelTarget(): Promise<Target> {
  const encoder = new TextEncoder();
  const plain = CASES.map(({ text }) => typeof text === "string" ? encoder.encode(text) : text);
  const packed = await Promise.all(plain.map(gzip));
  return {
    name: "labels",
    files: [...plain, ...packed],
    // A range error is that of a row without end.
    errors: [DataFormatError, RangeError],
    async read(bytes, file, even) {
      await CASES[file % CASES.length].read(bytesSource(bytes, "some.txt"), even);
    },
  };
}

/** A folder of the two-file layout, with all that may be in it. */
export async function labelFolderTarget(): Promise<Target> {
  const files = Object.entries({
    "trn_X_Xf.txt": "4 4\n3:1 0:0.5\n\n1:1\n2:1\n",
    "trn_X_Y.txt": "4 3\n1:1\n0:1 2:1\n2\n1\n",
    "tst_X_Xf.txt": "1 4\n1:1\n",
    "tst_X_Y.txt": "1 3\n2:1\n",
    "lbl_X_Xf.txt": "3 4\n0:1\n1:2\n2:3\n",
    "Y.txt": "cat\ndog\nem\u00fa\n",
    "filter_labels_train.txt": "1 1\n",
  }).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
  const folder = await folderOf(files);
  return {
    name: "label-folder",
    files: files.map(([, bytes]) => bytes),
    errors: [DataFormatError, RangeError],
    async read(bytes, file, even) {
      const [name, whole] = files[file];
      await withFile(`${folder}/${name}`, bytes, whole, async () => {
        const { train, test } = await readManyLabels(folder, { labelText: even });
        checkPart(train);
        if (test !== undefined) checkPart(test);
      });
    },
  };
}

/** What was kept of a set: it is whole, or nothing. */
export async function labelCacheTarget(): Promise<Target> {
  const path = `${await Deno.makeTempDir()}/kept`;
  const offsets = Uint32Array.of(0, 2, 3);
  const labels = { rows: 2, columns: 9, offsets, labels: Uint32Array.of(1, 8, 0) };
  const features = {
    ...{ rows: 2, columns: 4, offsets, indices: Uint32Array.of(0, 3, 1) },
    values: Float32Array.of(1, 0.5, -2),
  };
  const texts = TextRows.of(["a", "\u00e9"]);
  const set: ManyLabelSet = { train: { texts, features, labels }, labelTexts: texts };
  await writeSet(path, "key", set);
  const whole = await Deno.readFile(path);
  return {
    name: "label-cache",
    files: [whole],
    errors: [],
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      const kept = await readSet(path, "key");
      if (kept !== undefined) assert.deepEqual(kept, set);
    },
  };
}

function checkPart({ features, labels, texts, filter }: ManyLabelPart): void {
  checkLabels(labels);
  if (features !== undefined) {
    checkFeatures(features);
    assert.equal(features.rows, labels.rows);
  }
  if (texts !== undefined) {
    checkTexts(texts);
    assert.equal(texts.rows, labels.rows);
  }
  if (filter !== undefined) checkLabels(filter);
}

function checkTexts(texts: TextRows): void {
  for (const text of texts) assert(!text.includes("\ufffd") || texts.bytes.length >= 3);
  assert.equal(texts.offsets[texts.rows], texts.bytes.length);
}

function checkFeatures({ indices, values, ...rows }: FeatureRows): void {
  assert.equal(values.length, indices.length);
  assert(values.every(Number.isFinite));
  checkLists(rows, indices);
}

function checkLabels({ labels, ...rows }: LabelRows): void {
  checkLists(rows, labels);
}

/** Numbers of a list are below the number of columns, ascending and different. */
function checkLists(
  { rows, columns, offsets }: Pick<LabelRows, "rows" | "columns" | "offsets">,
  numbers: Uint32Array,
): void {
  assert.deepEqual([offsets.length, offsets[0], offsets[rows]], [rows + 1, 0, numbers.length]);
  for (let row = 0; row < rows; row++) {
    assert(offsets[row] <= offsets[row + 1]);
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      assert(numbers[i] < columns && (i === offsets[row] || numbers[i - 1] < numbers[i]));
    }
  }
}
