#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI): `predict` takes `top_k`, the first k labels of a row, and `threshold`, labels with a probability above it.
# With both, the models BR and OVR fill what has fewer than k labels above up with the label 0 at 0.0, as often as it takes; so
# they do where k is beyond the number of labels. `precision_at_k` of the same package counts the label 0 each time that it
# comes: P@3 of rows that have one true label each is 0.50, where 0.33 is the most there can be. PLT and HSM give what is there.
# So `predict_proba` is asked for k labels alone, and the threshold is applied to what it gives.
#
# Expected, last lines:
#   BR: first row, label 0, [0, 0, 0], second row, label 1, [1, 0, 0]; P@3 0.50, of top_k alone 0.33
#   OVR: first row, label 0, [0, 0, 0], second row, label 1, [1, 0, 0]; P@3 0.50, of top_k alone 0.33
#   PLT: first row, label 0, [0], second row, label 1, [1]; P@3 0.33, of top_k alone 0.33
#   HSM: first row, label 0, [0], second row, label 1, [1]; P@3 0.33, of top_k alone 0.33
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/fill.py" <<'PY'
import sys
import tempfile

import numpy as np
from napkinxc.metrics import precision_at_k
from napkinxc.models import BR, HSM, OVR, PLT

# 200 rows of four labels, one each, which lie far apart.
classes = np.arange(200) % 4
features = (5 * np.eye(4)[classes] + np.random.default_rng(0).random((200, 4))).astype(np.float32)
labels = [[int(label)] for label in classes]
found = {}
for Model in (BR, OVR, PLT, HSM):
    with tempfile.TemporaryDirectory() as folder:
        model = Model(folder, seed=1, threads=1)
        model.fit(features, labels)
        alone = model.predict(features, top_k=3)
        both = model.predict(features, top_k=3, threshold=0.5)
    assert all(row[0] == label for row, label in zip(alone, classes))
    at = [float(precision_at_k(labels, rows, k=3)[2]) for rows in (both, alone)]
    found[Model.__name__] = (both[0], both[1], *(round(value, 2) for value in at))
for name, (first, second, both, alone) in found.items():
    print(
        f"{name}: first row, label 0, {first}, second row, label 1, {second}; P@3 {both:.2f}, of top_k alone {alone:.2f}"
    )
filled, short = ([0, 0, 0], [1, 0, 0], 0.5, 0.33), ([0], [1], 0.33, 0.33)
if list(found.values()) != [filled, filled, short, short]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/fill.py"
