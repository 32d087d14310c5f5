"""SparseLab: training steps of a perceptron whose layers are `sparselab.SparseLinear`."""

import numpy as np
import sparselab
import torch
from torch.nn import functional as F

from serve import Arrays, Prepared, serve


def sparse_linear(weight: np.ndarray) -> sparselab.SparseLinear:
    """The layer with the given connections and biases of 0."""
    outputs, inputs = weight.shape
    layer = sparselab.SparseLinear(inputs, outputs)
    layer._csr = sparselab.layout.from_dense(torch.from_numpy(weight))
    layer._values = torch.nn.Parameter(torch.from_numpy(np.asarray(layer._csr.values)))
    torch.nn.init.zeros_(layer.bias)
    return layer


def prepare(request: dict, arrays: Arrays) -> Prepared:
    if request["open"] != "step":
        raise ValueError(f"Cannot open {request['open']}: this peer only trains")
    torch.set_num_threads(request["threads"])
    layers = int(request["params"]["layers"])
    x, labels = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["labels"]).long()
    modules: list[torch.nn.Module] = []
    for i in range(layers):
        modules += [sparse_linear(arrays[f"weight{i}"]), torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=request["params"]["learningRate"])

    def run() -> float:
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return Prepared(run, None, ["sparselab", "torch"])


serve(prepare)
