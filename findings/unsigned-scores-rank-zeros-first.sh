#!/usr/bin/env bash
# scikit-learn 1.9.1 and napkinxc 0.7.2 (PyPI) on scores that are whole numbers without a sign, such as votes of neighbours or
# scores packed into bytes: some measures rank by the negative of a score, which for these types is 0 for a 0 and 256 (65536)
# less the score for all others. So the labels without a vote come first, and the others behind them in their order, without an
# error. The same scores with a sign, or as floats, get 1.00; `coverage_error` and `label_ranking_loss` of scikit-learn, and
# napkinxc on a CSR matrix, are right for all types. So scores are converted, `scores.astype(float)`, before they are measured.
#
# Expected, last lines:
#   scikit-learn, label_ranking_average_precision_score: float64 1.00, int64 1.00, uint8 0.25, uint16 0.25
#   scikit-learn, ndcg_score: float64 1.00, int64 1.00, uint8 0.43, uint16 0.43
#   scikit-learn, label_ranking_loss: float64 0.00, int64 0.00, uint8 0.00, uint16 0.00
#   napkinxc, P@1: float64 1.00, int64 1.00, uint8 0.00, uint16 0.00
#   napkinxc, P@1 of a CSR matrix: float64 1.00, int64 1.00, uint8 1.00, uint16 1.00
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 scikit-learn==1.9.1 numpy==1.26.4 scipy==1.13.1
cat >"$folder/votes.py" <<'PY'
import sys

import numpy as np
from napkinxc.metrics import precision_at_k
from scipy.sparse import csr_matrix
from sklearn.metrics import label_ranking_average_precision_score, label_ranking_loss, ndcg_score

# Votes of ten neighbours for five labels; the label with most of them is the true one in both rows.
votes = np.array([[7, 0, 3, 0, 0], [0, 2, 0, 8, 0]])
true = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 1, 0]])
measures = {
    "scikit-learn, label_ranking_average_precision_score": label_ranking_average_precision_score,
    "scikit-learn, ndcg_score": ndcg_score,
    "scikit-learn, label_ranking_loss": label_ranking_loss,
    "napkinxc, P@1": lambda y, scores: precision_at_k(y, scores, k=1)[0],
    "napkinxc, P@1 of a CSR matrix": lambda y, scores: precision_at_k(y, csr_matrix(scores), k=1)[0],
}
kinds = ("float64", "int64", "uint8", "uint16")
found = []
for name, measure in measures.items():
    found.append([round(float(measure(true, votes.astype(kind))), 2) for kind in kinds])
    print(f"{name}: " + ", ".join(f"{kind} {value:.2f}" for kind, value in zip(kinds, found[-1])))
if found != [[1, 1, 0.25, 0.25], [1, 1, 0.43, 0.43], [0] * 4, [1, 1, 0, 0], [1] * 4]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/votes.py"
