#!/usr/bin/env bash
# npm npyjs 1.2.0: `dump` of a plain array takes the smallest type that has room for the largest number, though not for the digits:
# numbers that are not all whole become float32 unless one is beyond 3.4e38, so that 0.1 and 16777217.5 are others in the file, and
# whole numbers become uint8 up to 255, with which NumPy computes modulo 256: 200 + 100 of what was read is 44. The same whole numbers
# with one that is negative are int16. So files of one program differ in their types by their content. The README says that the type
# is inferred; NumPy has float64 and int64 for all of these. A Float64Array is kept as it is, and so is a type that is given.
#
# Expected, last lines:
#   0.1 16777217.5: float32 0.10000000149011612 16777218.0, sum of them 16777218.0, NumPy 16777217.6
#   0.1 16777217.5 in a Float64Array: float64 0.1 16777217.5, sum of them 16777217.6, NumPy 16777217.6
#   200 100: uint8 200 100, sum of them 44, NumPy 300
#   200 -100: int16 200 -100, sum of them 100, NumPy 100
#   200 100 as i4: int32 200 100, sum of them 300, NumPy 300
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit npyjs@1.2.0
cat >write.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { dump } from "npyjs";

const cases = {
  "0.1 16777217.5": [[0.1, 16777217.5]],
  "0.1 16777217.5 in a Float64Array": [new Float64Array([0.1, 16777217.5])],
  "200 100": [[200, 100]],
  "200 -100": [[200, -100]],
  "200 100 as i4": [[200, 100], [2], { dtype: "i4" }],
};
for (const [name, given] of Object.entries(cases)) writeFileSync(`${name}.npy`, Buffer.from(dump(...given)));
JS
cat >read.py <<'PY'
import sys

import numpy as np

expected = {
    "0.1 16777217.5": "float32 0.10000000149011612 16777218.0, sum of them 16777218.0",
    "0.1 16777217.5 in a Float64Array": "float64 0.1 16777217.5, sum of them 16777217.6",
    "200 100": "uint8 200 100, sum of them 44",
    "200 -100": "int16 200 -100, sum of them 100",
    "200 100 as i4": "int32 200 100, sum of them 300",
}
changed = False
for name, line in expected.items():
    read = np.load(f"{name}.npy")
    own = np.array([float(x) if "." in x else int(x) for x in name.split()[:2]])
    found = f"{read.dtype} {' '.join(str(x) for x in read.tolist())}, sum of them {(read[0] + read[1]).item()}"
    print(f"{name}: {found}, NumPy {(own[0] + own[1]).item()}")
    changed = changed or found != line
if changed:
    sys.exit("This has changed.")
PY
node write.mjs
venv/bin/python -W ignore read.py
