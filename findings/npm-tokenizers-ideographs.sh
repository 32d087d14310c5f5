#!/usr/bin/env bash
# npm @huggingface/tokenizers 0.2.0 against PyPI tokenizers 0.23.3, the same tokenizer.json (BertNormalizer with
# handle_chinese_chars): BERT makes every ideograph a word. The npm package looks at UTF-16 units, so that it finds none beyond
# the first plane (U+20000 and on): two of them are one word, and one [UNK], where Python has two. Within the first plane both
# agree.
#
# Expected, last lines:
#   python: 4e2d 6587 -> 2 tokens, 20000 20001 -> 2 tokens
#   npm: 4e2d 6587 -> 2 tokens, 20000 20001 -> 1 tokens
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3
cd "$folder"
npm install --silent --no-fund --no-audit @huggingface/tokenizers@0.2.0
cat >both.py <<'PY'
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
tokenizer.normalizer = normalizers.BertNormalizer()
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.save("tokenizer.json")
counts = [len(tokenizer.encode(text).ids) for text in ["\u4e2d\u6587", "\U00020000\U00020001"]]
print(f"python: 4e2d 6587 -> {counts[0]} tokens, 20000 20001 -> {counts[1]} tokens")
PY
cat >both.mjs <<'JS'
import { Tokenizer } from "@huggingface/tokenizers";
import { readFileSync } from "node:fs";

const tokenizer = new Tokenizer(JSON.parse(readFileSync("tokenizer.json", "utf8")), {});
const [first, second] = ["\u4e2d\u6587", "\u{20000}\u{20001}"].map((text) => tokenizer.encode(text).ids.length);
console.log(`npm: 4e2d 6587 -> ${first} tokens, 20000 20001 -> ${second} tokens`);
if (first !== 2 || second !== 1) {
  console.error("This has changed.");
  process.exit(1);
}
JS
venv/bin/python both.py
node both.mjs
