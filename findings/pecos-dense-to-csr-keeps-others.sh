#!/usr/bin/env bash
# PECOS 1.2.8 (PyPI `libpecos`, which wants NumPy before 2 and SciPy before 1.14): `smat_util.dense_to_csr(scores, topk=k)` says
# that it keeps the k entries of the largest magnitude of each row. It keeps the last k of a partition at the k-th smallest,
# which are sure to be the largest only where k is half of the columns or more, as in small examples: of 1000 labels nearly every
# row loses its best one, without an error. So whoever hands scores of a network to PECOS cuts them before.
#
# Expected, last lines:
#   10 columns, k 5: 1000 of 1000 rows keep their largest entry
#   1000 columns, k 5: N of 1000 rows keep their largest entry, N below 100
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  --no-deps libpecos==1.2.8 numpy==1.26.4 scipy==1.13.1
cat >"$folder/keep.py" <<'PY'
import sys

import numpy as np
from pecos.utils.smat_util import dense_to_csr

kept = []
for columns in (10, 1000):
    scores = np.random.default_rng(1).random((1000, columns))
    sparse = dense_to_csr(scores, topk=5)
    assert sparse.nnz == 5000
    kept.append(int((sparse.toarray().max(axis=1) == scores.max(axis=1)).sum()))
    print(f"{columns} columns, k 5: {kept[-1]} of 1000 rows keep their largest entry")
if kept[0] != 1000 or kept[1] >= 100:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/keep.py"
