"""PyTorch: bytes of training a perceptron under masks with AdamW, by its allocator."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from serve import Prepared
from torch_bytes import bytes_of


def prepare_memory(request: dict, tensors: dict[str, Tensor]) -> Prepared:
    """The bytes of a step are a result of two numbers: what is held between steps, and the most at any time."""
    if request["variant"] != "masked":
        raise ValueError(f"Cannot train {request['variant']}: expected masked")
    layers = range(int(request["params"]["layers"]))
    x, labels = tensors["x"], tensors["labels"].long()
    masks = [tensors[f"mask{i}"] for i in layers]
    weights = [tensors[f"weight{i}"].requires_grad_() for i in layers]
    biases = [torch.zeros(weight.shape[0], requires_grad=True) for weight in weights]
    parameters = [*weights, *biases]
    optimizer = torch.optim.AdamW(parameters, lr=request["params"]["learningRate"])
    found = np.full(2, np.nan)

    def train() -> None:
        optimizer.zero_grad()
        h = x
        for i in layers:
            h = F.linear(h, weights[i] * masks[i], biases[i])
            h = torch.relu(h) if i < layers[-1] else h
        F.cross_entropy(h, labels).backward()
        optimizer.step()

    def run() -> None:
        nonlocal found
        train()
        moments = [t for state in optimizer.state.values() for t in state.values() if isinstance(t, Tensor)]
        gradients = [p.grad for p in parameters if p.grad is not None]
        found = bytes_of(train, (x, labels, *masks, *parameters, *gradients, *moments))

    return Prepared(run, lambda: found, ["torch"])
