"""PyTorch: steps of a dense head of many labels under the binary cross-entropy over all of them."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from serve import Prepared
from torch_bytes import bytes_of


def prepare_labels(request: dict, tensors: dict[str, Tensor]) -> Prepared:
    """A step: logits, loss, both gradients, fused Adam. `features` are [features, examples], `labels` [most, examples].

    Its losses are all; those of the variant `dense-bytes` are none, and its result what it holds and the most at any time.
    """
    if request["variant"] not in ("dense", "dense-bytes"):
        raise ValueError(f"Cannot train {request['variant']}: expected dense or dense-bytes")
    weight = tensors["weight"].requires_grad_()
    bias = torch.zeros(weight.shape[0], requires_grad=True)
    features = tensors["features"].t().contiguous().requires_grad_()
    targets = torch.zeros(features.shape[0], weight.shape[0])
    targets.scatter_(1, tensors["labels"].t().long(), 1)
    optimizer = torch.optim.Adam([weight, bias, features], lr=request["params"]["learningRate"], fused=True)

    def run() -> float:
        loss = F.binary_cross_entropy_with_logits(F.linear(features, weight, bias), targets)
        loss.backward()
        optimizer.step()
        # In place: memory that is taken anew in every step costs more than what it holds.
        optimizer.zero_grad(set_to_none=False)
        return loss.item()

    def result() -> np.ndarray:
        parameters = [weight, bias, features]
        gradients = [each.grad for each in parameters if each.grad is not None]
        moments = [t for state in optimizer.state.values() for t in state.values() if isinstance(t, Tensor)]
        return bytes_of(run, (targets, *tensors.values(), bias, features, *gradients, *moments))

    return Prepared(run, result if request["variant"] == "dense-bytes" else None, ["torch"])
