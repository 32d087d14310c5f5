#!/usr/bin/env bash
# Installs the peers: Python packages from PyPI into .venv, as requirements.txt pins them, and the npm packages of deno.lock.
# `setup.sh --lock` first pins the newest versions anew.
#
# PyPI has PyTorch for Linux only with the libraries for graphics cards: about 6 GB on disk, of which the CPU needs a tenth.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

python="${PYTHON:-python3.11}"
[[ -x .venv/bin/python ]] || "$python" -m venv .venv
.venv/bin/pip install --quiet uv==0.13.8
if [[ "${1:-}" == --lock ]]; then
  .venv/bin/uv pip compile --quiet --generate-hashes --no-header --upgrade \
    --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
    --output-file requirements.txt requirements.in
fi
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.txt
deno install --frozen
