#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI): a model has `unload()` and `load()`, to give its memory back and take it again, and PLT and HSM come
# back as they were; so they do by themselves, when they are asked to predict. BR and OVR give up their weights and stay marked
# as loaded: neither `load()` nor a prediction reads them again, and every row from there on has the label 0 at 0.0, k times,
# without an error. So a new object is made on the folder in place of loading.
#
# Expected, last lines:
#   BR: fitted [0, 1, 2, 3], unloaded and loaded [0, 0, 0, 0], a new object [0, 1, 2, 3]
#   OVR: fitted [0, 1, 2, 3], unloaded and loaded [0, 0, 0, 0], a new object [0, 1, 2, 3]
#   PLT: fitted [0, 1, 2, 3], unloaded and loaded [0, 1, 2, 3], a new object [0, 1, 2, 3]
#   HSM: fitted [0, 1, 2, 3], unloaded and loaded [0, 1, 2, 3], a new object [0, 1, 2, 3]
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/loads.py" <<'PY'
import sys

import numpy as np
from napkinxc.models import BR, HSM, OVR, PLT

# 200 rows of four labels, one each, which lie far apart.
classes = np.arange(200) % 4
features = (5 * np.eye(4)[classes] + np.random.default_rng(0).random((200, 4))).astype(np.float32)
found = []
for Model in (BR, OVR, PLT, HSM):
    path = f"{sys.argv[1]}/{Model.__name__}"
    model = Model(path, seed=1, threads=1)
    model.fit(features, [[int(label)] for label in classes])
    ways = {"fitted": model.predict_proba(features[:4], top_k=1)}
    model.unload()
    model.load()
    ways["unloaded and loaded"] = model.predict_proba(features[:4], top_k=1)
    ways["a new object"] = Model(path, threads=1).predict_proba(features[:4], top_k=1)
    found.append([[row[0][0] for row in rows] for rows in ways.values()])
    print(f"{Model.__name__}: " + ", ".join(f"{name} {first}" for name, first in zip(ways, found[-1])))
right, zeros = [0, 1, 2, 3], [0, 0, 0, 0]
if found != [[right, zeros, right]] * 2 + [[right] * 3] * 2:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/loads.py" "$folder"
