"""PyTorch: bytes of training a perceptron under masks with AdamW, by its allocator."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from serve import Prepared


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
        held = sum(t.untyped_storage().nbytes() for t in (x, labels, *masks, *parameters, *gradients, *moments))
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
            train()
        changes = [e for e in profiled.profiler.kineto_results.events() if e.name() == "[memory]"]
        change, most = 0, 0
        for event in sorted(changes, key=lambda e: e.start_ns()):
            change += event.nbytes()
            most = max(most, change)
        found = np.array([held, held + most])

    return Prepared(run, lambda: found, ["torch"])
