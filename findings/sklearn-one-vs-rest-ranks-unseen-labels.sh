#!/usr/bin/env bash
# scikit-learn 1.9.1 (PyPI): a label of `OneVsRestClassifier` that no row to train with has gets the constant 0 from
# `decision_function`, where labels that do not apply have scores below 0, and the constant 0 from `predict_proba`, where all
# others are above it. So one model ranks it last by its probabilities and among the first by its scores, and loses P@1 by it,
# while all other labels have one order by both. There is a warning in training ("Label not 19 is present in all training
# examples."), and none in ranking. Solvers without probabilities, such as LinearSVC, have the scores alone. So unseen labels are
# masked.
#
# Expected, last lines:
#   probabilities: unseen label first in 0 of 500 rows, last in 500, P@1 N
#   scores: unseen label first in N of 500 rows, N above 50, last in 0, P@1 lower by 0.05 and more
#   the other labels: same order in all rows
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat >"$folder/unseen.py" <<'PY'
import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

warnings.simplefilter("ignore")
draw = np.random.default_rng(0)
centers = draw.normal(size=(19, 40))


def rows():
    """500 rows of labels 0 to 18 of 20."""
    labels = draw.integers(0, 19, 500)
    return centers[labels] + 2 * draw.normal(size=(500, 40)), np.eye(20, dtype=int)[labels]


model = OneVsRestClassifier(LogisticRegression()).fit(*rows())
features, labels = rows()
found = {}
orders = []
for name, scores in (("probabilities", model.predict_proba(features)), ("scores", model.decision_function(features))):
    place = (scores > scores[:, [19]]).sum(axis=1)
    precision = labels[np.arange(500), scores.argmax(axis=1)].mean()
    found[name] = (int((place == 0).sum()), int((place == 19).sum()), precision)
    orders.append(scores[:, :19].argsort(axis=1, kind="stable"))
    print(f"{name}: unseen label first in {found[name][0]} of 500 rows, last in {found[name][1]}, P@1 {precision:.3f}")
same = bool((orders[0] == orders[1]).all())
print(f"the other labels: {'same order in all rows' if same else 'another order'}")
probabilities, scores = found["probabilities"], found["scores"]
if not (same and probabilities[:2] == (0, 500) and scores[0] > 50 and scores[1] == 0 and scores[2] < probabilities[2] - 0.05):
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/unseen.py"
