#!/usr/bin/env bash
# transformers 5.24.0 with tokenizers 0.23.3 (PyPI): a tokenizer.json whose template gives the second text of a pair the
# type 1 loses these types when its class is the generic one, `PreTrainedTokenizerFast`: what it gives a model has no
# `token_type_ids`, and a BERT reads the pair as one segment, without an error. `save_pretrained` keeps it that way. With
# `model_input_names` in tokenizer_config.json the types are there. So whoever writes such a folder must write that key.
#
# Expected, last lines:
#   tokenizers: types [0, 0, 0, 1, 1]
#   generic class: no types
#   saved and loaded again: no types
#   generic class, model_input_names written: types [0, 0, 0, 1, 1]
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.24.0 tokenizers==0.23.3
cat >"$folder/segments.py" <<'PY'
import json
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

folder = sys.argv[1]
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"]
tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
)


def told(loaded):
    types = loaded("a", "b").get("token_type_ids")
    return "no types" if types is None else f"types {types}"


expected = tokenizer.encode("a", "b").type_ids
print(f"tokenizers: types {expected}")
plain = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]")
plain.save_pretrained(folder)
results = [told(plain), told(AutoTokenizer.from_pretrained(folder))]
config = json.load(open(f"{folder}/tokenizer_config.json"))
config["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
json.dump(config, open(f"{folder}/tokenizer_config.json", "w"))
results.append(told(AutoTokenizer.from_pretrained(folder)))
for name, result in zip(["generic class", "saved and loaded again", "generic class, model_input_names written"], results):
    print(f"{name}: {result}")
if results != ["no types", "no types", f"types {expected}"]:
    sys.exit("This has changed.")
PY
mkdir "$folder/model"
"$folder/venv/bin/python" "$folder/segments.py" "$folder/model" 2>"$folder/errors" || { cat "$folder/errors"; exit 1; }
