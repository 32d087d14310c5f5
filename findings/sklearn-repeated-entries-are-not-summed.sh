#!/usr/bin/env bash
# scikit-learn 1.9.1 with SciPy 1.17.1 (PyPI) on a term-document matrix that is built as the documentation of SciPy's `csr_matrix`
# builds one: an entry of 1 for each word as it comes, so that a word that comes twice has two entries in its row. Entries of one
# place count as their sum, says SciPy, and products and `toarray` take them so. What works on stored values one by one does
# not: a text has a cosine similarity of 1.67 with itself, a variance is below 0, norms and document frequencies are wrong,
# without an error. `has_canonical_format` is False for such a matrix. So `sum_duplicates()` comes before anything else.
#
# Expected, last lines:
#   cosine of the first text with itself: as built 1.67, summed 1.00
#   norm of the first row after normalize: as built 1.29, summed 1.00
#   IDF of a word of two texts out of three: as built 0.44, summed 1.29
#   variance of its counts: as built -2.00, summed 2.67
#   distance of the first and third text: as built 0.00, summed 2.24
#   manhattan distance of the first and third text: as built 3.00, summed 3.00
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat >"$folder/counts.py" <<'PY'
import sys

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances, manhattan_distances
from sklearn.preprocessing import normalize


def matrix():
    """Counts of three texts, an entry for each word as it comes."""
    places, columns, ids = [0], [], {}
    for text in ("red fox red", "old grey fox", "red red red red"):
        columns.extend(ids.setdefault(word, len(ids)) for word in text.split())
        places.append(len(columns))
    return csr_matrix((np.ones(len(columns)), columns, places), shape=(3, len(ids)))


built, summed = matrix(), matrix()
summed.sum_duplicates()
assert (built.toarray() == summed.toarray()).all() and not matrix().has_canonical_format
figures = {
    "cosine of the first text with itself": lambda m: cosine_similarity(m)[0, 0],
    "norm of the first row after normalize": lambda m: np.linalg.norm(normalize(m).toarray()[0]),
    "IDF of a word of two texts out of three": lambda m: TfidfTransformer().fit(m).idf_[0],
    "variance of its counts": lambda m: VarianceThreshold().fit(m).variances_[0],
    "distance of the first and third text": lambda m: euclidean_distances(m)[0, 2],
    "manhattan distance of the first and third text": lambda m: manhattan_distances(m)[0, 2],
}
found = []
for name, figure in figures.items():
    found.append((round(float(figure(matrix())), 2), round(float(figure(summed)), 2)))
    print(f"{name}: as built {found[-1][0]:.2f}, summed {found[-1][1]:.2f}")
if found != [(1.67, 1.0), (1.29, 1.0), (0.44, 1.29), (-2.0, 2.67), (0.0, 2.24), (3.0, 3.0)]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/counts.py"
