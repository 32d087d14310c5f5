#!/usr/bin/env bash
# PyTorch 2.15.0 (PyPI `torch`): the documentation of `torch.sparse.to_sparse_semi_structured` lists float32 among the types that
# it takes, and speaks of 2:4 alone. Of float32 the packing for CUTLASS keeps one of every two values (1:2): of a matrix that is
# 2:4, as that of float16 has to be, up to half of the values are gone, without an error or a warning. In float16 and bfloat16
# all are kept; of a matrix with three values in four the third is dropped as silently. So whoever hands 2:4 weights over
# converts them to float16 or bfloat16 first, and compares. The packing is a function of its own that runs on the CPU; the whole
# call wants CUDA.
#
# FILIGREE_PYTHON may name a Python that has torch; otherwise it is fetched (some GB).
#
# Expected, last lines:
#   torch.float16: 1024 of 1024 values kept
#   torch.bfloat16: 1024 of 1024 values kept
#   torch.float32: 512 of 1024 values kept
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python="${FILIGREE_PYTHON:-}"
if [ -z "$python" ]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 numpy
  python="$folder/venv/bin/python"
fi
cat >"$folder/pack.py" <<'PY'
import sys

import torch
from torch.sparse._semi_structured_conversions import (
    sparse_semi_structured_from_dense_cutlass as pack,
    sparse_semi_structured_to_dense_cutlass as unpack,
)

row = torch.tensor([1.0, 2.0, 0.0, 0.0]).repeat(32, 16)
kept = []
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    dense = row.to(dtype)
    kept.append(int((unpack(*pack(dense)) != 0).sum()))
    print(f"{dtype}: {kept[-1]} of {int((dense != 0).sum())} values kept")
if kept != [1024, 1024, 512]:
    sys.exit("This has changed.")
PY
"$python" "$folder/pack.py"
