#!/usr/bin/env bash
# scikit-learn 1.9.1 (PyPI): `dump_svmlight_file(..., multilabel=True)` writes a row without features and labels, such as a text
# of words that training never saw, as a line with nothing but a blank, and `load_svmlight_file` leaves such lines out: what
# comes back has fewer rows, and those behind the gap are one up, beside texts, predictions or ids that have all. Each of the two
# alone, no labels or no features, keeps its row. So rows are counted after every reading.
#
# Expected, last lines:
#   written: 4 rows, lines '0 0:1' '1 ' ' 1:1' '2 2:1'
#   read: 4 rows, labels [(0,), (1,), (), (2,)]
#   written with an empty row: 5 rows, lines '0 0:1' '1 ' ' ' ' 1:1' '2 2:1'
#   read: 4 rows, labels [(0,), (1,), (), (2,)]
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat >"$folder/rows.py" <<'PY'
import sys

from scipy.sparse import csr_matrix, vstack
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

features = csr_matrix([[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]])
labels = csr_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]])
empty = csr_matrix((1, 3), dtype=features.dtype)
path = f"{sys.argv[1]}/rows.txt"
read = []
for name, x, y in (
    ("written", features, labels),
    ("written with an empty row", *(vstack([m[:2], empty, m[2:]], format="csr") for m in (features, labels))),
):
    dump_svmlight_file(x, y, path, multilabel=True)
    with open(path) as file:
        print(f"{name}: {x.shape[0]} rows, lines " + " ".join(repr(line[:-1]) for line in file))
    rows, lists = load_svmlight_file(path, n_features=3, multilabel=True)
    read.append([tuple(int(label) for label in row) for row in lists])
    assert rows.shape[0] == len(lists)
    print(f"read: {rows.shape[0]} rows, labels {read[-1]}")
if read != [[(0,), (1,), (), (2,)]] * 2:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/rows.py" "$folder"
