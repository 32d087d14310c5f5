#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI): a model of a seed and one thread has the same weights in every process that trains it first. A second
# one of the same seed and data in that process has others, and ranks some rows otherwise: the seed does not reach the random
# numbers of the solver, LIBLINEAR, which go on where the last training left them. The solver `adagrad` gives the same weights
# each time. So whoever compares settings in a loop trains each in a process of its own.
#
# Expected, last lines:
#   liblinear, first of two processes: same weights
#   liblinear, first and second of a process: other weights
#   adagrad, first and second of a process: same weights
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/train.py" <<'PY'
import hashlib
import os
import sys
import tempfile

import numpy as np
from napkinxc.models import BR

draw = np.random.default_rng(0)
centers = draw.normal(size=(12, 30))
classes = draw.integers(0, 12, 300)
features = (centers[classes] + draw.normal(size=(300, 30))).astype(np.float32)
labels = [[int(label)] for label in classes]
for _ in range(2):
    with tempfile.TemporaryDirectory() as model:
        BR(model, optimizer=sys.argv[1], seed=1, threads=1).fit(features, labels)
        with open(os.path.join(model, "weights.bin"), "rb") as file:
            print(hashlib.sha256(file.read()).hexdigest())
PY
for name in liblinear liblinear-again adagrad; do
  "$folder/venv/bin/python" "$folder/train.py" "${name%-again}" >"$folder/$name" 2>/dev/null
done
# same FILE LINE FILE LINE: whether two trainings gave the same weights.
same() {
  [ "$(sed -n "$2p" "$folder/$1")" = "$(sed -n "$4p" "$folder/$3")" ] && echo "same weights" || echo "other weights"
}
processes="$(same liblinear 1 liblinear-again 1)"
solver="$(same liblinear 1 liblinear 2)"
adagrad="$(same adagrad 1 adagrad 2)"
echo "liblinear, first of two processes: $processes"
echo "liblinear, first and second of a process: $solver"
echo "adagrad, first and second of a process: $adagrad"
[ "$processes" = "same weights" ] && [ "$solver" = "other weights" ] && [ "$adagrad" = "same weights" ] ||
  { echo "This has changed."; exit 1; }
