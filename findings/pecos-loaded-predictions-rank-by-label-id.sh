#!/usr/bin/env bash
# PECOS 1.2.8 (PyPI `libpecos`, which wants NumPy before 2 and SciPy before 1.14): predictions are "sorted CSR", rows in the order
# of scores, and its tools save them so. `smat_util.load_matrix`, which its tools read with, puts rows in the order of columns, as
# a note there says. `CsrEnsembler.rank_average` and `round_robin` take the order of a row for its ranking, and do not look at
# scores: of what was saved and loaded they rank labels by their ids, without an error. Two models that agree in all rows have
# another first label in most. `average` looks at scores. So `sorted_csr` comes behind every loading, or SciPy's `load_npz` is used.
#
# Expected, last lines:
#   rank_average: P@1 1.00, of predictions saved and loaded N, N below 0.30, sorted again 1.00
#   round_robin: P@1 1.00, of predictions saved and loaded N, N below 0.30, sorted again 1.00
#   average: P@1 1.00, of predictions saved and loaded 1.00, sorted again 1.00
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  --no-deps libpecos==1.2.8 numpy==1.26.4 scipy==1.13.1
cat >"$folder/ranks.py" <<'PY'
import sys

import numpy as np
from pecos.utils.smat_util import CsrEnsembler, Metrics, load_matrix, save_matrix, sorted_csr
from scipy.sparse import csr_matrix

# Two predictions of 200 rows with ten of 100 labels each, whose first one is true.
draw = np.random.default_rng(0)
columns = np.concatenate([draw.choice(100, 10, replace=False) for _ in range(200)])
scores = np.tile(np.linspace(1, 0.1, 10), 200)
places = np.arange(0, 2001, 10)
true = csr_matrix((np.ones(200), columns[::10], np.arange(201)), shape=(200, 100))
predictions, loaded = [], []
for model in range(2):
    predictions.append(sorted_csr(csr_matrix((scores / (1 + model), columns, places), shape=(200, 100))))
    path = f"{sys.argv[1]}/{model}.npz"
    save_matrix(path, predictions[-1])
    loaded.append(load_matrix(path))
    assert (loaded[-1] != predictions[-1]).nnz == 0
found = {}
for way in ("rank_average", "round_robin", "average"):
    ensemble = getattr(CsrEnsembler, way)
    given = (predictions, loaded, [sorted_csr(rows) for rows in loaded])
    found[way] = [Metrics.generate(true, ensemble(*rows), topk=1).prec[0] for rows in given]
    print("{}: P@1 {:.2f}, of predictions saved and loaded {:.2f}, sorted again {:.2f}".format(way, *found[way]))
right = all(before == again == 1 for before, _, again in found.values())
if not (right and found["average"][1] == 1 and found["rank_average"][1] < 0.3 and found["round_robin"][1] < 0.3):
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/ranks.py" "$folder"
