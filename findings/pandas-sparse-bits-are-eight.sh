#!/usr/bin/env bash
# pandas 3.1.1 and 2.3.3 (PyPI): `&`, `|` and `^` of two sparse columns of whole numbers, such as sets of tags kept as bits, are
# computed for all bits where the two have their entries in the same rows, or one has no zeros. Else the result is of the type
# uint8: bits from the ninth on are gone, 300 | 256 is 44 and -3 | 2 is 255, without an error. It is so of int64 alone: narrower
# types raise an error. Sums and products of the same columns stay int64, and dense columns are right. A stored 0 has no part in
# it; the type of the result is the only sign. So such columns are made dense before, or their bits are columns of their own.
#
# Expected, last lines:
#   3.1.1, entries in the same rows: 300 & 256 = 256, 300 | 256 = 300, 300 ^ 256 = 44, int64 int64 int64
#   3.1.1, entries in other rows: 300 & 256 = 0, 300 | 256 = 44, 300 ^ 256 = 44, uint8 uint8 uint8
#   3.1.1, a million rows, 16 bits, 1 % each: 19833 of 19905 results of | are others
#   2.3.3, entries in the same rows: 300 & 256 = 256, 300 | 256 = 300, 300 ^ 256 = 44, int64 int64 int64
#   2.3.3, entries in other rows: 300 & 256 = 0, 300 | 256 = 44, 300 ^ 256 = 44, uint8 uint8 uint8
#   2.3.3, a million rows, 16 bits, 1 % each: 19833 of 19905 results of | are others
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cat >"$folder/bits.py" <<'PY'
import operator
import sys

import numpy as np
import pandas as pd

signs = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
found = []
for name, left, right in [
    ("the same", [0, 300, 0, 7], [0, 256, 0, 1]),
    ("other", [0, 300, 0, 7], [0, 256, 5, 0]),
]:
    dense = pd.Series(left), pd.Series(right)
    assert [sign(*dense)[1] for sign in signs.values()] == [256, 300, 44]
    results = [sign(*(column.astype("Sparse[int64]") for column in dense)) for sign in signs.values()]
    assert sum(column.astype("Sparse[int64]") for column in dense).dtype.subtype == np.int64
    found.append([result[1] for result in results] + [result.dtype.subtype.name for result in results])
    shown = ", ".join(f"300 {sign} 256 = {result[1]}" for sign, result in zip(signs, results))
    print(f"{pd.__version__}, entries in {name} rows: {shown}, {' '.join(found[-1][3:])}")

random = np.random.RandomState(0)
columns = []
for _ in range(2):
    bits = np.zeros(1_000_000, np.int64)
    bits[random.permutation(len(bits))[:10_000]] = random.randint(1, 1 << 16, 10_000)
    columns.append(pd.Series(bits))
right = columns[0] | columns[1]
sparse = columns[0].astype("Sparse[int64]") | columns[1].astype("Sparse[int64]")
wrong = int((sparse.to_numpy() != right.to_numpy()).sum())
print(f"{pd.__version__}, a million rows, 16 bits, 1 % each: {wrong} of {(right != 0).sum()} results of | are others")
assert np.array_equal(sparse.to_numpy(), right.to_numpy() & 255)
if found != [[256, 300, 44] + ["int64"] * 3, [0, 44, 44] + ["uint8"] * 3] or wrong < 10_000:
    sys.exit("This has changed.")
PY
for version in 3.1.1 2.3.3; do
  python3 -m venv --without-pip "$folder/$version"
  python3 -m pip --python "$folder/$version" install --quiet --disable-pip-version-check --no-compile \
    "pandas==$version" numpy==2.4.6
  "$folder/$version/bin/python" "$folder/bits.py"
done
