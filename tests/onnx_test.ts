import assert from "node:assert/strict";
import { Batcher } from "../src/data/batcher.ts";
import { prepareLike } from "../src/data/preparation.ts";
import { linear, makeModule, relu, sequential } from "../src/nn/mod.ts";
import { defineLayer, type LayerDefinition, recordOf } from "../src/nn/definition.ts";
import { createDevice } from "../src/ops/device.ts";
import { loadModel } from "../src/train/load.ts";
import { encodeOnnx, exportOnnx } from "../src/train/onnx/mod.ts";
import { outputsOn, trainAndSave, TRAINED } from "./export_models.ts";
import { testWithPython } from "./interop_python.ts";
import { assertClose, runNative, runWeb } from "./onnx_runtimes.ts";
import { outputsOfTexts, textExample } from "./text_models.ts";

// At most ten operations of sums of at most 96 products, in another order: 10 * 96 roundings of 6e-8 at worst. One of them
// goes through a batch norm, which divides by deviations above a tenth.
const WITHIN = 6e-5;

for (const [name, example] of Object.entries(TRAINED)) {
  testWithPython(`exportOnnx() writes ${name}, which onnxruntime runs`, async (folder) => {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
    const checkpoint = `${folder}/checkpoint.safetensors`;
    await trainAndSave(device, example, checkpoint);
    using other = await createDevice({ prefer: "wasm", threads: 1 });
    const { model, preparation } = await loadModel(checkpoint, other);
    assert.ok(preparation !== undefined);
    const { data } = example;
    const expected = await outputsOn(other, model, data, preparation);
    const path = `${folder}/model.onnx`;
    await exportOnnx(path, { device: other, model, preparation });
    // Five examples: the batch is not of the size that the model was trained with.
    const examples = 5;
    const features = preparedFeatures(prepareLike(data, preparation), examples);
    const inputs = { features: { shape: [examples, data.inputs], data: features } };
    const ran = await runNative(folder, inputs);
    assert.deepEqual(ran.inputs, { features: ["batch", data.inputs] });
    assert.deepEqual(JSON.parse(ran.metadata["filigree.preparation"]), preparation);
    const wanted = expected.slice(0, examples);
    const { outputs } = ran.outputs;
    assert.deepEqual(outputs.shape, [examples, wanted[0].length]);
    assertClose(outputs.data, wanted.flat(), WITHIN, "onnxruntime");
    const web = await runWeb(path, inputs, () => false);
    assertClose(web.outputs.data, wanted.flat(), WITHIN, "onnxruntime-web");
  });
}

for (const name of ["bag", "places", "sequence"] as const) {
  testWithPython(
    `exportOnnx() writes a model of texts (${name}), which onnxruntime runs`,
    async (folder) => {
      using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
      const example = textExample(name);
      const { positions, source: { examples }, model, preparation } = example;
      const { tokens, outputs } = await outputsOfTexts(device, example);
      const expected = name === "sequence"
        ? outputs.map((y) => featuresLast(y, positions))
        : outputs;
      const path = `${folder}/model.onnx`;
      await exportOnnx(path, { device, model, preparation });
      const inputs = { tokens: { shape: [examples, positions], data: tokens } };
      const ran = await runNative(folder, inputs);
      const length = name === "places" ? positions : "length";
      assert.deepEqual(ran.inputs, { tokens: ["batch", length] });
      assertClose(ran.outputs.outputs.data, expected.flat(), WITHIN, "onnxruntime");
      const web = await runWeb(path, inputs, () => true);
      assertClose(web.outputs.data, expected.flat(), WITHIN, "onnxruntime-web");
      if (name === "places") return;
      // A text without words, and another length.
      const { outputs: { shape, data } } = await runWeb(
        path,
        { tokens: { shape: [1, 3], data: [0, 0, 0] } },
        () => true,
      );
      assert.deepEqual(shape, name === "bag" ? [1, 2] : [1, 3, 3]);
      assert.ok(data.every(Number.isFinite));
    },
  );
}

/** `[features, positions]` as `[positions, features]`. */
function featuresLast(numbers: readonly number[], positions: number): number[] {
  const features = numbers.length / positions;
  return numbers.map((_, i) => numbers[(i % features) * positions + Math.floor(i / features)]);
}

Deno.test("exportOnnx() gives equal bytes for equal models", async () => {
  const write = async (): Promise<Uint8Array> => {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 5 });
    const path = await Deno.makeTempFile({ suffix: ".onnx" });
    await exportOnnx(path, { device, model: sequential(linear(4, 8), relu(), linear(8, 2)) });
    const bytes = await Deno.readFile(path);
    await Deno.remove(path);
    return bytes;
  };
  assert.deepEqual(await write(), await write());
});

Deno.test("exportOnnx() refuses a layer that does not say what it is in ONNX", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const twice: LayerDefinition = defineLayer({
    kind: "twice",
    settings: {},
    make: () => makeModule((x) => x, recordOf(twice, {})),
    exported: { shape: (_, input) => input },
  });
  const model = sequential(linear(4, 2), makeModule((x) => x, recordOf(twice, {})));
  await assert.rejects(
    exportOnnx("never.onnx", { device, model }),
    /Cannot export the model as ONNX: its layer of the kind "twice" does not say what it is there/,
  );
});

Deno.test("encodeOnnx() refuses what no reader of ONNX takes", () => {
  // It is never touched, so that it takes no memory.
  const data = new Float32Array(2 ** 29);
  const array = { name: "large", shape: [2 ** 29], data };
  const model = { inputs: [], outputs: [], nodes: [], arrays: [array], metadata: {} };
  assert.throws(
    () => encodeOnnx(model),
    /Cannot export the model as ONNX: it takes 2147\d+ bytes; expected at most 2147483647/,
  );
});

/** Features of the first examples as the model takes them: an example in a row. */
function preparedFeatures(data: Parameters<typeof batchOf>[0], examples: number): number[] {
  const features = batchOf(data);
  const columns = features.length / data.inputs;
  return Array.from(
    { length: examples * data.inputs },
    (_, i) => features[(i % data.inputs) * columns + Math.floor(i / data.inputs)],
  );
}

function batchOf(data: ConstructorParameters<typeof Batcher>[0]) {
  const [batch] = new Batcher(data, { batchSize: data.examples, seed: 0, shuffle: false }).epoch(0);
  return batch.arrays.features;
}
