#!/usr/bin/env bash
# npm @thi.ng/sparse 0.3.120: `toCSR` of a COO matrix has no entry in `rows` for a row without entries, so that all rows behind it
# are one up, and the last one is empty; `toCSC` does so with columns. `CSR.fromDense(m, n, values)` is documented to take values
# "row-major", and reads them as n rows of m: unless the matrix is square, they lie elsewhere and some are gone. `add` and `sub` of
# CSR look at entries of the second matrix only: what the first has alone is lost, and a + b is not b + a. There is no error, and
# shapes are right. `setAt`, `mul` and `transpose` are right. So a CSR matrix is filled by `setAt`, a sum too.
#
# Expected, last lines:
#   COO: [1,0,2] [0,0,0] [0,3,0] [4,0,0]
#   its toCSR: [1,0,2] [0,3,0] [4,0,0] [0,0,0], rows 0 2 3 4
#   COO: [1,0,0,2] [3,0,0,4]
#   its toCSC: [1,2,0,0] [3,4,0,0], cols 0 2 4
#   CSR.fromDense of [1,2,3] [4,5,6]: [1,2,0] [3,4,0]
#   [1,0,0] [0,2,0] plus [0,5,0] [0,6,0]: [0,5,0] [0,8,0], the other way round [1,0,0] [0,8,0]
#   the same, minus: [0,-5,0] [0,-4,0]
#   filled by setAt: [1,0,2] [0,0,0] [0,3,0] [4,0,0], rows 0 2 2 3 4
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @thi.ng/sparse@0.3.120
cat >rows.mjs <<'JS'
import { COO, CSR } from "@thi.ng/sparse";

const read = (matrix) =>
  Array.from(
    { length: matrix.m },
    (_, i) => JSON.stringify(Array.from({ length: matrix.n }, (_, j) => matrix.at(i, j))),
  ).join(" ");
const fill = (rows) => {
  const matrix = CSR.empty(rows.length, rows[0].length);
  rows.forEach((row, i) => row.forEach((value, j) => matrix.setAt(i, j, value)));
  return matrix;
};
let changed = false;
const show = (text, expected) => {
  console.log(text);
  changed ||= text !== expected;
};

const rows = [[1, 0, 2], [0, 0, 0], [0, 3, 0], [4, 0, 0]];
const tall = COO.fromDense(4, 3, rows.flat());
const csr = tall.toCSR();
show(`COO: ${read(tall)}`, "COO: [1,0,2] [0,0,0] [0,3,0] [4,0,0]");
show(
  `its toCSR: ${read(csr)}, rows ${csr.rows.join(" ")}`,
  "its toCSR: [1,0,2] [0,3,0] [4,0,0] [0,0,0], rows 0 2 3 4",
);
const wide = COO.fromDense(2, 4, [1, 0, 0, 2, 3, 0, 0, 4]);
const csc = wide.toCSC();
show(`COO: ${read(wide)}`, "COO: [1,0,0,2] [3,0,0,4]");
show(`its toCSC: ${read(csc)}, cols ${csc.cols.join(" ")}`, "its toCSC: [1,2,0,0] [3,4,0,0], cols 0 2 4");
const dense = read(CSR.fromDense(2, 3, [1, 2, 3, 4, 5, 6]));
show(`CSR.fromDense of [1,2,3] [4,5,6]: ${dense}`, "CSR.fromDense of [1,2,3] [4,5,6]: [1,2,0] [3,4,0]");
const [a, b] = [fill([[1, 0, 0], [0, 2, 0]]), fill([[0, 5, 0], [0, 6, 0]])];
show(
  `${read(a)} plus ${read(b)}: ${read(a.add(b))}, the other way round ${read(b.add(a))}`,
  "[1,0,0] [0,2,0] plus [0,5,0] [0,6,0]: [0,5,0] [0,8,0], the other way round [1,0,0] [0,8,0]",
);
show(`the same, minus: ${read(a.sub(b))}`, "the same, minus: [0,-5,0] [0,-4,0]");
const filled = fill(rows);
show(
  `filled by setAt: ${read(filled)}, rows ${filled.rows.join(" ")}`,
  "filled by setAt: [1,0,2] [0,0,0] [0,3,0] [4,0,0], rows 0 2 2 3 4",
);
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node rows.mjs
