/**
 * BERT and the files of Hugging Face: what is read gives the outputs of transformers, and what is written is what was read.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Bert, bert, bertClassifier } from "../src/models/bert.ts";
import type { AnyModule } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { linear } from "../src/ops/linear.ts";
import type { Device } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { block } from "../src/sparse/patterns/mod.ts";
import type { SentenceInput } from "../src/tasks/pretraining.ts";
import type { BertConfig } from "../src/train/huggingface/config.ts";
import { loadArrays } from "../src/train/huggingface/load.ts";
import { exportModel } from "../src/train/export.ts";
import { bertFiles, exportHuggingFace, writeFolder } from "../src/train/huggingface/mod.ts";
import { readBert } from "../src/train/huggingface/read.ts";
import { exportOnnx } from "../src/train/onnx/mod.ts";
import { drawBert, INPUTS, SMALL } from "./bert_models.ts";
import { testWithPython } from "./interop_python.ts";
import { assertClose, type Numbers, runNative } from "./onnx_runtimes.ts";
import recorded from "./huggingface/bert.json" with { type: "json" };

/** Sums of at most 20 products in some thirty operations, in another order. */
const WITHIN = 1e-5;

function sizesOf({ layers, features, heads, intermediate, ...sizes }: BertConfig) {
  const { vocabulary, positions, dropout = 0 } = sizes;
  return { size: { layers, features, heads, intermediate }, vocabulary, positions, dropout };
}

/** A column for each example of `[examples, positions]`, padded to 32. */
function columns({ shape: [examples, positions], data }: Numbers): number[] {
  return Array.from({ length: positions * 32 }, (_, i) => {
    const example = i % 32;
    return example < examples ? data[example * positions + Math.floor(i / 32)] : 0;
  });
}

/** `[..., columns]` as `[examples, ...]`, with what was first last. */
function examplesFirst(data: Float32Array, [features, positions = 1]: readonly number[]): number[] {
  const { shape: [examples] } = INPUTS.input_ids;
  return Array.from({ length: examples * positions * features }, (_, i) => {
    const feature = i % features;
    const position = Math.floor(i / features) % positions;
    return data[(feature * positions + position) * 32 + Math.floor(i / features / positions)];
  });
}

/** What a model makes of the inputs: tensors, each as numbers of the examples. */
async function outputsOf(
  device: Device,
  forward: (input: SentenceInput) => Readonly<Record<string, Tensor>>,
): Promise<Record<string, number[]>> {
  const { input_ids: ids, attention_mask: counted, token_type_ids: kinds } = INPUTS;
  const [examples, positions] = ids.shape;
  const shape = [positions, examples];
  const outputs = new Map<string, readonly number[]>();
  using program = await device.compile(
    [{ shape, type: "u32" }, { shape, type: "u32" }, { shape, type: "f32" }],
    (tokens, segments, mask) =>
      Object.entries(forward({ tokens, segments, mask })).map(([name, tensor]) => {
        outputs.set(name, tensor.shape.slice(0, -1));
        return tensor;
      }),
  );
  const [tokens, segments] = [ids, kinds].map((each) => Uint32Array.from(columns(each)));
  const mask = Float32Array.from(columns(counted));
  program.run([tokens, segments, mask], { step: 0, totalSteps: 0 }, examples);
  const found: Record<string, number[]> = {};
  for (const [i, [name, sizes]] of [...outputs].entries()) {
    found[name] = examplesFirst(await program.floats(i), sizes);
  }
  return found;
}

/** Logits of the words and of the next sentence. */
function pretrained(model: Bert): (input: SentenceInput) => Readonly<Record<string, Tensor>> {
  return (input) => {
    const { hidden, head: { table, bias }, next } = model(input);
    const logits = linear(hidden, table, bias === undefined ? {} : { bias });
    return { logits, seq_relationship_logits: next };
  };
}

Deno.test("bert() gives the outputs of transformers for what loadArrays() puts into it", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const folder = await Deno.makeTempDir();
  const files = bertFiles(drawBert(7));
  await writeFolder(folder, files);
  const { arrays } = await readBert(folder);
  const model = bert(sizesOf(SMALL));
  assert.deepEqual(await loadArrays({ device, model, arrays }), []);
  const found = await outputsOf(device, pretrained(model));
  for (const name of ["logits", "seq_relationship_logits"] as const) {
    assertClose(found[name], recorded.pretraining.outputs[name].data, WITHIN, name);
  }
  await exportHuggingFace(`${folder}/again`, { device, model });
  for (const [name, content] of files) {
    const written = await Deno.readFile(`${folder}/again/${name}`);
    const expected = typeof content === "string" ? new TextEncoder().encode(content) : content;
    assert.deepEqual(written, expected, name);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("exportModel() and exportOnnx() refuse a BERT and say what takes it", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = bert(sizesOf(SMALL));
  for (const write of [exportModel, exportOnnx]) {
    await assert.rejects(
      // @ts-expect-error A BERT takes a record of tensors.
      () => write("never", { device, model }),
      /of the kind "bert", which takes several tensors; .*exportHuggingFace writes a bert/,
    );
  }
});

/** Half of the connections of the encoder, in blocks. */
const SPARSE = { ...sizesOf(SMALL), sparsity: 0.5, pattern: () => block(4, { density: 0.5 }) };

/** Fails where the ONNX of a model gives other outputs than the model, whose weights are the largest of a dense one. */
async function checkExport(
  folder: string,
  config: BertConfig,
  device: Device,
  model: AnyModule,
  forward: (input: SentenceInput) => Readonly<Record<string, Tensor>>,
): Promise<void> {
  await writeFolder(`${folder}/dense`, bertFiles(drawBert(5, config)));
  const { arrays } = await readBert(`${folder}/dense`);
  await loadArrays({ device, model, arrays });
  await exportHuggingFace(folder, { device, model });
  await Deno.rename(`${folder}/onnx/model.onnx`, `${folder}/model.onnx`);
  const { outputs } = await runNative(folder, INPUTS);
  for (const [name, numbers] of Object.entries(await outputsOf(device, forward))) {
    assertClose(outputs[name].data, numbers, WITHIN, name);
  }
}

testWithPython("exportHuggingFace() writes a sparse BERT with its own outputs", async (folder) => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = bert(SPARSE);
  await checkExport(folder, SMALL, device, model, pretrained(model));
});

testWithPython(
  "exportHuggingFace() writes a sparse classifier with its own outputs",
  async (folder) => {
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const classes = ["bad", "good", "odd"];
    const model = bertClassifier({ ...SPARSE, classes: classes.length });
    const forward = (input: SentenceInput) => ({ logits: model(input) });
    await checkExport(folder, { ...SMALL, classes }, device, model, forward);
  },
);
