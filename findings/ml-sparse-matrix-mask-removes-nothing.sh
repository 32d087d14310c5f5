#!/usr/bin/env bash
# npm ml-sparse-matrix 3.1.0: `a.mul(b)` of two matrices multiplies them entry by entry, as `mul` of ml-matrix does, by the same
# authors, but goes through the entries of b only. What a has alone stays, where 0 times it is 0. So weights that are multiplied
# by a mask of zeros and ones are as they were: nothing is pruned, and there is no error. The other way round the mask's ones
# stay where there is no weight. `and` keeps entries likewise; `add`, `sub` and `mmul` are right. So a mask is applied by
# `forEachNonZero`, which removes what becomes 0.
#
# Expected, last lines:
#   weights: [0.5,-2,3] [0,1,4], mask: [1,0,0] [1,0,1]
#   ml-matrix, weights.mul(mask): [0.5,0,0] [0,0,4]
#   weights.mul(mask): [0.5,-2,3] [0,1,4], 5 entries
#   mask.mul(weights): [0.5,0,0] [1,0,4], 3 entries
#   weights.forEachNonZero: [0.5,0,0] [0,0,4], 2 entries
#   random, 100 x 100, a tenth of each: ml-matrix 111 entries, mul 1051, forEachNonZero 111
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit ml-sparse-matrix@3.1.0 ml-matrix@6.15.1
cat >mask.mjs <<'JS'
import { Matrix } from "ml-matrix";
import { SparseMatrix } from "ml-sparse-matrix";

const sparse = (rows) => new SparseMatrix(rows);
const each = (weights, mask) => {
  const other = sparse(mask);
  return sparse(weights).forEachNonZero((row, column, value) => value * other.get(row, column));
};
const show = (rows) => rows.map((row) => JSON.stringify(row.map((x) => x + 0))).join(" ");
let changed = false;
const report = (name, matrix, rows, entries) => {
  console.log(`${name}: ${show(matrix.to2DArray())}, ${matrix.cardinality} entries`);
  changed ||= show(matrix.to2DArray()) !== rows || matrix.cardinality !== entries;
};

const weights = [[0.5, -2, 3], [0, 1, 4]];
const mask = [[1, 0, 0], [1, 0, 1]];
const right = show(new Matrix(weights).mul(new Matrix(mask)).to2DArray());
console.log(`weights: ${show(weights)}, mask: ${show(mask)}`);
console.log(`ml-matrix, weights.mul(mask): ${right}`);
changed ||= right !== "[0.5,0,0] [0,0,4]";
report("weights.mul(mask)", sparse(weights).mul(sparse(mask)), show(weights), 5);
report("mask.mul(weights)", sparse(mask).mul(sparse(weights)), "[0.5,0,0] [1,0,4]", 3);
report("weights.forEachNonZero", each(weights, mask), right, 2);

let state = 1;
const draw = () => (state = state * 48271 % 2147483647) / 2147483647;
const random = () => Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => draw() < 0.1 ? draw() : 0));
const [a, b] = [random(), random().map((row) => row.map(Math.ceil))];
const both = new Matrix(a).mul(new Matrix(b)).to2DArray().flat().filter((x) => x !== 0).length;
const kept = sparse(a).mul(sparse(b)).cardinality;
const removed = each(a, b).cardinality;
console.log(`random, 100 x 100, a tenth of each: ml-matrix ${both} entries, mul ${kept}, forEachNonZero ${removed}`);
if (changed || [both, kept, removed].join() !== "111,1051,111") {
  console.error("This has changed.");
  process.exit(1);
}
JS
node mask.mjs
