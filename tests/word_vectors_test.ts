/**
 * Vectors of words, out of the package that has them and out of the files that are made of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { entriesOf } from "../src/cli/corpora/vectors.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { readWordVectors } from "../src/data/word_vectors.ts";
import { npy } from "./idx_files.ts";
import { inFolder } from "./in_folder.ts";

Deno.test("entriesOf() finds words and numbers wherever a piece of the file ends", async () => {
  const vectors = {
    the: [1, -0.5],
    '"': [2, 1e-3],
    "],": [0, 3],
    '":[': [4, 4],
    "\u00e9\\": [5, 6],
  };
  const file = JSON.stringify({
    size: 5,
    words: Object.keys(vectors),
    vectors,
    unkVector: [0, 0, -1],
  });
  await inFolder({ "vectors.json": file }, async (folder) => {
    for (const size of [1, 2, 3, 7, 16, 1000]) {
      const entries = (await Array.fromAsync(entriesOf(`${folder}/vectors.json`, size))).flat();
      assert.deepEqual(
        entries,
        Object.entries(vectors).map(([word, row]) => [word, ...row]),
        `${size}`,
      );
    }
  });
});

Deno.test("readWordVectors() gives the rows of some words, of any kind of number, and none of others", async () => {
  const values = [1, 2, 3, 4, 5, 6.5];
  for (const kind of ["f2", "f4", "f8"] as const) {
    const files = {
      "words.txt": "cat\n\u00e9t\u00e9\ndog\n",
      "vectors.npy": npy([3, 2], kind, values),
    };
    await inFolder(files, async (folder) => {
      const { dimensions, values, known } = await readWordVectors(folder, [
        "dog",
        "axolotl",
        "cat",
      ]);
      assert.deepEqual([dimensions, [...values], [...known]], [2, [5, 6.5, 0, 0, 1, 2], [1, 0, 1]]);
    });
  }
  const wrong: [string, Uint8Array, RegExp][] = [
    [
      "a\nb\n",
      npy([3, 2], "f4", values),
      /the shape is \[3,2\]; expected a row for each of 2 words/,
    ],
    ["a\nb\nc\n", npy([3, 2], "f4", values).subarray(0, -1), /the file ends; expected 3 vectors/],
    [
      "a\nb\nc\n",
      npy([3, 2], "f4", [1, 2, Infinity, 0, 0, 0]),
      /number is Infinity; expected a finite/,
    ],
  ];
  for (const [words, bytes, message] of wrong) {
    await inFolder({ "words.txt": words, "vectors.npy": bytes }, async (folder) => {
      await assert.rejects(() => readWordVectors(folder, ["b"]), (error: Error) => {
        assert(error instanceof DataFormatError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
