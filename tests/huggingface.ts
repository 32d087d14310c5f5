/**
 * Files of Hugging Face against transformers and PyTorch: `deno task huggingface`. Folders that are written here are loaded by
 * transformers without a name that is missing or not expected, and give the same outputs; folders that transformers writes, in
 * f32, f16 and bf16, are read here; `AutoTokenizer` makes the tokens that are made here; PyTorch's layout for 2:4 keeps all of a
 * matrix that is exported. `--record` writes what transformers gave to `tests/huggingface/`, which CI compares with: there is no
 * PyTorch there, because of its size.
 *
 * Python is `tests/interop/.venv-transformers/bin/python`, or what `FILIGREE_TRANSFORMERS` names, with the packages of
 * `tests/interop/transformers.txt`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { textReaderOf } from "../src/data/tokens/text_reader.ts";
import { characterWindows } from "../src/data/tokens/token_windows.ts";
import { Tokenizer } from "../src/data/tokens/tokenizer.ts";
import { tokenizerFiles } from "../src/data/tokens/tokenizer_files.ts";
import { SPECIAL_PIECES, Vocabulary } from "../src/data/tokens/vocabulary.ts";
import { bertGraph } from "../src/train/huggingface/bert_graph.ts";
import { bertFiles, exportHuggingFace, writeFolder } from "../src/train/huggingface/mod.ts";
import { readBert } from "../src/train/huggingface/read.ts";
import { encodeOnnx } from "../src/train/onnx/model.ts";
import { configText } from "../src/train/huggingface/config.ts";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { nm } from "../src/sparse/patterns/mod.ts";
import { exportModel } from "../src/train/export.ts";
import { drawnGpt, GPTS, logitsOf, TOKENS } from "./gpt_models.ts";
import { BERTS, drawBert, INPUTS, parametersOf, SMALL } from "./bert_models.ts";
import { assertClose, type Numbers, runWeb } from "./onnx_runtimes.ts";

const HERE = new URL("interop/", import.meta.url);
const PYTHON = Deno.env.get("FILIGREE_TRANSFORMERS") ??
  new URL(".venv-transformers/bin/python", HERE).pathname;

/** What transformers says of a folder. */
interface Loaded {
  readonly model: string;
  readonly dtype: string;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly names: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, Numbers>>;
}

async function ask<T>(
  verb: string,
  folder: string,
  env: Record<string, string> = {},
  inputs: Readonly<Record<string, Numbers>> = INPUTS,
): Promise<T> {
  await Deno.writeTextFile(`${folder}/inputs.json`, JSON.stringify(inputs));
  const args = [new URL("transformers_peer.py", HERE).pathname, verb, folder];
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args, env }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function compare(
  path: string,
  outputs: Readonly<Record<string, Numbers>>,
  what: string,
): Promise<void> {
  const found = await runWeb(path, INPUTS, () => true);
  assert.deepEqual(Object.keys(found).sort(), Object.keys(outputs).sort());
  for (const [name, { shape, data }] of Object.entries(outputs)) {
    assert.deepEqual(found[name].shape, shape);
    // Sums of at most 20 products in some thirty operations, in another order.
    assertClose(found[name].data, data, 1e-5, `${name} of ${what}`);
  }
}

async function checkWritten(folder: string): Promise<void> {
  const recorded: Record<string, Pick<Loaded, "names" | "outputs">> = {};
  let versions: Loaded["versions"] = {};
  for (const [name, config] of Object.entries(BERTS)) {
    const path = `${folder}/${name}`;
    await writeFolder(path, bertFiles(drawBert(7, config)));
    const loaded = await ask<Loaded>("load", path);
    const { model, dtype, missing, unexpected, names, outputs } = loaded;
    assert.deepEqual({ dtype, missing, unexpected }, {
      ...{ dtype: "torch.float32", missing: [], unexpected: [] },
    });
    await compare(`${path}/onnx/model.onnx`, outputs, name);
    recorded[name] = { names, outputs };
    versions = loaded.versions;
    console.log(`${name}: ${model} loads what is written, and its outputs are those of ONNX`);
  }
  await record("bert", { versions, ...recorded });
}

/** Writes what transformers gave, where that is asked for. */
async function record(name: string, content: object): Promise<void> {
  if (!Deno.args.includes("--record")) return;
  const path = new URL(`huggingface/${name}.json`, import.meta.url);
  await Deno.writeTextFile(path, `${JSON.stringify(content)}\n`);
  console.log(`written: ${path.pathname}`);
}

async function checkDecoders(folder: string): Promise<void> {
  const recorded: Record<string, { names: readonly string[]; logits: Numbers }> = {};
  let versions: Loaded["versions"] = {};
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const text = "Caf\u00e9, caf\u00e9! A cat's \u{1F63A}\n".repeat(40);
  for (const [name, options] of Object.entries(GPTS)) {
    const path = `${folder}/${name}`;
    const model = await drawnGpt(device, 7, options);
    const { preparation } = characterWindows(text, { positions: 9 });
    await exportHuggingFace(path, { device, model, preparation });
    const inputs = { input_ids: TOKENS };
    const loaded = await ask<Loaded>("load", path, {}, inputs);
    const { dtype, missing, unexpected, names, outputs: { logits } } = loaded;
    assert.deepEqual({ dtype, missing, unexpected }, {
      ...{ dtype: "torch.float32", missing: [], unexpected: [] },
    });
    const web = await runWeb(`${path}/onnx/model.onnx`, inputs, () => true);
    assertClose(web.logits.data, logits.data, 1e-5, `ONNX of ${name}`);
    assertClose(await logitsOf(device, model), logits.data, 1e-5, name);
    await Deno.writeTextFile(`${path}/texts.json`, JSON.stringify([[text.slice(0, 30)]]));
    const told = await ask<{ tokens: number[][]; decoded: string[] }>("tokenize", path);
    assert.deepEqual(told.tokens[0], textReaderOf(preparation).encode(text.slice(0, 30)));
    assert.equal(told.decoded[0], text.slice(0, 30));
    recorded[name] = { names, logits };
    versions = loaded.versions;
    console.log(
      `${name}: ${loaded.model} loads what is written; outputs and tokens are those here`,
    );
  }
  await record("gpt", { versions, ...recorded });
}

async function checkRead(folder: string): Promise<void> {
  for (const type of ["float32", "float16", "bfloat16"]) {
    const path = `${folder}/${type}`;
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/config.json`, configText(SMALL));
    const { outputs } = await ask<Pick<Loaded, "outputs">>("save", path, { TYPE: type });
    const { config, arrays, unknown } = await readBert(path);
    assert.ok(config !== undefined);
    assert.deepEqual(unknown, []);
    const onnx = `${path}/model.onnx`;
    await Deno.writeFile(onnx, encodeOnnx(bertGraph(config, parametersOf([...arrays.values()]))));
    await compare(onnx, outputs, type);
    console.log(`${type}: what transformers writes is read, and its outputs are those of ONNX`);
  }
}

/** Texts, and a pair of them. */
const TEXTS: readonly (readonly string[])[] = [
  ["The cats' CAF\u00c9 -- caf\u00e9! \u732b\u732b\u00df"],
  ["unhappily [MASK] cats\u0000 \u200b\u00ad \u0130", "a cat's \u00e9l\u00e8ve"],
  [""],
];

async function checkTokens(folder: string): Promise<void> {
  const letters = [..."abcdefghilnoprstuvy'!-\u00e9\u00df\u732bTCAFE"];
  const pieces = [
    ...Object.values(SPECIAL_PIECES),
    ...letters,
    ...letters.map((letter) => `##${letter}`),
    ...["cat", "##s", "cafe", "caf\u00e9", "The", "the", "un", "##happ", "##ily"],
  ];
  const vocabulary = new Vocabulary(pieces);
  for (const lowerCase of [true, false]) {
    for (const stripAccents of [true, false]) {
      const path = `${folder}/tokens-${lowerCase}-${stripAccents}`;
      const tokenizer = new Tokenizer(vocabulary, { lowerCase, stripAccents });
      const own = { ...tokenizerFiles(tokenizer) };
      await writeFolder(path, bertFiles(drawBert(1, { ...SMALL, vocabulary: pieces.length }), own));
      await Deno.writeTextFile(`${path}/texts.json`, JSON.stringify(TEXTS));
      const told = await ask<{ class: string; tokens: number[][]; segments: number[][] }>(
        "tokenize",
        path,
      );
      const { begin, separator } = vocabulary.special;
      const marked = new Tokenizer(vocabulary, { lowerCase, stripAccents, special: true });
      const expected = TEXTS.map((texts) => [
        begin,
        ...texts.flatMap((text) => [...marked.encode(text), separator]),
      ]);
      assert.deepEqual(told.tokens, expected, path);
      // A class that is none of BERT's gives segments only where the configuration asks for them.
      assert.ok(told.segments[1].includes(1), path);
      console.log(
        `lowerCase ${lowerCase}, stripAccents ${stripAccents}: ${told.class} gives the same tokens`,
      );
    }
  }
}

/** 2:4 of both storages, packed by what `to_sparse_semi_structured` packs with, on the CPU. */
async function checkPacked(folder: string): Promise<void> {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 7 });
  const pattern = nm(2, 4);
  const model = sequential(
    linear(128, 64, { pattern, storage: "masked", name: "masked" }),
    relu(),
    linear(64, 32, { pattern, name: "compressed" }),
  );
  await device.place(model.parameters);
  await exportModel(`${folder}/model.safetensors`, { device, model, format: "dense" });
  const found = await ask<Record<string, { values: number; equal: boolean }>>("pack", folder);
  assert.deepEqual(found, {
    "masked.weight": { values: 128 * 64 / 2, equal: true },
    "compressed.weight": { values: 64 * 32 / 2, equal: true },
  });
  console.log("2:4: PyTorch packs what is exported, and keeps all of it in float16 and bfloat16");
}

const folder = await Deno.makeTempDir();
try {
  await checkPacked(folder);
  await checkDecoders(folder);
  await checkTokens(folder);
  await checkWritten(folder);
  await checkRead(folder);
} finally {
  await Deno.remove(folder, { recursive: true });
}
