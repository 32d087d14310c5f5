#!/usr/bin/env bash
# npm okapibm25 1.4.1: the README calls BM25 a "bag-of-words" algorithm, and the code says that it counts occurrences of a word.
# It counts parts of words: "art" is in "party", "start" and "chart", so that a text without the word comes before the one that
# has it, and counts in the IDF. `b: 0` and `k1: 0`, which switch off the length of a text (BM15) and the number of times that
# it has a word, are taken for no option: 0.75 and 1.2 are used. There is no error; a test of the repository expects equal scores of
# b 0, which they are not. So words have a mark at both ends, one that `\w` has, in texts and queries, and 0 is given as 1e-9.
#
# Expected, last lines:
#   "modern art of the city", "party start at the chart", "a road by the sea"
#   "art": BM25 0.47 0.74 0.00, marked 0.98 0.00 0.00, formula 0.98 0.00 0.00
#   b of 0: BM25 0.33 0.14, without options 0.33 0.14, 1e-9 0.25 0.18, formula 0.25 0.18
#   k1 of 0: BM25 0.33 0.14, without options 0.33 0.14, 1e-9 0.18 0.18, formula 0.18 0.18
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit okapibm25@1.4.1
cat >words.mjs <<'JS'
import okapi from "okapibm25";

const { default: BM25 } = okapi;

/** BM25 of one word by its formula, of whole words. */
function formula(texts, word, { k1 = 1.2, b = 0.75 } = {}) {
  const words = texts.map((text) => text.split(" "));
  const mean = words.reduce((sum, of) => sum + of.length, 0) / texts.length;
  const having = words.filter((of) => of.includes(word)).length;
  const idf = Math.log((texts.length - having + 0.5) / (having + 0.5) + 1);
  return words.map((of) => {
    const count = of.filter((other) => other === word).length;
    return idf * count * (k1 + 1) / (count + k1 * (1 - b + b * of.length / mean));
  });
}

const show = (scores) => scores.map((score) => score.toFixed(2)).join(" ");
let changed = false;
const report = (name, rows, expected) => {
  console.log(`${name}: ${rows.map(([of, scores]) => `${of} ${show(scores)}`).join(", ")}`);
  changed ||= rows.map(([, scores]) => show(scores)).join() !== expected.join();
};

const texts = ["modern art of the city", "party start at the chart", "a road by the sea"];
const mark = (text) => text.replace(/\w+/g, (word) => `_${word}_`);
console.log(texts.map((text) => `"${text}"`).join(", "));
report(
  '"art"',
  [["BM25", BM25(texts, ["art"])], ["marked", BM25(texts.map(mark), [mark("art")])], ["formula", formula(texts, "art")]],
  ["0.47 0.74 0.00", "0.98 0.00 0.00", "0.98 0.00 0.00"],
);
const cats = ["cat cat dog", `cat ${Array(30).fill("dog").join(" ")}`];
const usual = BM25(cats, ["cat"]);
for (const [name, expected] of [["b", "0.25 0.18"], ["k1", "0.18 0.18"]]) {
  report(
    `${name} of 0`,
    [
      ["BM25", BM25(cats, ["cat"], { [name]: 0 })],
      ["without options", usual],
      ["1e-9", BM25(cats, ["cat"], { [name]: 1e-9 })],
      ["formula", formula(cats, "cat", { [name]: 0 })],
    ],
    ["0.33 0.14", "0.33 0.14", expected, expected],
  );
}
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node words.mjs
