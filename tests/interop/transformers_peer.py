"""Loads and writes folders with transformers and PyTorch. `load FOLDER` prints which names were missing or not expected, and the
outputs for inputs.json; `save FOLDER` writes the BERT of its config.json, with random parameters, in the type that TYPE names;
`tokenize FOLDER` prints the tokens of texts.json; `pack FOLDER` what PyTorch's layout for 2:4 keeps of the matrices of
model.safetensors."""

import json
import os
import sys

import torch
import transformers
from safetensors.torch import load_file
from torch.sparse._semi_structured_conversions import sparse_semi_structured_from_dense_cutlass as packed
from torch.sparse._semi_structured_conversions import sparse_semi_structured_to_dense_cutlass as unpacked
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForPreTraining,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

# What each kind of model is loaded as.
KINDS = {"BertForPreTraining": AutoModelForPreTraining, "GPT2LMHeadModel": AutoModelForCausalLM}


def load(folder):
    """What AutoModel (for pre-training, for classes or for the next token, as the configuration says) makes of a folder."""
    torch.set_num_threads(1)
    config = AutoConfig.from_pretrained(folder)
    kind = KINDS.get(config.architectures[0], AutoModelForSequenceClassification)
    model, info = kind.from_pretrained(folder, output_loading_info=True)
    outputs = outputs_of(model.eval(), folder)
    return {
        "model": type(model).__name__,
        "dtype": str(model.dtype),
        "missing": sorted(info["missing_keys"]),
        "unexpected": sorted(info["unexpected_keys"]),
        "names": sorted(model.state_dict()),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "outputs": outputs,
    }


def save(folder):
    """Writes a BERT for pre-training, and prints the outputs for inputs.json of what it wrote."""
    torch.manual_seed(5)
    model = AutoModelForPreTraining.from_config(AutoConfig.from_pretrained(folder))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) / 4)
    model.to(getattr(torch, os.environ["TYPE"])).save_pretrained(folder)
    return {"outputs": outputs_of(model.to(torch.float32).eval(), folder)}


def outputs_of(model, folder):
    """Shape and numbers of every output."""
    given = json.load(open(f"{folder}/inputs.json"))
    inputs = {name: torch.tensor(each["data"]).reshape(each["shape"]) for name, each in given.items()}
    with torch.no_grad():
        out = model(**inputs, output_hidden_states=True)
    outputs = {"last_hidden_state": out.hidden_states[-1]}
    if hasattr(out, "prediction_logits"):
        outputs |= {"logits": out.prediction_logits, "seq_relationship_logits": out.seq_relationship_logits}
    else:
        outputs |= {"logits": out.logits}
    return {name: {"shape": list(y.shape), "data": y.flatten().tolist()} for name, y in outputs.items()}


def tokenize(folder):
    """The tokens of each text and each pair of texts.json, as AutoTokenizer makes them."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = [tokenizer(*texts) for texts in json.load(open(f"{folder}/texts.json"))]
    return {
        "class": type(tokenizer).__name__,
        "tokens": [each["input_ids"] for each in encoded],
        "segments": [each.get("token_type_ids") for each in encoded],
        "decoded": [tokenizer.decode(each["input_ids"]) for each in encoded],
    }


def pack(folder):
    """Of every matrix, in both types that are wanted: how many values it has, and whether it is the same when it was packed."""
    found = {}
    for name, matrix in load_file(f"{folder}/model.safetensors").items():
        if matrix.dim() == 2:
            typed = [matrix.to(kind) for kind in (torch.float16, torch.bfloat16)]
            equal = all(torch.equal(unpacked(*packed(each)), each) for each in typed)
            found[name] = {"values": int((matrix != 0).sum()), "equal": equal}
    return found


if __name__ == "__main__":
    print(json.dumps({"load": load, "save": save, "tokenize": tokenize, "pack": pack}[sys.argv[1]](sys.argv[2])))
