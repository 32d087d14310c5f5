import assert from "node:assert/strict";
import fc from "fast-check";
import { Tokenizer } from "../src/data/tokens/tokenizer.ts";
import { tokenizerFiles } from "../src/data/tokens/tokenizer_files.ts";
import { SPECIAL_PIECES, Vocabulary } from "../src/data/tokens/vocabulary.ts";
import { linear, sequential } from "../src/nn/mod.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { createDevice } from "../src/ops/device.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { countUnits } from "../src/sparse/pattern.ts";
import { largestUnits } from "../src/sparse/magnitude.ts";
import { block, fanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { type Checkpoint, checkpointOf } from "../src/train/checkpoint.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { configFrom, configText } from "../src/train/huggingface/config.ts";
import { loadArrays } from "../src/train/huggingface/load.ts";
import { bertFiles, bertFilesOf, writeFolder } from "../src/train/huggingface/mod.ts";
import { readBert } from "../src/train/huggingface/read.ts";
import { readBertTokenizer } from "../src/train/huggingface/tokenizer.ts";
import { denseOf } from "../src/train/rows.ts";
import { decodeSafetensors, type NamedTensor } from "../src/train/safetensors.ts";
import { drawSpec, KINDS } from "./any_pattern.ts";
import { seeds, Source } from "./arbitraries.ts";
import { BERTS, drawBert, INPUTS, parametersOf, SMALL } from "./bert_models.ts";
import { foreignFile } from "./foreign_files.ts";
import { testWithPython } from "./interop_python.ts";
import { assertClose, type Numbers, runNative, runWeb } from "./onnx_runtimes.ts";
import recorded from "./huggingface/bert.json" with { type: "json" };

/** What transformers gave for the BERTs of `bert_models.ts`: `deno task huggingface --record`. */
const RECORDED: Readonly<
  Record<
    string,
    { readonly names: readonly string[]; readonly outputs: Readonly<Record<string, Numbers>> }
  >
> = { pretraining: recorded.pretraining, classes: recorded.classes };

/** What is tied there: the decoder is the table of the words. */
const TIED = ["cls.predictions.decoder.bias", "cls.predictions.decoder.weight"];

for (const [name, config] of Object.entries(BERTS)) {
  testWithPython(
    `bertFiles() writes a BERT for ${name}, whose outputs are those of transformers`,
    async (folder) => {
      const files = bertFiles(drawBert(7, config));
      await writeFolder(folder, files);
      await Deno.rename(`${folder}/onnx/model.onnx`, `${folder}/model.onnx`);
      const { names, outputs } = RECORDED[name];
      const [native, web] = [
        (await runNative(folder, INPUTS)).outputs,
        await runWeb(`${folder}/model.onnx`, INPUTS, () => true),
      ];
      for (const found of [native, web]) {
        assert.deepEqual(Object.keys(found).sort(), Object.keys(outputs).sort());
        for (const [output, { shape, data }] of Object.entries(outputs)) {
          assert.deepEqual(found[output].shape, shape);
          // Sums of at most 20 products in some thirty operations, in another order.
          assertClose(found[output].data, data, 1e-5, output);
        }
      }
      const bytes = await Deno.readFile(`${folder}/model.safetensors`);
      const { tensors, metadata } = await decodeSafetensors(bytes, "model.safetensors");
      assert.deepEqual(metadata, { format: "pt" });
      assert.deepEqual([...tensors.keys()].sort(), names.filter((each) => !TIED.includes(each)));
    },
  );
}

/** What is used of npm `@huggingface/transformers`. Its own types bring those of pages, which are not Deno's. */
interface Transformers {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoModelForMaskedLM: {
    from_pretrained(
      folder: string,
      options: { readonly dtype: string; readonly device: string },
    ): Promise<
      & ((inputs: object) => Promise<{
        readonly logits: { readonly dims: readonly number[]; readonly data: Float32Array };
      }>)
      & { dispose(): Promise<void> }
    >;
  };
  readonly Tensor: new (type: string, data: BigInt64Array, shape: readonly number[]) => object;
}

Deno.test("bertFilesOf() makes the same files of a checkpoint, and those of its tokenizer", () => {
  const bert = drawBert(7);
  const { weights, vectors } = bert.parameters;
  const arrays = [
    ...[...weights].map(([name, rows]): NamedTensor => {
      const shape = [rows.begin.length - 1, rows.inputs];
      return { name, shape, data: denseOf(rows) };
    }),
    ...[...vectors].map(([name, vector]): NamedTensor => {
      return { name, shape: [vector.length], data: Float32Array.from(vector) };
    }),
  ];
  const checkpointWith = (tensors: readonly NamedTensor[]): Checkpoint => ({
    path: "run.safetensors",
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: {
      model: JSON.stringify({
        kind: "bert",
        children: {
          norm: { kind: "layerNorm", settings: { epsilon: SMALL.epsilon } },
          attention: {
            kind: "attention",
            settings: { heads: SMALL.heads, dropout: SMALL.dropout },
          },
          gelu: { kind: "gelu", settings: { form: SMALL.gelu } },
        },
      }),
    },
  });
  const pieces = [...Object.values(SPECIAL_PIECES), "cat", "##s"];
  const preparation = { kind: "pretraining", pieces, lowerCase: true, stripAccents: true };
  const files = bertFilesOf(checkpointWith(arrays), preparation);
  for (const [name, content] of bertFiles(bert)) assert.deepEqual(files.get(name), content, name);
  assert.match(String(files.get("vocab.txt")), /\ncat\n##s\n$/);
  const { model_max_length: most, ...config } = JSON.parse(
    String(files.get("tokenizer_config.json")),
  );
  assert.equal(most, SMALL.positions);
  assert.equal(config.do_lower_case, true);
  assert.equal(typeof config.tokenizer_class, "string");
  const [first, ...rest] = arrays;
  assert.throws(
    () => bertFilesOf(checkpointWith(rest)),
    (error) =>
      error instanceof CheckpointError && error.message.includes(`it has no "${first.name}"`),
  );
  const other = { name: "other.bias", shape: [1], data: Float32Array.of(1) };
  assert.throws(() => bertFilesOf(checkpointWith([...arrays, other])), /it has a "other.bias"/);
});

Deno.test("npm @huggingface/transformers runs the ONNX of a folder", async () => {
  const name = "@huggingface/transformers";
  const { AutoModelForMaskedLM, env, Tensor }: Transformers = await import(name);
  const folder = await Deno.makeTempDir();
  await writeFolder(`${folder}/bert`, bertFiles(drawBert(7)));
  env.allowRemoteModels = false;
  env.localModelPath = `${folder}/`;
  const model = await AutoModelForMaskedLM.from_pretrained("bert", {
    dtype: "fp32",
    device: "cpu",
  });
  const inputs = Object.entries(INPUTS).map(([name, { shape, data }]) =>
    [name, new Tensor("int64", BigInt64Array.from(data, BigInt), shape)] as const
  );
  const { logits } = await model(Object.fromEntries(inputs));
  await model.dispose();
  const { shape, data } = RECORDED.pretraining.outputs.logits;
  assert.deepEqual(logits.dims, shape);
  assertClose([...logits.data], data, 1e-5, "logits");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readBert() reads what bertFiles() wrote", async () => {
  const folder = await Deno.makeTempDir();
  const bert = drawBert(3);
  await writeFolder(folder, bertFiles(bert));
  const { config, arrays, unknown } = await readBert(folder);
  assert.deepEqual(config, SMALL);
  assert.deepEqual(unknown, []);
  const read = bertFiles({ config: SMALL, parameters: parametersOf([...arrays.values()]) });
  assert.deepEqual(read, bertFiles(bert));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readBert() takes old names, names without bert., and floats of 16 bits", async () => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  // 1, -2 and 0.5 in both types.
  const [half, brain] = [[0x3c00, 0xc000, 0x3800], [0x3f80, 0xc000, 0x3f00]].map((words) =>
    new Uint8Array(Uint16Array.from(words).buffer)
  );
  const ids = new Uint8Array(BigInt64Array.of(0n, 1n).buffer);
  const file = foreignFile({
    "embeddings.word_embeddings.weight": { dtype: "F16", shape: [1, 3], data: half },
    "encoder.layer.0.attention.output.LayerNorm.gamma": { dtype: "BF16", shape: [3], data: brain },
    "encoder.layer.0.output.LayerNorm.beta": { dtype: "F16", shape: [3], data: half },
    "embeddings.position_ids": { dtype: "I64", shape: [1, 2], data: ids },
    "qa_outputs.bias": { dtype: "BF16", shape: [3], data: brain },
  });
  await Deno.writeFile(path, file);
  const { arrays, unknown, config } = await readBert(path);
  assert.equal(config, undefined);
  assert.deepEqual(unknown, ["qa_outputs.bias"]);
  assert.deepEqual([...arrays.keys()], [
    "embeddings.words.weight",
    "encoder.layer0.attention.norm.gain",
    "encoder.layer0.norm.bias",
  ]);
  for (const { data } of arrays.values()) assert.deepEqual([...data], [1, -2, 0.5]);
  await assert.rejects(decodeSafetensors(file, "own"), /of type "F16"; expected "F32" or "U32"/);
  await Deno.remove(path);
});

Deno.test("decodeSafetensors() reads every half as Float16Array has it", async () => {
  const data = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const file = foreignFile({ half: { dtype: "F16", shape: [65536], data } });
  const { tensors } = await decodeSafetensors(file, "own", { foreign: true });
  const [read] = tensors.values();
  const expected = new Float32Array(new Float16Array(data.buffer));
  // Object.is, because zeros have signs and NaN is itself.
  assert.ok(expected.every((value, i) => Object.is(value, read.data[i])));
});

Deno.test("readBertTokenizer() reads both forms of a tokenizer, with what is said of its case", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(readBertTokenizer(folder), /it has no tokenizer; expected a folder with/);
  const vocabulary = new Vocabulary([
    ...Object.values(SPECIAL_PIECES),
    "Caf\u00e9",
    "cafe",
    "caf\u00e9",
  ]);
  for (const lowerCase of [true, false]) {
    for (const stripAccents of [true, false]) {
      const tokenizer = new Tokenizer(vocabulary, { lowerCase, stripAccents });
      await writeFolder(folder, new Map(Object.entries(tokenizerFiles(tokenizer))));
      const expected = tokenizer.encode("Caf\u00e9");
      assert.deepEqual((await readBertTokenizer(folder)).encode("Caf\u00e9"), expected);
      await Deno.remove(`${folder}/tokenizer.json`);
      assert.deepEqual((await readBertTokenizer(folder)).encode("Caf\u00e9"), expected);
    }
  }
  await Deno.writeTextFile(`${folder}/tokenizer_config.json`, "{");
  await assert.rejects(readBertTokenizer(folder), /tokenizer_config.json": it is no JSON/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readBert() refuses what is no BERT, or has a decoder of its own", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(
    readBert(folder),
    (error) =>
      error instanceof CheckpointError && /there is no such file; expected a folder/.test(
        error.message,
      ),
  );
  const data = new Uint8Array(4);
  const write = async (arrays: Parameters<typeof foreignFile>[0]): Promise<string> => {
    const path = `${folder}/a.safetensors`;
    await Deno.writeFile(path, foreignFile(arrays));
    return path;
  };
  const one = { dtype: "F32", shape: [1, 1], data };
  await assert.rejects(readBert(await write({ "h.0.weight": one })), /it holds no BERT: 1 arrays/);
  const other = { ...one, data: Uint8Array.of(0, 0, 128, 63) };
  const untied = {
    "bert.embeddings.word_embeddings.weight": one,
    "cls.predictions.decoder.weight": other,
  };
  await assert.rejects(readBert(await write(untied)), /differs from the parameter that it is tied/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("configFrom() refuses other models, and sizes that are none", () => {
  const text = configText(SMALL);
  assert.deepEqual(configFrom(text, "config.json"), SMALL);
  for (
    const [from, to, message] of [
      ['"bert"', '"roberta"', /model_type is "roberta"; expected "bert"/],
      ['"hidden_size": 12', '"hidden_size": 0', /its hidden_size is 0; expected a whole number/],
      ['"gelu"', '"relu"', /its hidden_act is "relu"; expected "gelu" or "gelu_new"/],
      ['"absolute"', '"relative_key"', /position_embedding_type is "relative_key"/],
      ['"num_attention_heads": 3', '"num_attention_heads": 5', /are 5; expected a number that div/],
      ["{", "[", /it is no JSON/],
    ] as const
  ) {
    assert.throws(() => configFrom(text.replace(from, to), "config.json"), message);
  }
});

Deno.test("largestUnits() keeps the largest units of each part", () => {
  fc.assert(
    fc.property(seeds(), fc.constantFrom(...KINDS), (seed, kind) => {
      const source = new Source(seed);
      const { spec, rows, inputs } = drawSpec(source, kind, 12);
      const matrix = source.floats(rows * inputs);
      const pattern = largestUnits(matrix, { spec, rows, inputs });
      validatePattern(pattern, kind);
      const random = largestUnits(source.floats(rows * inputs), { spec, rows, inputs });
      assert.equal(countUnits(pattern), countUnits(random));
      const squares = (of: typeof pattern): number => {
        let sum = 0;
        eachConnection(of, (_, row, input) => sum += matrix[row * inputs + input] ** 2);
        return sum;
      };
      // No other pattern of the specification keeps more; equal but for the order of sums.
      assert.ok(squares(pattern) >= squares(random) * (1 - 1e-12), `${kind}, seed ${seed}`);
    }),
    { numRuns: 60 },
  );
});

Deno.test("largestUnits() keeps the first of equal units", () => {
  const matrix = Float32Array.of(1, 3, 3, 3, 0, 0, 0, 0);
  const kept = (spec: PatternSpec): number[] => [
    ...largestUnits(matrix, { spec, rows: 2, inputs: 4 }).index.subarray(0, 2),
  ];
  assert.deepEqual(kept(fanIn(2)), [1, 2]);
  assert.deepEqual(kept(block(1, { density: 0.25 })), [1, 2]);
  assert.throws(
    () => largestUnits(matrix.fill(NaN), { spec: fanIn(2), rows: 2, inputs: 4 }),
    /Cannot make a pattern of numbers that are not finite/,
  );
});

for (const pattern of [undefined, fanIn(3), nm(2, 4), block(4, { density: 0.5 })]) {
  const kind = pattern?.kind ?? "dense";
  Deno.test(`loadArrays() puts dense arrays into a ${kind} model`, async () => {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 2 });
    const options = pattern === undefined ? {} : { pattern };
    const model = sequential(
      linear(8, 12, { name: "a", ...options }),
      linear(12, 3, { name: "b" }),
    );
    const source = new Source(4);
    const shapes = { "a.weight": [12, 8], "a.bias": [12], "b.weight": [3, 12], "c.bias": [2] };
    const arrays = new Map(
      Object.entries(shapes).map(([name, shape]): [string, NamedTensor] => [
        name,
        { name, shape, data: source.floats(shape.reduce((product, size) => product * size)) },
      ]),
    );
    await assert.rejects(
      loadArrays({ device, model, arrays }),
      /Cannot load the array of "b.bias": there is none; expected \[3\] of floats/,
    );
    const left = await loadArrays({ device, model, arrays, except: ["b.bias"] });
    assert.deepEqual(left, ["c.bias"]);
    const { tensors } = await checkpointOf({ device, model });
    const read = new Map(tensors.map(({ name, data }) => [name, data]));
    assert.deepEqual(read.get("a.bias"), arrays.get("a.bias")?.data);
    const matrix = arrays.get("a.weight")?.data;
    const { sparse } = treeOfModel(model).weights[0];
    if (sparse === undefined) return assert.deepEqual(read.get("a.weight"), matrix);
    const values = read.get("a.weight:values");
    assert.ok(values instanceof Float32Array && matrix instanceof Float32Array);
    const found = toDense(sparse.pattern, values);
    const { spec, rows, inputs } = sparse;
    const kept = new Set<number>();
    eachConnection(
      largestUnits(matrix, { spec, rows, inputs }),
      (_, row, input) => kept.add(row * inputs + input),
    );
    assert.deepEqual([...found], [...matrix].map((x, i) => kept.has(i) ? x : 0));
  });
}

Deno.test("loadArrays() begins what it leaves out by the seed", async () => {
  const headOf = async (seed: number): Promise<unknown> => {
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const model = sequential(linear(4, 3, { name: "a" }), linear(3, 5, { name: "b" }));
    const shapes = { "a.weight": [3, 4], "a.bias": [3] };
    const arrays = new Map(
      Object.entries(shapes).map(([name, shape]): [string, NamedTensor] => [
        name,
        { name, shape, data: new Float32Array(shape.reduce((product, size) => product * size)) },
      ]),
    );
    await loadArrays({ device, model, arrays, except: ["b."], seed });
    const { tensors } = await checkpointOf({ device, model });
    return tensors.find(({ name }) => name === "b.weight")?.data;
  };
  assert.deepEqual(await headOf(1), await headOf(1));
  assert.notDeepEqual(await headOf(1), await headOf(2));
});
