"""PyTorch on the CPU: training steps and inference, dense, with a mask, and with compressed sparse rows; BERT; many labels."""

import warnings

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from serve import Arrays, Prepared, serve
from torch_bert import prepare_bert
from torch_labels import prepare_labels
from torch_memory import prepare_memory

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")


def prepare(request: dict, arrays: Arrays) -> Prepared:
    torch.set_num_threads(request["threads"])
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    match request["open"]:
        case "step":
            return prepare_step(request, tensors)
        case "bert":
            return prepare_bert(request, tensors)
        case "labels":
            return prepare_labels(request, tensors)
        case "memory":
            return prepare_memory(request, tensors)
        case "inference":
            return prepare_inference(request["variant"], tensors)
        case "product":
            return prepare_product(tensors)
        case other:
            raise ValueError(f"Cannot open {other}: this peer multiplies, infers and trains")


def prepare_step(request: dict, tensors: dict[str, Tensor]) -> Prepared:
    """A perceptron; `x` is [examples, inputs], weights are [outputs, inputs], 0 where masked."""
    variant = request["variant"]
    layers = int(request["params"]["layers"])
    x, labels = tensors["x"], tensors["labels"].long()
    weights = [tensors[f"weight{i}"] for i in range(layers)]
    masks = [tensors[f"mask{i}"] for i in range(layers)]
    biases = [torch.zeros(weight.shape[0]) for weight in weights]
    if variant == "csr":
        weights = [weight.to_sparse_csr() for weight in weights]
    elif variant not in ("dense", "masked"):
        raise ValueError(f"Cannot train {variant}: expected dense, masked or csr")
    parameters = [p.requires_grad_() for p in (*weights, *biases)]
    optimizer = torch.optim.SGD([*biases] if variant == "csr" else parameters, lr=request["params"]["learningRate"])

    def apply(i: int, h: Tensor) -> Tensor:
        if variant == "csr":
            return torch.sparse.mm(weights[i], h.t()).t() + biases[i]
        weight = weights[i] * masks[i] if variant == "masked" else weights[i]
        return F.linear(h, weight, biases[i])

    def run() -> float:
        h = x
        for i in range(layers):
            h = apply(i, h)
            h = torch.relu(h) if i < layers - 1 else h
        loss = F.cross_entropy(h, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if variant == "csr":
            step_csr(weights, request["params"]["learningRate"])
        return loss.item()

    return Prepared(run, None, ["torch"])


def step_csr(weights: list[Tensor], learning_rate: float) -> None:
    """Plain SGD over the stored values: optimizers of PyTorch do not update compressed tensors in place."""
    with torch.no_grad():
        for weight in weights:
            weight.values().sub_(weight.grad.values(), alpha=learning_rate)
            weight.grad = None


def prepare_inference(variant: str, tensors: dict[str, Tensor]) -> Prepared:
    """One example through one layer: `x` is [inputs]."""
    weight, bias, x = tensors["weight"], tensors["bias"], tensors["x"]
    if variant == "csr":
        weight = weight.to_sparse_csr()
    y = torch.full_like(bias, torch.nan)

    @torch.inference_mode()
    def run() -> None:
        nonlocal y
        y = torch.mv(weight, x) + bias

    return Prepared(run, lambda: y.numpy(), ["torch"])


def prepare_product(tensors: dict[str, Tensor]) -> Prepared:
    a, b = tensors["a"], tensors["b"]
    c = torch.full((a.shape[0], b.shape[1]), torch.nan)

    def run() -> None:
        torch.matmul(a, b, out=c)

    return Prepared(run, lambda: c.numpy(), ["torch"])


serve(prepare)
