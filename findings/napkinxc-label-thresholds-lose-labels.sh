#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI): `predict` takes as `threshold` one number, or a list with one for each label, above which a label is
# predicted. A list of equal numbers should give what the number gives. BR takes one label too many off each row, and it is the
# one with the highest id, not the least probable: rows with one label above its threshold are empty. PLT leaves the list out,
# and returns all labels. Nothing is said of it. So labels are predicted with one low number, and compared with their own
# thresholds by the caller.
#
# Expected, last lines:
#   BR: 0.5 gives [2] [1, 3] [0], 280 labels in 240 rows; a list of 0.5 gives [] [1] [], 40 labels
#   PLT: 0.5 gives [2] [1, 3] [0], 280 labels in 240 rows; a list of 0.5 gives [0, 1, 2, 3, 4] three times, 1200 labels
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/thresholds.py" <<'PY'
import sys
import tempfile

import numpy as np
from napkinxc.models import BR, PLT

# 240 rows with a feature for each label that applies, and a little noise.
labels = [[2], [1, 3], [0], [4], [1], [3]] * 40
features = np.random.default_rng(0).random((240, 5)).astype(np.float32)
for row, applying in zip(features, labels):
    row[applying] += 5
found = []
for Model in (BR, PLT):
    with tempfile.TemporaryDirectory() as folder:
        model = Model(folder, seed=1, threads=1)
        model.fit(features, labels)
        ways = [[sorted(row) for row in model.predict(features, threshold=way)] for way in (0.5, [0.5] * 5)]
    assert ways[0] == labels
    found.append([(rows[:3], sum(map(len, rows))) for rows in ways])
    (number, total), (listed, left) = found[-1]
    three = f"{listed[0]} three times" if listed[0] == listed[1] == listed[2] else " ".join(map(str, listed))
    print(
        f"{Model.__name__}: 0.5 gives {' '.join(map(str, number))}, {total} labels in 240 rows; "
        f"a list of 0.5 gives {three}, {left} labels"
    )
everything = [0, 1, 2, 3, 4]
if [ways[1] for ways in found] != [([[], [1], []], 40), ([everything] * 3, 1200)]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/thresholds.py"
