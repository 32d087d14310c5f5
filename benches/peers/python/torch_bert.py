"""PyTorch: whole steps of pre-training BERT, of parameters by the paths that Filigree has for them."""

import contextlib
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from serve import Prepared

Parameters = dict[str, Tensor]
Linear = Callable[[Tensor, Tensor, Tensor], Tensor]

EPSILON = 1e-12


def prepare_bert(request: dict, tensors: dict[str, Tensor]) -> Prepared:
    """A step: forward, backward, clipping, AdamW, which leaves out biases and norms where it lets weights decay."""
    variant, params = request["variant"], request["params"]
    if variant not in ("dense", "masked", "bf16", "onednn"):
        raise ValueError(f"Cannot train {variant}: expected dense, masked, bf16 or onednn")
    inputs = {name[6:]: tensor.t().contiguous() for name, tensor in tensors.items() if name.startswith("input.")}
    masks = {name[5:]: tensor for name, tensor in tensors.items() if name.startswith("mask.")}
    parameters = {
        name: tensor.requires_grad_()
        for name, tensor in tensors.items()
        if not name.startswith(("input.", "mask."))
    }
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters.values() if p.dim() > 1], "weight_decay": params["weightDecay"]},
            {"params": [p for p in parameters.values() if p.dim() == 1], "weight_decay": 0},
        ],
        lr=params["learningRate"],
        fused=True,
    )
    bert = Bert(parameters, int(params["layers"]), int(params["heads"]), one_dnn if variant == "onednn" else F.linear)
    kept = masks.items() if variant == "masked" else ()

    def run() -> float:
        optimizer.zero_grad(set_to_none=True)
        narrow = torch.autocast("cpu", dtype=torch.bfloat16) if variant == "bf16" else contextlib.nullcontext()
        with narrow:
            loss = bert.loss(inputs)
        loss.backward()
        for name, mask in kept:
            parameters[name].grad.mul_(mask)
        torch.nn.utils.clip_grad_norm_(parameters.values(), params["clipNorm"])
        optimizer.step()
        return loss.item()

    return Prepared(run, None, ["torch"])


class Bert:
    """The model; inputs are `[examples, positions]`."""

    def __init__(self, parameters: Parameters, layers: int, heads: int, linear: Linear) -> None:
        self.parameters, self.layers, self.heads = parameters, layers, heads
        self.apply = linear

    def loss(self, given: dict[str, Tensor]) -> Tensor:
        """Cross-entropy of the words to be told, plus that of the next sentence."""
        p = self.parameters
        x = F.embedding(given["tokens"].long(), p["embeddings.words.weight"])
        x = x + F.embedding(given["segments"].long(), p["embeddings.segments.weight"])
        x = self.norm("embeddings.norm", x + p["embeddings.positions.weight"].t())
        for i in range(self.layers):
            x = self.layer(f"encoder.layer{i}", x)
        places = given["places"].long()[..., None].expand(-1, -1, x.shape[-1])
        told = F.gelu(self.linear("masked.transform", x.gather(1, places)))
        told = self.norm("masked.norm", told)
        logits = self.apply(told, p["embeddings.words.weight"], p["masked.bias"]).float()
        pooled = torch.tanh(self.linear("pooler", x[:, 0]))
        follows = self.linear("next", pooled).float()
        return F.cross_entropy(logits.flatten(0, 1), given["words"].long().flatten()) + F.cross_entropy(
            follows, given["next"].long().flatten()
        )

    def layer(self, name: str, x: Tensor) -> Tensor:
        """A layer of the encoder."""
        seen = self.linear(f"{name}.attention.output", self.attend(f"{name}.attention", x))
        x = self.norm(f"{name}.attention.norm", seen + x)
        wide = F.gelu(self.linear(f"{name}.intermediate", x))
        return self.norm(f"{name}.norm", self.linear(f"{name}.output", wide) + x)

    def attend(self, name: str, x: Tensor) -> Tensor:
        """Attention; every position holds a piece, so that there is nothing to mask."""
        query, key, value = (
            self.linear(f"{name}.{part}", x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        return F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(-2)

    def linear(self, name: str, x: Tensor) -> Tensor:
        return self.apply(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])

    def norm(self, name: str, x: Tensor) -> Tensor:
        gain, bias = self.parameters[f"{name}.gain"], self.parameters[f"{name}.bias"]
        return F.layer_norm(x, gain.shape, gain, bias, EPSILON)


class OneDnn(torch.autograd.Function):
    """A linear layer whose three products are oneDNN's in f32, which PyTorch takes for itself nowhere."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight, bias)

    @staticmethod
    def backward(ctx, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        columns = dy.flatten(0, -2)
        dw = product(columns.t().contiguous(), x.flatten(0, -2).t().contiguous(), None)
        return product(dy.contiguous(), weight.t().contiguous(), None), dw, columns.sum(0)


def product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")


def one_dnn(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return OneDnn.apply(x, weight, bias)
