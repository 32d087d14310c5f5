/**
 * GPT for other programs: ONNX gives its outputs, whatever its form, and what is written for Hugging Face those of transformers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { characterWindows, decoderTokenizerFiles } from "../src/data/tokens/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { block } from "../src/sparse/patterns/block.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { exportModel } from "../src/train/export.ts";
import { exportHuggingFace } from "../src/train/huggingface/mod.ts";
import { exportOnnx } from "../src/train/onnx/mod.ts";
import { decodeSafetensors, EXPORT_KEY } from "../src/train/safetensors.ts";
import { drawnGpt, GPTS, logitsOf, SMALL, TOKENS } from "./gpt_models.ts";
import { testWithPython } from "./interop_python.ts";
import { assertClose, type Numbers, runNative, runWeb } from "./onnx_runtimes.ts";
import recorded from "./huggingface/gpt.json" with { type: "json" };

/** What transformers gave for the GPTs of `gpt_models.ts`: `deno task huggingface --record`. */
const RECORDED: Readonly<Record<string, { readonly names: string[]; readonly logits: Numbers }>> = {
  tanh: recorded.tanh,
  erf: recorded.erf,
};

/** Sums of at most 20 products in some thirty operations, in another order. */
const WITHIN = 1e-5;

for (const [name, options] of Object.entries(GPTS)) {
  testWithPython(`a GPT of the form ${name} gives the outputs of transformers`, async (folder) => {
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const model = await drawnGpt(device, 7, options);
    await exportHuggingFace(folder, { device, model });
    await Deno.rename(`${folder}/onnx/model.onnx`, `${folder}/model.onnx`);
    const { logits, names } = RECORDED[name];
    const inputs = { input_ids: TOKENS };
    const found = [
      await logitsOf(device, model),
      (await runNative(folder, inputs)).outputs.logits.data,
      (await runWeb(`${folder}/model.onnx`, inputs, () => true)).logits.data,
    ];
    for (const each of found) assertClose(each, logits.data, WITHIN, name);
    const bytes = await Deno.readFile(`${folder}/model.safetensors`);
    const { tensors, metadata } = await decodeSafetensors(bytes, "model.safetensors");
    assert.deepEqual(metadata, { format: "pt" });
    // The head is tied there.
    const expected = names.filter((each) => each !== "lm_head.weight");
    assert.deepEqual([...tensors.keys()].sort(), expected);
  });
}

testWithPython("a sparse GPT with angles and RMS norms is one in ONNX", async (folder) => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const form = { positional: "rotary", norm: "rms", sparsity: 0.5 } as const;
  const pattern = (density: number) => block(4, { density });
  const model = await drawnGpt(device, 3, { ...SMALL, ...form, pattern });
  const path = `${folder}/model.onnx`;
  await exportOnnx(path, { device, model });
  const expected = await logitsOf(device, model);
  const { inputs, outputs } = await runNative(folder, { tokens: TOKENS });
  assert.deepEqual(inputs, { tokens: ["batch", "length"] });
  assertClose(outputs.outputs.data, expected, WITHIN, "onnxruntime");
  const web = await runWeb(path, { tokens: TOKENS }, () => true);
  assertClose(web.outputs.data, expected, WITHIN, "onnxruntime-web");
  await assert.rejects(() => exportHuggingFace(folder, { device, model }), (error) => {
    assert.ok(error instanceof CheckpointError);
    assert.match(error.message, /its norms are RMS norms; expected the form of GPT-2/);
    return true;
  });
  const other = await drawnGpt(device, 3, { ...SMALL, positional: "rotary" });
  await assert.rejects(
    () => exportHuggingFace(folder, { device, model: other }),
    /its positions are rotary; expected the form of GPT-2/,
  );
});

Deno.test("exportModel() says what the parts of a GPT are", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await exportModel(path, { device, model: await drawnGpt(device, 1, SMALL), format: "dense" });
  const { tensors, metadata } = await decodeSafetensors(await Deno.readFile(path), path);
  assert.deepEqual(tensors.get("words.weight")?.shape, [37, 12]);
  const { operations: [operation] } = JSON.parse(metadata[EXPORT_KEY]);
  assert.deepEqual(operation.shape, [37, 9]);
  assert.equal(operation.decoder[0].layers.length, 2);
  assert.equal(operation.decoder[0].layers[1].attention[0].causal, true);
  await Deno.remove(path);
});

Deno.test("decoderTokenizerFiles() has a token for each character", () => {
  const { preparation } = characterWindows("ab\n".repeat(60), { positions: 8 });
  const files = decoderTokenizerFiles(preparation);
  const { model, pre_tokenizer: { pattern } } = JSON.parse(files["tokenizer.json"]);
  assert.deepEqual(model.vocab, { "\n": 0, a: 1, b: 2 });
  assert.equal("a\nb".match(new RegExp(pattern.Regex, "g"))?.length, 3);
  assert.equal(JSON.parse(files["tokenizer_config.json"]).model_max_length, 8);
});
