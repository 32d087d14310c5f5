#!/usr/bin/env bash
# onnxruntime 1.32.0 (PyPI; npm `onnxruntime-node` and `-web` 1.30.0 too), CPU: `Sigmoid` of float32 is a fraction of polynomials
# with a half added, so that it moves in steps of some 3e-8. That is nothing beside 0.5, and much where labels are many and
# each is rare: probabilities are off by 2 % about a score of -12 and by 100 % at -16, fall where scores rise, and
# are 0 from -18 on, where float32 has room to -87. So labels that are ranked by these probabilities are in another order than by
# their scores. In float64, or as Exp(-Softplus(-x)) in float32, the order is kept. A model of many labels is exported without its
# sigmoid, which is taken outside.
#
# Expected, last lines (N depends on the processor):
#   1401 scores from -25 to -11, rising
#   Sigmoid, float32: N fall, N above 50, N distinct, N below 500, N are not above 0, N above 500
#   Sigmoid, float64: 0 fall, 1401 distinct, 0 are not above 0
#   Exp(-Softplus(-x)), float32: 0 fall, 1401 distinct, 0 are not above 0
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >"$folder/order.py" <<'PY'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper

PROBABILITY = [("Sigmoid", "x", "y")]
LOGARITHM = [("Neg", "x", "a"), ("Softplus", "a", "b"), ("Neg", "b", "c"), ("Exp", "c", "y")]


def probabilities(steps, scores):
    kind = helper.np_dtype_to_tensor_dtype(scores.dtype)
    x, y = (helper.make_tensor_value_info(name, kind, [None]) for name in "xy")
    graph = helper.make_graph([helper.make_node(op, [i], [o]) for op, i, o in steps], "graph", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": scores})[0]


scores = np.linspace(-25, -11, 1401).astype(np.float32)
print(f"{len(scores)} scores from -25 to -11, rising")
found = []
for name, steps, given in (
    ("Sigmoid, float32", PROBABILITY, scores),
    ("Sigmoid, float64", PROBABILITY, scores.astype(np.float64)),
    ("Exp(-Softplus(-x)), float32", LOGARITHM, scores),
):
    y = probabilities(steps, given)
    found.append([int((np.diff(y) < 0).sum()), len(np.unique(y)), int((y <= 0).sum())])
    print(f"{name}: {found[-1][0]} fall, {found[-1][1]} distinct, {found[-1][2]} are not above 0")
(fall, distinct, zero), *others = found
if not (fall > 50 and distinct < 500 and zero > 500 and others == [[0, len(scores), 0]] * 2):
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/order.py"
