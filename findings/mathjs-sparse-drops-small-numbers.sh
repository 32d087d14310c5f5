#!/usr/bin/env bash
# npm mathjs 15.2.0: the documentation calls `absTol`, 1e-15, a difference that relational functions use. Sparse matrices use it
# too: `math.sparse`, `set`, `map`, `dotMultiply`, `dotPow` and `dotDivide` store nothing that is within 1e-15 of 0, without a
# warning, where the same calls on dense matrices, and the matrix product of two sparse ones, keep it. So the squares of a sparse
# gradient, such as Adam and Adagrad add up, are 0 where it is below 3e-8, and products of small probabilities are gone. With
# `create(all, { absTol: 0 })` all is kept, and 0.1 + 0.2 still equals 0.3, by `relTol`.
#
# Expected, last lines:
#   given 1e-16 1: dense 1e-16 1, sparse 0 1, sparse with absTol 0 1e-16 1
#   squares of 2e-8 0.5: dense 4e-16 0.25, sparse 0 0.25, sparse with absTol 0 4e-16 0.25
#   matrix product of 2e-8 0.5 with the identity times 1e-8: dense 2e-16 5e-9, sparse 2e-16 5e-9, sparse with absTol 0 2e-16 5e-9
#   0.1 + 0.2 equals 0.3 with absTol 0: true
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit mathjs@15.2.0
cat >small.mjs <<'JS'
import { all, create } from "mathjs";

const usual = create(all);
const exact = create(all, { absTol: 0 });
const show = (matrix) => matrix.toArray()[0].map((x) => Number(x.toPrecision(3))).join(" ");
const kinds = [["dense", usual, "dense"], ["sparse", usual, "sparse"], ["sparse with absTol 0", exact, "sparse"]];
const cases = {
  "given 1e-16 1": [(math, made) => made([[1e-16, 1]]), ["1e-16 1", "0 1", "1e-16 1"]],
  "squares of 2e-8 0.5": [(math, made) => {
    const gradient = made([[2e-8, 0.5]]);
    return math.dotMultiply(gradient, gradient);
  }, ["4e-16 0.25", "0 0.25", "4e-16 0.25"]],
  "matrix product of 2e-8 0.5 with the identity times 1e-8": [
    (math, made) => math.multiply(made([[2e-8, 0.5]]), made([[1e-8, 0], [0, 1e-8]])),
    ["2e-16 5e-9", "2e-16 5e-9", "2e-16 5e-9"],
  ],
};
let changed = !exact.equal(0.1 + 0.2, 0.3);
for (const [name, [compute, expected]] of Object.entries(cases)) {
  const found = kinds.map(([, math, storage]) => show(compute(math, (rows) => math.matrix(rows, storage))));
  console.log(`${name}: ${kinds.map(([kind], i) => `${kind} ${found[i]}`).join(", ")}`);
  changed ||= found.join() !== expected.join();
}
console.log("0.1 + 0.2 equals 0.3 with absTol 0:", exact.equal(0.1 + 0.2, 0.3));
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node small.mjs
