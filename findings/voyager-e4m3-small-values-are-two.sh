#!/usr/bin/env bash
# voyager 2.2.3 (PyPI): StorageDataType.E4M3 stores vectors in floats of 8 bits, those of the paper that its documentation names.
# The numbers that this format has from 1/128 up to 1/64 are not there: they, and all that lies between, become 7/1024 or 1/64,
# not the nearer of the two, so that greater values come out below smaller ones. ml_dtypes 0.6.0 (`float8_e4m3fn`), of the same
# paper, rounds to the nearest. Of vectors of length 1 with 768 values, as texts are encoded, a quarter of all values are other
# ones: the error is twice that of the format, at 1536 values nearly three times, and what lies nearest changes more often,
# without a warning. Space.Cosine brings all vectors to length 1. So they are brought to length 16 before, for Space.InnerProduct.
#
# Expected, last lines:
#   254 numbers of E4M3: 8 come back as others, 1/128 5/512 6/512 7/512 as 0.00684 0.00684 0.01562 0.01562, and their negatives
#   0.0078 0.0079 0.0107 0.0108: voyager 0.01562 0.00684 0.01562 0.00684, ml_dtypes 0.00781 0.00781 0.00977 0.01172
#   768 values: error 0.053, ml_dtypes 0.028, of length 16 0.027; of the 10 nearest 0.94 stay, ml_dtypes 0.97, of length 16 0.97
#   1536 values: error 0.081, ml_dtypes 0.030, of length 16 0.026; of the 10 nearest 0.92 stay, ml_dtypes 0.97, of length 16 0.97
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  voyager==2.2.3 ml_dtypes==0.6.0 numpy==2.4.6
cat >"$folder/small.py" <<'PY'
import sys

import numpy as np
from ml_dtypes import float8_e4m3fn
from voyager import Index, Space, StorageDataType


def stored(rows, space=Space.Euclidean):
    """What an index has of these vectors."""
    index = Index(space, num_dimensions=rows.shape[1], storage_data_type=StorageDataType.E4M3)
    index.add_items(rows, num_threads=1)
    return np.array(index.get_vectors(range(len(rows))))


def rounded(rows):
    return rows.astype(float8_e4m3fn).astype(np.float32)


def show(numbers):
    return " ".join(f"{number:.5f}" for number in numbers)


numbers = np.arange(256, dtype=np.uint8).view(float8_e4m3fn).astype(np.float32)
numbers = np.sort(numbers[np.isfinite(numbers)])
back = stored(numbers[None])[0]
others = back != numbers
above = others & (numbers > 0)
assert (numbers[above] * 512 == [4, 5, 6, 7]).all()
print(
    f"{len(numbers)} numbers of E4M3: {others.sum()} come back as others, "
    f"1/128 5/512 6/512 7/512 as {show(back[above])}, and their negatives"
)
rising = np.array([[0.0078, 0.0079, 0.0107, 0.0108]], dtype=np.float32)
up, right = stored(rising)[0], rounded(rising)[0]
print(f"0.0078 0.0079 0.0107 0.0108: voyager {show(up)}, ml_dtypes {show(right)}")
changed = others.sum() != 8 or above.sum() != 4 or not (up[0] == up[2] == 1 / 64 and up[1] == up[3] == 7 / 1024)

draw = np.random.default_rng(0)
for size in (768, 1536):
    rows = draw.normal(size=(500, size)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    queries = rows + 0.5 / size**0.5 * draw.normal(size=rows.shape).astype(np.float32)
    nearest = np.argsort(-queries @ rows.T, axis=1)[:, :10]
    ways = (stored(rows, Space.Cosine), rounded(rows), stored(16 * rows, Space.InnerProduct) / 16)
    errors, stay = [], []
    for way in ways:
        errors.append(np.linalg.norm(way - rows, axis=1).mean())
        found = np.argsort(-queries @ (way / np.linalg.norm(way, axis=1, keepdims=True)).T, axis=1)[:, :10]
        stay.append(np.mean([len({*a} & {*b}) / 10 for a, b in zip(nearest, found)]))
    print(
        f"{size} values: error {errors[0]:.3f}, ml_dtypes {errors[1]:.3f}, of length 16 {errors[2]:.3f}; "
        f"of the 10 nearest {stay[0]:.2f} stay, ml_dtypes {stay[1]:.2f}, of length 16 {stay[2]:.2f}"
    )
    changed |= errors[0] < 1.8 * errors[1] or errors[2] > errors[1] or stay[0] > min(stay[1:]) - 0.01
if changed:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/small.py"
