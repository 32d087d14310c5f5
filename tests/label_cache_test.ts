/**
 * What was read of data with many labels, kept in a file; labels as rows to train with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withLabelRows } from "../src/data/labels/label_rows.ts";
import type { ManyLabelSet } from "../src/data/labels/parts.ts";
import { readManyLabels } from "../src/data/labels/set.ts";
import { readSet, writeSet } from "../src/data/labels/set_file.ts";
import { syntheticRows } from "../src/data/labels/synthetic.ts";
import { TextRows } from "../src/data/labels/texts.ts";
import { gzip } from "./idx_files.ts";
import { inFolder } from "./in_folder.ts";

const FILES = {
  "trn_X_Xf.txt": "2 4\n3:1 0:0.5\n\n",
  "trn_X_Y.txt": "2 3\n1:1\n0:1 2:1\n",
  "tst_X_Xf.txt": "1 4\n1:1\n",
  "tst_X_Y.txt": "1 3\n2:1\n",
  "lbl_X_Xf.txt": "3 4\n0:1\n1:2\n2:3\n",
  "Y.txt": "cat\ndog\nem\u00fa\n",
  "filter_labels_train.txt": "1 1\n",
};

function warned(message: string): never {
  throw new Error(message);
}

/** The only file of a folder. */
async function fileIn(folder: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assert.equal(names.length, 1, names.join());
  return `${folder}/${names[0]}`;
}

Deno.test("readManyLabels() keeps what it read, by what is in the files and how they are read", async () => {
  await inFolder(FILES, async (folder) => {
    const cache = `${folder}/kept/here`;
    const whole = await readManyLabels(folder);
    assert.deepEqual(await readManyLabels(folder, { cache, warn: warned }), whole);
    const path = await fileIn(cache);
    const written = await Deno.readFile(path);
    assert.deepEqual(await readManyLabels(folder, { cache, warn: warned }), whole);
    // What is kept is what is given: another set in its place is.
    const key = path.replace(/^.*\/|\.labels$/g, "");
    const { labelTexts: _, ...without } = whole;
    await writeSet(path, key, without);
    assert.deepEqual(await readManyLabels(folder, { cache, warn: warned }), without);
    // Damage at any place is seen, and what was there is there again.
    for (let at = 0; at < written.length; at += 211) {
      await Deno.writeFile(path, written.with(at, written[at] ^ 0x55));
      assert.deepEqual(await readManyLabels(folder, { cache, warn: warned }), whole, `byte ${at}`);
      await Deno.writeFile(path, written.subarray(0, at));
      assert.deepEqual(await readManyLabels(folder, { cache, warn: warned }), whole, `${at} bytes`);
      assert.deepEqual(await Deno.readFile(path), written);
    }
    // Another content, in gzip too, is another file; so is another way of reading.
    await Deno.writeFile(
      `${folder}/tst_X_Y.txt.gz`,
      await gzip(new TextEncoder().encode("1 3\n0:1\n")),
    );
    await Deno.remove(`${folder}/tst_X_Y.txt`);
    const { test } = await readManyLabels(folder, { cache, warn: warned });
    assert.deepEqual([...test?.labels.labels ?? []], [0]);
    await Deno.writeTextFile(`${folder}/a.txt`, "1:2\n");
    assert.equal((await readManyLabels(`${folder}/a.txt`, { cache })).train.features?.columns, 2);
    const first = await readManyLabels(`${folder}/a.txt`, { cache, first: 1 });
    assert.equal(first.train.features?.columns, 1);
    assert.equal((await Array.fromAsync(Deno.readDir(cache))).length, 4);
  });
});

Deno.test("readManyLabels() says once why it cannot keep what it read, and reads it all the same", async () => {
  await inFolder(FILES, async (folder) => {
    const whole = await readManyLabels(folder);
    const said: string[] = [];
    const options = {
      cache: `${folder}/Y.txt/kept`,
      warn: (message: string) => said.push(message),
    };
    assert.deepEqual(await readManyLabels(folder, options), whole);
    assert.equal(said.length, 1);
    assert.match(
      said[0],
      /^Cannot keep what was read of ".*trn_X_Xf.txt": .*; it will be read again the next time$/,
    );
  });
});

Deno.test("readSet() gives what writeSet() wrote, to the bit", async () => {
  await inFolder({}, async (folder) => {
    const { features, labels } = syntheticRows({ rows: 30, labels: 20, features: 10 });
    const texts = TextRows.of(Array.from({ length: 30 }, (_, i) => "\u00e9".repeat(i)));
    const sets: ManyLabelSet[] = [
      { train: { features, labels } },
      {
        train: { texts, labels, filter: labels },
        test: { texts, features, labels },
        labelTexts: TextRows.of([]),
      },
    ];
    for (const set of sets) {
      await writeSet(`${folder}/a`, "key", set);
      assert.deepEqual(await readSet(`${folder}/a`, "key"), set);
      assert.equal(await readSet(`${folder}/a`, "other"), undefined);
    }
    await assert.rejects(() => readSet(`${folder}/b`, "key"), Deno.errors.NotFound);
  });
});

Deno.test("readManyLabels() takes labels as rows to train with, by their features or their texts", async () => {
  await inFolder(FILES, async (folder) => {
    const { train, test, labelFeatures, labelTexts } = await readManyLabels(folder, {
      labelText: true,
    });
    assert.deepEqual([...labelTexts ?? []], ["cat", "dog", "em\u00fa"]);
    assert.deepEqual([labelFeatures?.rows, test?.labels.rows], [3, 1]);
    assert.deepEqual([...train.features?.offsets ?? []], [0, 2, 2, 3, 4, 5]);
    assert.deepEqual([...train.features?.indices ?? []], [0, 3, 0, 1, 2]);
    assert.deepEqual([...train.features?.values ?? []], [0.5, 1, 1, 2, 3]);
    assert.deepEqual([[...train.labels.offsets], [...train.labels.labels]], [[0, 1, 3, 4, 5, 6], [
      1,
      0,
      2,
      0,
      1,
      2,
    ]]);
    assert.deepEqual([train.filter?.rows, [...train.filter?.labels ?? []]], [5, [1]]);
  });
  // Labels that only the part to test with has too; and no row of a label to test with.
  await inFolder({
    "train.csv": "text,labels\na,x\nb,y\nc,x\nd,y\n",
    "test.csv": "text,labels\nb,z\n",
  }, async (folder) => {
    const { train } = await readManyLabels(folder, { labelText: true });
    assert.deepEqual([[...train.texts ?? []], train.labels.rows], [[
      "a",
      "b",
      "c",
      "d",
      "x",
      "y",
      "z",
    ], 7]);
    const split = await readManyLabels(`${folder}/train.csv`, {
      labelText: true,
      testShare: 0.5,
      seed: 1,
    });
    assert.deepEqual([...split.train.texts ?? []].slice(-2), ["x", "y"]);
  });
  await inFolder(
    { "train.txt": "1 2 2\n0 0:1\n", "lbl.json": '{"title": "a"}\n{"title": "b"}\n' },
    async (folder) => {
      assert.deepEqual([...(await readManyLabels(folder)).labelTexts ?? []], ["a", "b"]);
      await assert.rejects(
        () => readManyLabels(folder, { labelText: true }),
        /labels have no features/,
      );
    },
  );
  const labels = { rows: 1, columns: 2, offsets: Uint32Array.of(0, 1), labels: Uint32Array.of(0) };
  const train = { texts: TextRows.of(["a"]), labels };
  assert.throws(() => withLabelRows({ train }), /labels have no texts; expected some/);
  assert.throws(
    () => withLabelRows({ train, labelTexts: TextRows.of(["x"]) }),
    /there are 1 texts of 2 labels/,
  );
});
