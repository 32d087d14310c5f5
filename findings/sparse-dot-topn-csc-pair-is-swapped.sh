#!/usr/bin/env bash
# sparse_dot_topn 1.2.0 (PyPI): `sp_matmul` and `sp_matmul_topn` take CSR, CSC and COO, and say that CSC is converted to CSR. Two
# CSC matrices with a square product, such as similarities of rows with themselves, are transposed instead, without being
# swapped: what comes back is A.T @ B.T, the transpose of B @ A, without an error. Of 5 x 3 and 3 x 5 it is 3 x 3; of two square
# matrices the shape is right, and the numbers are not. All other pairs of formats, and products that are not square, are right.
# So whoever calls it converts with `tocsr()` before.
#
# Expected, last lines:
#   5 x 3 and 3 x 4: CSR and CSR (5, 4), CSR and CSC (5, 4), CSC and CSR (5, 4), CSC and CSC (5, 4)
#   5 x 3 and 3 x 5: CSR and CSR (5, 5), CSR and CSC (5, 5), CSC and CSR (5, 5), CSC and CSC (3, 3)
#   square: CSR and CSR A @ B, CSR and CSC A @ B, CSC and CSR A @ B, CSC and CSC (B @ A).T
#   square, best of each row: CSR and CSR columns [2, 1, 1], CSC and CSC columns [1, 2, 1]
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  sparse_dot_topn==1.2.0 numpy==2.4.6 scipy==1.17.1
cat >"$folder/pairs.py" <<'PY'
import sys

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix
from sparse_dot_topn import sp_matmul, sp_matmul_topn

formats = {"CSR": csr_matrix, "CSC": csc_matrix}
pairs = [(a, b) for a in formats for b in formats]
tall = np.arange(15.0).reshape(5, 3)
shapes = []
for columns in (4, 5):
    shapes.append([sp_matmul(formats[a](tall), formats[b](tall[:columns].T)).shape for a, b in pairs])
    found = ", ".join(f"{a} and {b} {shape}" for (a, b), shape in zip(pairs, shapes[-1]))
    print(f"5 x 3 and 3 x {columns}: {found}")

left = np.array([[1.0, 2, 0], [0, 3, 4], [5, 0, 6]])
right = np.array([[0.0, 7, 1], [2, 0, 8], [3, 9, 0]])
products = {"A @ B": left @ right, "(B @ A).T": (right @ left).T}
squares = []
for a, b in pairs:
    product = sp_matmul(formats[a](left), formats[b](right)).toarray()
    squares.append(next((name for name, value in products.items() if np.array_equal(product, value)), "neither"))
print("square: " + ", ".join(f"{a} and {b} {name}" for (a, b), name in zip(pairs, squares)))

best = []
for matrix in formats.values():
    top = sp_matmul_topn(matrix(left), matrix(right), top_n=1, sort=True)
    assert top.nnz == 3
    best.append(top.indices.tolist())
print("square, best of each row: " + ", ".join(f"{name} and {name} columns {at}" for name, at in zip(formats, best)))
if (
    shapes != [[(5, 4)] * 4, [(5, 5)] * 3 + [(3, 3)]]
    or squares != ["A @ B"] * 3 + ["(B @ A).T"]
    or best != [value.argmax(axis=1).tolist() for value in products.values()]
):
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/pairs.py"
