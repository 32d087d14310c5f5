#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI), the model BR: `predict` and `predict_proba` multiply probabilities by `labels_weights`, such as inverse
# propensities. The model keeps the weights: every call after is weighted too, whether it names none or gives None, for which
# the documentation says that the option is ignored. So plain predictions that are made after weighted ones are weighted ones.
# Weights of 1 undo it, and a new object on the same folder has none.
#
# Expected, last lines:
#   plain: label 0 first in 50 of 200 rows, largest value 1
#   label 0 weighs 1000: label 0 first in 200 of 200 rows, largest value 993
#   then without weights: label 0 first in 200 of 200 rows, largest value 993
#   then None: label 0 first in 200 of 200 rows, largest value 993
#   then weights of 1: label 0 first in 50 of 200 rows, largest value 1
#   then without weights: label 0 first in 50 of 200 rows, largest value 1
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/weights.py" <<'PY'
import sys

import numpy as np
from napkinxc.models import BR

# 200 rows of four labels, one each, which lie far apart.
classes = np.arange(200) % 4
features = (5 * np.eye(4)[classes] + np.random.default_rng(0).random((200, 4))).astype(np.float32)
model = BR(f"{sys.argv[1]}/model", seed=1, threads=1)
model.fit(features, [[int(label)] for label in classes])
calls = [
    ("plain", {}),
    ("label 0 weighs 1000", {"labels_weights": [1000.0, 1.0, 1.0, 1.0]}),
    ("then without weights", {}),
    ("then None", {"labels_weights": None}),
    ("then weights of 1", {"labels_weights": [1.0] * 4}),
    ("then without weights", {}),
]
found = []
for name, options in calls:
    first = [row[0] for row in model.predict_proba(features, top_k=1, **options)]
    found.append((sum(label == 0 for label, _ in first), round(max(value for _, value in first))))
    print(f"{name}: label 0 first in {found[-1][0]} of 200 rows, largest value {found[-1][1]}")
plain, weighted = (50, 1), (200, 993)
if found != [plain, weighted, weighted, weighted, plain, plain]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/weights.py" "$folder"
