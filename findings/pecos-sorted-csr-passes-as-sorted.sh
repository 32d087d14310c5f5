#!/usr/bin/env bash
# PECOS 1.2.8 (PyPI `libpecos`, which wants NumPy before 2 and SciPy before 1.14): XLinearModel refuses features whose rows are not
# in the order of their columns, and PECOS says of them "You can call sort_indices() to ensure this". What it puts in the order
# of values itself, by `smat_util.sorted_csr` or an ensemble of CsrEnsembler, still has SciPy's mark of sorted columns: the check
# passes, `sort_indices()` does nothing, and labels are wrong, without an error. `astype` keeps the mark. So a matrix is built anew
# of data, indices and indptr, and then sorted.
#
# Expected, last lines:
#   as they were: P@1 1.00
#   sorted_csr: marked as sorted True, after sort_indices() in order False, P@1 N, N below 0.80
#   built anew: refused, after sort_indices() in order True, P@1 1.00
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
pip=(python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile)
"${pip[@]}" scikit-learn==1.9.1 numpy==1.26.4 scipy==1.13.1
"${pip[@]}" --no-deps libpecos==1.2.8
cat >"$folder/order.py" <<'PY'
import sys

import numpy as np
from pecos.utils.smat_util import Metrics, sorted_csr
from pecos.xmc import Indexer, LabelEmbeddingFactory
from pecos.xmc.xlinear.model import XLinearModel
from scipy.sparse import csr_matrix

# 600 rows of 40 labels, one each; a row has most features of its label.
draw = np.random.default_rng(0)
centers = np.abs(draw.normal(size=(40, 60))) * (draw.random((40, 60)) < 0.3)
classes = np.arange(600) % 40
features = csr_matrix(centers[classes] * (draw.random((600, 60)) < 0.8), dtype=np.float32)
labels = csr_matrix((np.ones(600, dtype=np.float32), (np.arange(600), classes)), shape=(600, 40))
clusters = Indexer.gen(LabelEmbeddingFactory.create(labels, features), nr_splits=4, max_leaf_size=4)
model = XLinearModel.train(features, labels, C=clusters)


def precision(rows):
    return Metrics.generate(labels, model.predict(rows, beam_size=10, only_topk=3), topk=1).prec[0]


def in_order(rows):
    return all((np.diff(rows.indices[a:b]) > 0).all() for a, b in zip(rows.indptr, rows.indptr[1:]))


right = precision(features)
print(f"as they were: P@1 {right:.2f}")
rows = sorted_csr(features)
anew = csr_matrix((rows.data, rows.indices, rows.indptr), shape=rows.shape)
assert (rows != features).nnz == 0
marked = bool(rows.has_sorted_indices)
rows.sort_indices()
wrong, kept = precision(rows), in_order(rows)
print(f"sorted_csr: marked as sorted {marked}, after sort_indices() in order {kept}, P@1 {wrong:.2f}")
try:
    model.predict(anew, beam_size=10, only_topk=3)
    refused = False
except ValueError:
    refused = True
anew.sort_indices()
again, sorted_now = precision(anew), in_order(anew)
print(f"built anew: {'refused' if refused else 'taken'}, after sort_indices() in order {sorted_now}, P@1 {again:.2f}")
if not (right == again == 1 and wrong < 0.8 and marked and refused and sorted_now and not kept):
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/order.py"
