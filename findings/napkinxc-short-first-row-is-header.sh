#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI): `load_libsvm_file`, `fit_on_file` and `predict_for_file` take files with the header of the Extreme
# Classification Repository and files without. A first line of two or three words is a header, whatever is in them: a first row
# with one or two features is gone, and its first label, read as a number of rows, says how many of the others are read (0: all).
# Nothing is said of it. So a file for napkinxc has a header, always.
#
# Expected, last lines:
#   first row with two features: 2 of 7 rows, labels [[0], [1]]
#   first row with three features: 7 of 7 rows
#   two features behind a header: 7 of 7 rows
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/rows.py" <<'PY'
import sys

from napkinxc.datasets import load_libsvm_file

others = "".join(f"{row} 0:1 1:1 2:1 3:1\n" for row in range(6))
texts = {
    "first row with two features": "2,4 0:1 3:1\n" + others,
    "first row with three features": "2,4 0:1 3:1 5:1\n" + others,
    "two features behind a header": "7 6 6\n2,4 0:1 3:1\n" + others,
}
read = []
for name, text in texts.items():
    path = f"{sys.argv[1]}/rows.txt"
    with open(path, "w") as file:
        file.write(text)
    features, labels = load_libsvm_file(path)
    assert features.shape[0] == len(labels)
    read.append(len(labels))
    print(f"{name}: {len(labels)} of 7 rows" + (f", labels {labels}" if len(labels) < 7 else ""))
if read != [2, 7, 7]:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/rows.py" "$folder"
