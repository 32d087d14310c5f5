"""PyTorch: steps of a dense head of many labels under the binary cross-entropy over all of them."""

import torch
from torch import Tensor
from torch.nn import functional as F

from serve import Prepared


def prepare_labels(request: dict, tensors: dict[str, Tensor]) -> Prepared:
    """A step: logits, loss, both gradients, fused Adam. `features` are [features, examples], `labels` [most, examples]."""
    if request["variant"] != "dense":
        raise ValueError(f"Cannot train {request['variant']}: expected dense")
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

    return Prepared(run, None, ["torch"])
