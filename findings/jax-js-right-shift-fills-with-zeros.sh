#!/usr/bin/env bash
# npm @jax-js/jax 0.1.25: `rightShift` and `bitwiseRightShift` of int32 bring in zeros from the left, also where a number is
# negative: -8 >> 1 is 2147483644, where NumPy, JAX and JavaScript keep the sign and say -4. To shift four bits up to the sign and
# down again, which is how weights of int4 are unpacked, gives 15 for -1. The type stays int32, and the table of compatibility with
# JAX has both functions as supported. `floorDivide` does keep the sign, and is right but near the end of the range, where it
# overflows: -2147483648 by 7 is positive. The backends `cpu` and `wasm` agree.
#
# Expected, last lines:
#   -8 -1 7 >> 1: int32 2147483644 2147483647 3, NumPy -4 -1 3
#   nibbles 0 7 8 15, up by 28 and down by 28: int32 0 7 8 15, NumPy 0 7 -8 -1
#   -7 -2147483648 by 7: int32 -1 306783377, NumPy -1 -306783379
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit @jax-js/jax@0.1.25
cat >shift.py <<'PY'
import numpy as np

i = lambda *numbers: np.array(numbers, "int32")
for row in (i(-8, -1, 7) >> i(1), (i(0, 7, 8, 15) << i(28)) >> i(28), i(-7, -2147483648) // i(7)):
    print(*row)
PY
venv/bin/python shift.py >numpy.txt
cat >shift.mjs <<'JS'
import { defaultDevice, init, numpy as np } from "@jax-js/jax";
import { readFileSync } from "node:fs";

const i = (...numbers) => np.array(numbers, { dtype: np.int32 });
const numpy = readFileSync("numpy.txt", "utf8").trim().split("\n");
const expected = [["2147483644 2147483647 3", "-4 -1 3"], ["0 7 8 15", "0 7 -8 -1"], ["-1 306783377", "-1 -306783379"]];
const titles = ["-8 -1 7 >> 1", "nibbles 0 7 8 15, up by 28 and down by 28", "-7 -2147483648 by 7"];
let changed = false;
for (const device of ["cpu", "wasm"]) {
  await init(device);
  defaultDevice(device);
  const results = [
    np.rightShift(i(-8, -1, 7), i(1)),
    np.bitwiseRightShift(np.leftShift(i(0, 7, 8, 15), i(28)), i(28)),
    np.floorDivide(i(-7, -2147483648), i(7)),
  ];
  results.forEach((result, row) => {
    const type = result.dtype;
    const found = result.js().join(" ");
    if (device === "wasm") console.log(`${titles[row]}: ${type} ${found}, NumPy ${numpy[row]}`);
    changed ||= type !== "int32" || found !== expected[row][0] || numpy[row] !== expected[row][1];
  });
}
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node shift.mjs
