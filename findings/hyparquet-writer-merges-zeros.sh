#!/usr/bin/env bash
# npm hyparquet-writer 0.17.0: a column of floats whose values repeat is written with a dictionary, in which 0 and -0 are one entry,
# that of the first of them: each -0 becomes 0, or each 0 becomes -0, depending on which comes first in the column, without an
# error. The type FLOAT16 and columns with few repeats keep both, and `encoding: "PLAIN"` does. So numbers do not come back with their
# bits, and the sign of one depends on the others. Parquet has room for both zeros in a dictionary, pyarrow 26.0.1 writes them, and
# hyparquet 1.33.0 reads them.
#
# Expected, last lines:
#   given 0 -0 1 1 -0 0 1 1: FLOAT 0 0 1 1 0 0 1 1, DOUBLE 0 0 1 1 0 0 1 1, FLOAT16 0 -0 1 1 -0 0 1 1
#   given -0 0 1 1 -0 0 1 1: FLOAT -0 -0 1 1 -0 -0 1 1, DOUBLE -0 -0 1 1 -0 -0 1 1, FLOAT16 -0 0 1 1 -0 0 1 1
#   given 0 -0 1 2 3 4 5 6: FLOAT 0 -0 1 2 3 4 5 6, DOUBLE 0 -0 1 2 3 4 5 6, FLOAT16 0 -0 1 2 3 4 5 6
#   given 0 -0 1 1 -0 0 1 1, PLAIN: FLOAT 0 -0 1 1 -0 0 1 1, DOUBLE 0 -0 1 1 -0 0 1 1, FLOAT16 0 -0 1 1 -0 0 1 1
#   pyarrow reads the first as 0 0 1 1 0 0 1 1, and writes 0 -0 1 1 -0 0 1 1 with RLE_DICTIONARY, which hyparquet reads as 0 -0 1 1 -0 0 1 1
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile pyarrow==26.0.1
cd "$folder"
npm install --silent --no-fund --no-audit hyparquet-writer@0.17.0 hyparquet@1.33.0
cat >zeros.mjs <<'JS'
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";

const show = (numbers) => numbers.map((x) => (Object.is(x, -0) ? "-0" : String(x))).join(" ");
const read = async (filename) =>
  show((await parquetReadObjects({ file: await asyncBufferFromFile(filename) })).map((row) => row.x));
if (process.argv[2]) {
  console.log(await read(process.argv[2]));
  process.exit();
}
const repeated = [0, -0, 1, 1, -0, 0, 1, 1];
const cases = [
  [repeated, undefined, [0, 0, 1, 1, 0, 0, 1, 1]],
  [[-0, 0, 1, 1, -0, 0, 1, 1], undefined, [-0, -0, 1, 1, -0, -0, 1, 1]],
  [[0, -0, 1, 2, 3, 4, 5, 6], undefined, [0, -0, 1, 2, 3, 4, 5, 6]],
  [repeated, "PLAIN", repeated],
];
let changed = false;
for (const [data, encoding, expected] of cases) {
  const found = [];
  for (const type of ["FLOAT", "DOUBLE", "FLOAT16"]) {
    const filename = data === repeated && !encoding && type === "FLOAT" ? "first.parquet" : "other.parquet";
    parquetWriteFile({ filename, columnData: [{ name: "x", data, type, encoding }] });
    const numbers = await read(filename);
    found.push(`${type} ${numbers}`);
    changed ||= numbers !== show(type === "FLOAT16" ? data : expected);
  }
  console.log(`given ${show(data)}${encoding ? `, ${encoding}` : ""}: ${found.join(", ")}`);
}
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
cat >zeros.py <<'PY'
import subprocess
import sys

import pyarrow
import pyarrow.parquet

given = "0 -0 1 1 -0 0 1 1"
table = pyarrow.table({"x": pyarrow.array([float(x) for x in given.split()], "float32")})
pyarrow.parquet.write_table(table, "pyarrow.parquet")
encodings = pyarrow.parquet.ParquetFile("pyarrow.parquet").metadata.row_group(0).column(0).encodings
kind = "RLE_DICTIONARY" if "RLE_DICTIONARY" in encodings else " ".join(encodings)
first = " ".join(f"{x:g}" for x in pyarrow.parquet.read_table("first.parquet")["x"].to_pylist())
other = subprocess.run(["node", "zeros.mjs", "pyarrow.parquet"], capture_output=True, check=True, text=True).stdout.strip()
print(f"pyarrow reads the first as {first}, and writes {given} with {kind}, which hyparquet reads as {other}")
if (first, kind, other) != ("0 0 1 1 0 0 1 1", "RLE_DICTIONARY", given):
    sys.exit("This has changed.")
PY
node zeros.mjs
venv/bin/python zeros.py
