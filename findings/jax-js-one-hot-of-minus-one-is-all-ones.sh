#!/usr/bin/env bash
# npm @jax-js/jax 0.1.25: `nn.oneHot` of a label below 0 is a row of ones, and of a label beyond the classes it can be the row of
# another class: of 4 classes, 5 is the row of 0, and 4 is a row of zeros. JAX encodes all labels out of range as zeros and documents
# it, and -1 is what marks rows to leave out; their cross-entropy is the sum over all classes here, where it should be 0. `argmax`
# and `argmin` of numbers with a NaN give such an index themselves: it is the number of entries, one beyond the last, where NumPy
# and JAX give the place of the NaN. All of it without an error, on the backends `cpu` and `wasm`.
#
# Expected, last lines:
#   labels 0 -1 5 3 4 of 4 classes: 1000 1111 1000 0001 0000
#   cross-entropy of even guesses: 1.386 5.545 1.386 1.386 0, with rows of zeros for labels out of range 1.386 0 0 1.386 0
#   argmax and argmin of 1 NaN 3: 3 3, NumPy 1 1
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit @jax-js/jax@0.1.25
venv/bin/python -c 'import numpy as np; x = np.array([1, np.nan, 3]); print(np.argmax(x), np.argmin(x))' >numpy.txt
cat >labels.mjs <<'JS'
import { defaultDevice, init, nn, numpy as np } from "@jax-js/jax";
import { readFileSync } from "node:fs";

const labels = [0, -1, 5, 3, 4];
const show = (numbers) => [...numbers].map((x) => Number(x.toFixed(3)) + 0).join(" ");
const right = labels.map((label) => Array.from({ length: 4 }, (_, i) => Number(i === label)));
const reference = readFileSync("numpy.txt", "utf8").trim();
let changed = false;
for (const device of ["cpu", "wasm"]) {
  await init(device);
  defaultDevice(device);
  const rows = nn.oneHot(np.array(labels, { dtype: np.int32 }), 4).js();
  const [losses, without] = [rows, right].map((them) =>
    show(nn.logSoftmax(np.zeros([labels.length, 4])).mul(np.array(them)).sum(1).mul(-1).js())
  );
  const found = rows.map((row) => row.join("")).join(" ");
  const best = [np.argmax(np.array([1, NaN, 3])).js(), np.argmin(np.array([1, NaN, 3])).js()].join(" ");
  if (device === "wasm") {
    console.log(`labels ${labels.join(" ")} of 4 classes: ${found}`);
    console.log(`cross-entropy of even guesses: ${losses}, with rows of zeros for labels out of range ${without}`);
    console.log(`argmax and argmin of 1 NaN 3: ${best}, NumPy ${reference}`);
  }
  changed ||= found !== "1000 1111 1000 0001 0000" || losses !== "1.386 5.545 1.386 1.386 0" ||
    without !== "1.386 0 0 1.386 0" || best !== "3 3" || reference !== "1 1";
}
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node labels.mjs
