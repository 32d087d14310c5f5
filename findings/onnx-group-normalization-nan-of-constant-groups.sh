#!/usr/bin/env bash
# ONNX 1.23.2 (PyPI `onnx`): the documentation of `GroupNormalization`, opset 21, says (x - mean) / sqrt(variance + epsilon). The
# operator is a function, and its body takes the mean of the squares less the square of the mean for the variance, in float32.
# Runtimes without a kernel run this body: onnxruntime 1.32.0 on the CPU (npm `onnxruntime-node` and `-web` 1.30.0 too) and
# onnx's own ReferenceEvaluator. Where the mean is large beside the deviation nothing but rounding is left: a group of equal
# numbers, such as a plain part of a picture, is NaN instead of 0 where the variance comes out below -epsilon, and results of
# 1000 and a deviation of 1 are off by tenths. `InstanceNormalization` of these is right. So a group norm is exported as Reshape to
# [batch, groups, -1], an InstanceNormalization and a Reshape back.
#
# Expected, last lines (N depends on the processor):
#   groups of one number, 0.6 to 255.6: onnxruntime N of 511 NaN, ReferenceEvaluator N, both above 20
#   the same by InstanceNormalization: 0 of 511 NaN
#   1000 and noise of deviation 1: off by N, N, N: the first two above 0.01, the last below 0.001
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile \
  onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cat >"$folder/norm.py" <<'PY'
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

warnings.simplefilter("ignore")


def model(op, channels, **attributes):
    shape = ["batch", channels, 64 // channels]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy")
    ones = numpy_helper.from_array(np.ones(channels, np.float32), "scale")
    zeros = numpy_helper.from_array(np.zeros(channels, np.float32), "bias")
    node = helper.make_node(op, ["x", "scale", "bias"], ["y"], epsilon=1e-5, **attributes)
    made = helper.make_model(
        helper.make_graph([node], "graph", [x], [y], [ones, zeros]),
        opset_imports=[helper.make_opsetid("", 21)],
        ir_version=10,
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def session(made):
    return onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])


group, instance = model("GroupNormalization", 4, num_groups=1), model("InstanceNormalization", 1)
runs = [(session(group), 4), (ReferenceEvaluator(group), 4), (session(instance), 1)]


def normalized(x):
    return [run.run(None, {"x": x.reshape(-1, c, 64 // c)})[0].reshape(-1, 64) for run, c in runs]


grays = np.arange(0.5, 256, 0.5, dtype=np.float32) + np.float32(0.1)
lost = [int(np.isnan(y).any(axis=1).sum()) for y in normalized(np.repeat(grays[:, None], 64, axis=1))]
print(
    f"groups of one number, 0.6 to 255.6: onnxruntime {lost[0]} of {len(grays)} NaN, ReferenceEvaluator {lost[1]}\n"
    f"the same by InstanceNormalization: {lost[2]} of {len(grays)} NaN"
)
x = (1000 + np.random.default_rng(0).normal(size=(100, 64))).astype(np.float32)
exact = x.astype(np.float64)
exact = (exact - exact.mean(axis=1, keepdims=True)) / np.sqrt(exact.var(axis=1, keepdims=True) + 1e-5)
off = [float(np.abs(y - exact).max()) for y in normalized(x)]
print("1000 and noise of deviation 1: off by " + ", ".join(f"{error:.2g}" for error in off))
if min(lost[:2]) <= 20 or lost[2] or min(off[:2]) <= 0.01 or not off[2] < 0.001:
    sys.exit("This has changed.")
PY
"$folder/venv/bin/python" "$folder/norm.py"
