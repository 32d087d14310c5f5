#!/usr/bin/env bash
# onnxruntime, CPU (PyPI; npm `onnxruntime-node` and `-web` 1.30.0 do the same): up to 1.26.0 `ReduceSum`, `ReduceProd` and
# `ReduceMean` of int64 are exact. From 1.27.0 on, and in 1.32.0, they compute in float64: of numbers beyond 2^53, such as
# hashes, identifiers or nanoseconds of a time, the last digits are gone, also where all but one are 0, as in a sum that picks
# one by a mask. There is no warning, and ONNX says nothing of it. `Einsum` ends in a ReduceSum and does so too; `ReduceMax`,
# `CumSum` and `MatMul` are exact in the same session. So whole numbers of this size are picked by `Gather` or `ReduceMax`, and
# added by `MatMul` with ones.
#
# Expected, last lines:
#   1.26.0, 1700000000000000001 and 0: ReduceSum 1700000000000000001, MatMul 1700000000000000001, ReduceMax 1700000000000000001
#   1.26.0, 9007199254740993 and 2: ReduceSum 9007199254740995, MatMul 9007199254740995, ReduceMax 9007199254740993
#   1.32.0, 1700000000000000001 and 0: ReduceSum 1700000000000000000, MatMul 1700000000000000001, ReduceMax 1700000000000000001
#   1.32.0, 9007199254740993 and 2: ReduceSum 9007199254740994, MatMul 9007199254740995, ReduceMax 9007199254740993
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cat >"$folder/sums.py" <<'PY'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROWS = np.array([[1700000000000000001, 0], [9007199254740993, 2]])
EXACT = [int(total) for total in ROWS.sum(axis=1)]


def value(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.INT64, shape)


nodes = [
    helper.make_node("ReduceSum", ["rows", "axes"], ["ReduceSum"], keepdims=0),
    helper.make_node("MatMul", ["rows", "ones"], ["MatMul"]),
    helper.make_node("ReduceMax", ["rows", "axes"], ["ReduceMax"], keepdims=0),
]
outputs = [value(node.output[0], 2) for node in nodes]
constants = [numpy_helper.from_array(np.array([1]), "axes"), numpy_helper.from_array(np.array([1, 1]), "ones")]
graph = helper.make_graph(nodes, "graph", [value("rows", 2, 2)], outputs, constants)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
results = [result.tolist() for result in session.run(None, {"rows": ROWS})]
for i, (first, second) in enumerate(ROWS.tolist()):
    line = ", ".join(f"{node.op_type} {result[i]}" for node, result in zip(nodes, results))
    print(f"{onnxruntime.__version__}, {first} and {second}: {line}")
sums, products, largest = results
rounded = [1700000000000000000, 9007199254740994]
expected = EXACT if onnxruntime.__version__ == "1.26.0" else rounded
if (sums, products, largest) != (expected, EXACT, ROWS.max(axis=1).tolist()):
    sys.exit("This has changed.")
PY
for version in 1.26.0 1.32.0; do
  python3 -m venv --without-pip "$folder/$version"
  python3 -m pip --python "$folder/$version" install --quiet --disable-pip-version-check --no-compile \
    "onnxruntime==$version" onnx==1.23.2 numpy==2.4.6
  "$folder/$version/bin/python" "$folder/sums.py"
done
