#!/usr/bin/env bash
# npm ml-pca 4.1.1: with the method `NIPALS`, `getEigenvalues` gives sums of squares of the scores, not variances: n - 1 times what
# the methods `SVD` and `covarianceMatrix` and scikit-learn 1.9.1 give of the same rows. `getStandardDeviations` is too large by the
# root of that, 12 times for 150 rows. `getExplainedVariance` divides by the sum over the components that were computed, two if not
# said otherwise, so that the ratios always add up to 1: of random numbers in ten columns, two components explain all, where they
# explain a quarter. Loadings and scores are right. The documentation has one description of these functions for all methods.
#
# Expected, last lines:
#   eigenvalues, rows 5: SVD 12.253 1.038, NIPALS 49.012 4.150, scikit-learn 12.253 1.038
#   standard deviations, rows 5: SVD 3.500 1.019, NIPALS 7.001 2.037, scikit-learn 3.500 1.019
#   explained, 200 random rows of 10: SVD 0.137 0.125, NIPALS 0.523 0.477, scikit-learn 0.137 0.125
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit ml-pca@4.1.1
cat >variances.mjs <<'JS'
import { PCA } from "ml-pca";
import { writeFileSync } from "node:fs";

let state = 1;
const draw = () => (state = state * 48271 % 2147483647) / 2147483647;
const random = Array.from({ length: 200 }, () => Array.from({ length: 10 }, draw));
const five = [[1, 2, 0], [2, 1, 1], [3, 5, 0], [4, 3, 1], [7, 8, 1]];
const all = { five, random };
const found = {};
for (const method of ["SVD", "covarianceMatrix", "NIPALS"]) {
  for (const [name, rows] of Object.entries(all)) {
    const pca = new PCA(rows, { method });
    const two = (numbers) => [...numbers].slice(0, 2);
    found[`${method} ${name}`] = {
      eigenvalues: two(pca.getEigenvalues()),
      deviations: two(pca.getStandardDeviations()),
      explained: two(pca.getExplainedVariance()),
    };
  }
}
writeFileSync("found.json", JSON.stringify({ all, found }));
JS
cat >variances.py <<'PY'
import json
import sys

import numpy as np
from sklearn.decomposition import PCA

with open("found.json") as file:
    given = json.load(file)
fixed = lambda numbers: " ".join(f"{x:.3f}" for x in numbers)
lines = [
    ("eigenvalues, rows 5", "five", "eigenvalues", "explained_variance_", lambda x: x),
    ("standard deviations, rows 5", "five", "deviations", "explained_variance_", np.sqrt),
    ("explained, 200 random rows of 10", "random", "explained", "explained_variance_ratio_", lambda x: x),
]
expected = [("12.253 1.038", "49.012 4.150"), ("3.500 1.019", "7.001 2.037"), ("0.137 0.125", "0.523 0.477")]
changed = False
for (title, rows, key, name, turn), (right, nipals) in zip(lines, expected):
    fitted = PCA().fit(np.array(given["all"][rows]))
    found = [fixed(given["found"][f"{method} {rows}"][key]) for method in ("SVD", "covarianceMatrix", "NIPALS")]
    reference = fixed(turn(getattr(fitted, name)[:2]))
    print(f"{title}: SVD {found[0]}, NIPALS {found[2]}, scikit-learn {reference}")
    changed = changed or found != [right, right, nipals] or reference != right
if changed:
    sys.exit("This has changed.")
PY
node variances.mjs
venv/bin/python variances.py
