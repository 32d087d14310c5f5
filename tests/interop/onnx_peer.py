"""Runs models of ONNX. `run FOLDER` checks model.onnx, runs it with inputs.json, and prints the outputs by name."""

import json
import sys

import numpy as np
import onnx
import onnxruntime


def run(folder):
    """Shape and numbers of every output."""
    path = f"{folder}/model.onnx"
    onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    given = json.load(open(f"{folder}/inputs.json"))
    taken = session.get_inputs()
    if sorted(given) != sorted(each.name for each in taken):
        raise ValueError(f"{sorted(given)} are given; the model takes {[each.name for each in taken]}")
    inputs = {each.name: np.array(given[each.name]["data"], types[each.type]).reshape(given[each.name]["shape"]) for each in taken}
    outputs = session.run(None, inputs)
    return {
        "inputs": {each.name: each.shape for each in taken},
        "metadata": session.get_modelmeta().custom_metadata_map,
        "outputs": {
            each.name: {"shape": list(array.shape), "data": array.ravel().tolist()}
            for each, array in zip(session.get_outputs(), outputs)
        },
    }


if __name__ == "__main__":
    print(json.dumps({"run": run}[sys.argv[1]](sys.argv[2])))
