#!/usr/bin/env bash
# napkinxc 0.7.2, PECOS 1.2.8 (`libpecos`) and scikit-learn 1.9.1 (PyPI) on true labels as a CSR matrix of SciPy, out of which a
# pair was taken by `labels[row, column] = 0`, as filters of label features do it: SciPy keeps the entry and stores a 0 in it.
# All three count what is stored as a label that applies, and the figure rises; for the same matrix, dense or after
# `eliminate_zeros()`, it does not. napkinxc's documentation says "non-zero values for true labels". So zeros are eliminated
# before anything is counted.
#
# Expected, last lines:
#   napkinxc, P@1: stored 1.00, eliminated 0.50, dense 0.50
#   PECOS, P@1: stored 1.00, eliminated 0.50
#   scikit-learn, label ranking average precision: stored 1.00, eliminated 0.75, dense 0.75
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
pip=(python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile)
"${pip[@]}" napkinxc==0.7.2 scikit-learn==1.9.1 numpy==1.26.4 scipy==1.13.1
"${pip[@]}" --no-deps libpecos==1.2.8
cat >"$folder/count.py" <<'PY'
import sys

import numpy as np
from napkinxc.metrics import precision_at_k
from pecos.utils.smat_util import Metrics
from scipy.sparse import csr_matrix
from sklearn.metrics import label_ranking_average_precision_score

stored = csr_matrix(np.array([[1.0, 1, 0, 0], [0, 1, 1, 0]]))
stored[0, 0] = 0
eliminated = stored.copy()
eliminated.eliminate_zeros()
scores = np.array([[0.9, 0.8, 0.1, 0.2], [0.1, 0.9, 0.8, 0.2]])
sparse = csr_matrix(scores)
found = {
    "napkinxc, P@1": {
        "stored": precision_at_k(stored, sparse, k=1)[0],
        "eliminated": precision_at_k(eliminated, sparse, k=1)[0],
        "dense": precision_at_k(stored.toarray(), sparse, k=1)[0],
    },
    "PECOS, P@1": {
        "stored": Metrics.generate(stored, sparse, topk=1).prec[0],
        "eliminated": Metrics.generate(eliminated, sparse, topk=1).prec[0],
    },
    "scikit-learn, label ranking average precision": {
        "stored": label_ranking_average_precision_score(stored, scores),
        "eliminated": label_ranking_average_precision_score(eliminated, scores),
        "dense": label_ranking_average_precision_score(stored.toarray(), scores),
    },
}
for name, figures in found.items():
    print(f"{name}: " + ", ".join(f"{way} {value:.2f}" for way, value in figures.items()))
if [list(figures.values()) for figures in found.values()] != [[1, 0.5, 0.5], [1, 0.5], [1, 0.75, 0.75]]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/count.py"
