"""Computes the outputs of an exported model from raw examples, with NumPy alone. The format: docs/export.md.

`python examples/read_export.py model.safetensors examples.npy` prints a row of outputs for each row of features."""

import json
import math
import sys

import numpy as np


def read(path):
    """The description of an export and its arrays: safetensors in ten lines."""
    data = open(path, "rb").read()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    about = json.loads(header.pop("__metadata__", {}).get("filigree", "{}"))
    if about.get("version") != 2:
        raise ValueError(f"Cannot read {path}: it is no export of version 2")
    kinds, slices = {"F32": "<f4", "U32": "<u4"}, {n: slice(*(begin + o for o in e["data_offsets"])) for n, e in header.items()}
    return about, {n: np.frombuffer(data[slices[n]], kinds[e["dtype"]]).reshape(e["shape"]) for n, e in header.items()}


def prepare(about, x):
    """Raw features [examples, features] as the model takes them. Bytes are scaled; floats stand for themselves."""
    how = about.get("preparation", {"scale": 1 / 255, "normalization": [{"mean": 0, "deviation": 1}]})
    if how.get("kind") == "text" and [x.shape[1]] == about["input"]:
        return x.astype(np.int64)  # Numbers of words: docs/export.md says which.
    if [x.shape[1]] != about["input"] or (x.dtype == np.uint8 and how["scale"] == 1):
        raise ValueError(f"Cannot use {x.dtype} examples of {x.shape[1]} features: expected {about['input']}, floats if scale is 1")
    mean, deviation = (
        np.repeat([part[key] for part in how["normalization"]], x.shape[1] // len(how["normalization"]))
        for key in ("mean", "deviation")
    )
    return ((x * how["scale"] if x.dtype == np.uint8 else x.astype(np.float64)) - mean) / deviation


def matrix(weight, inputs, arrays):
    """A weight [outputs, inputs], dense or condensed."""
    if isinstance(weight, str):
        return arrays[weight].reshape(-1, inputs)
    span, index, values = (arrays[weight[part]] for part in ("span", "index", "values"))
    dense = np.zeros((len(span), inputs))
    for row, (begin, end) in zip(dense, span):
        row[index[begin:end]] = values[begin:end]
    return dense


def windows(x, size, stride, padding, fill=0.0):
    """The windows of images: [examples, channels, out height, out width, height, width]."""
    around = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)], constant_values=fill)
    return np.lib.stride_tricks.sliding_window_view(around, size, (2, 3))[:, :, :: stride[0], :: stride[1]]


def apply(op, x, arrays):
    """What an operation makes of x [examples, ...]."""
    kind, bias = op["operation"], arrays[op["bias"]] if "bias" in op else 0
    if kind == "linear":
        return np.moveaxis(np.moveaxis(x, 1, -1) @ matrix(op["weight"], op["inputs"], arrays).T + bias, -1, 1)
    if kind == "conv2d":
        w = windows(x, op["kernel"], [op["stride"]] * 2, op["padding"]).transpose(0, 2, 3, 1, 4, 5)
        w = w.reshape(*w.shape[:3], -1)
        return (w @ matrix(op["weight"], w.shape[3], arrays).T + bias).transpose(0, 3, 1, 2)
    if kind in ("embedding", "embeddingBag"):
        counts = ~np.isin(x, op["padding"])[:, None]
        rows = np.moveaxis(arrays[op["weight"]][x], -1, 1) * counts
        if kind == "embedding":
            return rows
        return rows.sum(2) / (np.maximum(counts.sum(2), 1) if op["reduce"] == "mean" else 1)
    if kind == "positions":
        return x + arrays[op["weight"]][:, : x.shape[2]]
    if kind == "batchNorm":
        vectors = (*arrays[op["running"]], arrays[op["scale"]], arrays[op["shift"]])
        mean, variance, scale, shift = (v.astype(np.float64).reshape(-1, *[1] * (x.ndim - 2)) for v in vectors)
        return (x - mean) / np.sqrt(variance + op["epsilon"]) * scale + shift
    if kind in ("layerNorm", "rmsNorm"):
        gain, bias = (v if np.ndim(v) == 0 else v.reshape(-1, *[1] * (x.ndim - 2)) for v in (arrays[op["gain"]], bias))
        centred = x - x.mean(1, keepdims=True) if kind == "layerNorm" else x
        return centred / np.sqrt((centred**2).mean(1, keepdims=True) + op["epsilon"]) * gain + bias
    if kind == "maxPool":
        return windows(x, op["size"], op["stride"], op["padding"], -np.inf).max((4, 5))
    if kind == "averagePool":
        of = [windows(each, op["size"], op["stride"], op["padding"]).sum((4, 5)) for each in (x, np.ones_like(x))]
        return of[0] / of[1]
    if kind == "attention":
        q, k, v = (run(op[part], x, arrays) for part in ("query", "key", "value"))
        q, k, v = (part.reshape(len(x), op["heads"], -1, x.shape[2]) for part in (q, k, v))
        scores = np.swapaxes(q, 2, 3) @ k / q.shape[2] ** 0.5
        if op["causal"]:
            scores[..., np.triu(np.ones(scores.shape[2:], bool), 1)] = -np.inf
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        return run(op["output"], (v @ np.swapaxes(shares, 2, 3)).reshape(x.shape), arrays)
    if kind == "transformerBlock":
        seen = run(op["attentionNorm"], run(op["attention"], x, arrays) + x, arrays)
        wide = run(op["intermediate"], seen, arrays)
        bent = apply({"operation": "gelu", "form": "erf"}, wide, arrays)
        return run(op["norm"], run(op["output"], bent, arrays) + seen, arrays)
    if kind == "transformerEncoder":
        return run(op["layers"], x, arrays)
    if kind == "residual":
        return run(op["body"], x, arrays) + run(op["shortcut"], x, arrays)
    if kind in ("flatten", "image", "pixelsAsPositions"):
        return x.reshape(len(x), *op["shape"])
    if kind == "classToken":
        token = arrays[op["token"]].reshape(1, -1, 1)
        return np.concatenate([np.repeat(token, len(x), 0), x], 2)
    if kind in ("firstPosition", "meanPosition"):
        return x[:, :, 0] if kind == "firstPosition" else x.mean(2)
    if kind in ("dropout", "dropPath"):
        return x  # Numbers are dropped in training alone.
    if kind in ("relu", "globalAveragePool"):
        return np.maximum(x, 0) if kind == "relu" else x.mean((2, 3))
    if kind == "gelu":
        exact = op["form"] == "erf"
        below = np.vectorize(math.erf)(x / 2**0.5) if exact else np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))
        return x * (1 + below) / 2
    raise ValueError(f"Cannot apply the operation {kind}: it is none of version 2")


def run(operations, x, arrays):
    """What operations make of x, one after the other."""
    for op in operations:
        x = apply(op, x, arrays)
        if list(x.shape[1:]) != op["shape"]:
            raise ValueError(f"{op['operation']} made {x.shape[1:]}; expected {op['shape']}")
    return x


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    about, arrays = read(sys.argv[1])
    examples = np.load(sys.argv[2])
    outputs = run(about["operations"], prepare(about, examples.reshape(len(examples), -1)), arrays)
    np.savetxt(sys.stdout, outputs.reshape(len(outputs), -1), "%.9g")
