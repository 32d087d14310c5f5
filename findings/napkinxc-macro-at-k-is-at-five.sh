#!/usr/bin/env bash
# napkinxc 0.7.2 (PyPI): `macro_precision_at_k`, `macro_recall_at_k` and `macro_f1_measure_at_k` take a k and pass it over: they
# give five values for any k, so that what stands last, and is taken for the figure at k, is the one at 5. `precision_at_k` of
# the same rows gives k values. So only k of at most 5 can be had, by their places from the front.
#
# Expected, last lines:
#   k 1: precision 1, macro precision 5, macro recall 5, macro F1 5 values
#   k 10: precision 10, macro precision 5, macro recall 5, macro F1 5 values
#   macro recall, k 1: first value 0.5, last value 0.9
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  napkinxc==0.7.2 numpy==1.26.4 scipy==1.13.1
cat >"$folder/macro.py" <<'PY'
import sys

from napkinxc.metrics import macro_f1_measure_at_k, macro_precision_at_k, macro_recall_at_k, precision_at_k

# A row for each of ten labels: five of them are ranked first by their rows, four second, and the last one nowhere.
true = [[label] for label in range(10)]
ranked = []
for label in range(10):
    row = [other for other in range(9) if other != label]
    if label < 9:
        row.insert(label % 2, label)
    ranked.append(row)
figures = {
    "precision": precision_at_k,
    "macro precision": macro_precision_at_k,
    "macro recall": macro_recall_at_k,
    "macro F1": macro_f1_measure_at_k,
}
lengths = []
for k in (1, 10):
    lengths.append([len(figure(true, ranked, k=k)) for figure in figures.values()])
    print(f"k {k}: " + ", ".join(f"{name} {length}" for name, length in zip(figures, lengths[-1])) + " values")
recall = macro_recall_at_k(true, ranked, k=1)
print(f"macro recall, k 1: first value {recall[0]:.1f}, last value {recall[-1]:.1f}")
if lengths != [[1, 5, 5, 5], [10, 5, 5, 5]] or abs(recall[0] - 0.5) > 1e-9 or abs(recall[-1] - 0.9) > 1e-9:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/macro.py"
