#!/usr/bin/env bash
# ranx 0.3.21 with numba 0.68.1 (PyPI): `compare(..., stat_test="fisher")` and `fisher_randomization_test`, the test that the paper
# it names prefers, count how many random exchanges of two systems' scores give a difference as large as the one seen. What the
# difference is seen to be is summed by threads, in parts, and what exchanges give is summed in one go: with two threads or more,
# the last bit differs, and exchanges that give the very same difference are not counted. Two systems that differ in one query of 50
# have p 1, whatever the difference, and p 0 with a fifth of such pairs: significant at any level. Where five queries differ, the
# smallest p there is is 1/16. SciPy's `permutation_test` allows for rounding. One thread (NUMBA_NUM_THREADS=1) gives right
# values; `stat_test="student"` is no randomization test, and not touched. p depends on the number of processors, for all seeds.
#
# Expected, last lines (those of more threads are not the same on all processors):
#   1 thread, 1 of 50 queries differs: exact p 1.0000, p at most 0.01 in 0 of 100 pairs of systems
#   1 thread, 5 of 50 queries differ: exact p 0.0625, p at most 0.01 in 0 of 100 pairs of systems
#   2 threads, 1 of 50 queries differs: exact p 1.0000, p at most 0.01 in 21 of 100 pairs of systems
#   2 threads, 5 of 50 queries differ: exact p 0.0625, p at most 0.01 in 42 of 100 pairs of systems
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile --prefer-binary \
  ranx==0.3.21 numba==0.68.1 numpy==1.26.4 scipy==1.17.1
cat >"$folder/fisher.py" <<'PY'
import sys

import numba
import numpy as np
from ranx.statistical_tests import fisher_randomization_test
from scipy.stats import permutation_test

threads = numba.config.NUMBA_NUM_THREADS
random = np.random.RandomState(0)
found = []
for differ in (1, 5):
    exact, given = [], []
    for pair in range(100):
        # Reciprocal ranks of one system, and of another one that is worse or better in some queries.
        first = 1 / random.randint(1, 11, 50)
        second = first.copy()
        at = random.permutation(50)[:differ]
        second[at] = np.where(first[at] == 1, 0.5, 1.0) if differ == 1 else first[at] / 2
        # All exchanges of those that differ; the others change nothing.
        difference = (first - second)[at]
        sums = [difference @ [1 - 2 * (way >> i & 1) for i in range(differ)] for way in range(2**differ)]
        exact.append(np.mean(np.abs(sums) >= abs(difference.sum()) - 1e-9))
        given.append(fisher_randomization_test(first, second)[0])
        if pair == 0:
            scipy = permutation_test(
                (first, second),
                lambda x, y: abs(x.mean() - y.mean()),
                permutation_type="samples",
                alternative="greater",
                n_resamples=999,
            )
            assert abs(scipy.pvalue - exact[0]) < 0.03
    assert min(exact) == max(exact)
    found.append(sum(p <= 0.01 for p in given))
    print(
        f"{threads} thread{'s'[:threads - 1]}, {differ} of 50 queries differ{'s'[differ - 1:]}: "
        f"exact p {exact[0]:.4f}, p at most 0.01 in {found[-1]} of 100 pairs of systems"
    )
if found != [0, 0] if threads == 1 else min(found) < 5:
    sys.exit("This has changed.")
PY
for threads in 1 2; do
  NUMBA_NUM_THREADS="$threads" "$folder/venv/bin/python" "$folder/fisher.py"
done
