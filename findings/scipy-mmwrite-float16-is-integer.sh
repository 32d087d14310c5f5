#!/usr/bin/env bash
# SciPy 1.17.1 (PyPI): `scipy.io.mmwrite` takes any dense array, and the file's type comes from the array's, if `field` does not
# name one. An array of float16, as small models store their weights, is written as whole numbers: the header says `integer`, and
# all that is between -1 and 1 is 0, without an error. Of longdouble (x86-64), dense or sparse, six places behind the point are
# written: 2e-7 is 0. So it is since 1.12, which has another writer (fast_matrix_market 1.7.6 on PyPI does the same). Version
# 1.11.4 writes both as they are, as 1.17.1 does with `field="real"`, or after `astype` to float64. So one of these is used.
#
# Expected, last lines:
#   1.11.4, float16: real, 0.5 -0.25 0.001 1.75 2e-07
#   1.11.4, longdouble: real, 0.5 -0.25 0.001 1.75 2e-07
#   1.17.1, float16: integer, 0 0 0 1 0
#   1.17.1, float16, field="real": real, 0.5 -0.25 0.001 1.75 2e-07
#   1.17.1, float32: real, 0.5 -0.25 0.001 1.75 2e-07
#   1.17.1, longdouble: real, 0.5 -0.25 0.001 1.75 0
#   1.17.1, longdouble, CSR: real, 0.5 -0.25 0.001 1.75 0
#   1.17.1, longdouble, field="real": real, 0.5 -0.25 0.001 1.75 2e-07
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cat >"$folder/write.py" <<'PY'
import sys
from io import BytesIO

import numpy as np
import scipy
from scipy.io import mmread, mmwrite
from scipy.sparse import csr_matrix, issparse


def told(matrix, **arguments):
    """The type in the header, and what is read from the file."""
    file = BytesIO()
    mmwrite(file, matrix, **arguments)
    kind = file.getvalue().split(maxsplit=4)[3].decode()
    file.seek(0)
    read = mmread(file)
    numbers = (read.toarray() if issparse(read) else read).ravel()
    return f"{kind}, " + " ".join(f"{number:.1g}" if abs(number) < 0.1 else f"{number:g}" for number in numbers)


weights = np.array([[0.5, -0.25, 1e-3, 1.75, 2e-7]])
half, long = weights.astype(np.float16), weights.astype(np.longdouble)
right = "real, 0.5 -0.25 0.001 1.75 2e-07"
cases = {"float16": (half, {}, "integer, 0 0 0 1 0"), "longdouble": (long, {}, "real, 0.5 -0.25 0.001 1.75 0")}
if scipy.__version__ == "1.11.4":
    cases = {name: (matrix, arguments, right) for name, (matrix, arguments, _) in cases.items()}
else:
    cases = {
        "float16": cases["float16"],
        'float16, field="real"': (half, {"field": "real"}, right),
        "float32": (half.astype(np.float32), {}, right),
        "longdouble": cases["longdouble"],
        "longdouble, CSR": (csr_matrix(long), {}, cases["longdouble"][2]),
        'longdouble, field="real"': (long, {"field": "real"}, right),
    }
changed = False
for name, (matrix, arguments, expected) in cases.items():
    found = told(matrix, **arguments)
    print(f"{scipy.__version__}, {name}: {found}")
    changed |= found != expected
if changed:
    sys.exit("This has changed.")
PY
for versions in "scipy==1.11.4 numpy==1.26.4" "scipy==1.17.1 numpy==2.4.6"; do
  rm -rf "$folder/venv"
  python3 -m venv --without-pip "$folder/venv"
  read -ra packages <<<"$versions"
  python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile "${packages[@]}"
  "$folder/venv/bin/python" "$folder/write.py"
done
