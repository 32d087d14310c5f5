/**
 * Texts: words, vocabularies, batches, and models that are trained with them from the first step to a prediction.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readQuestions } from "../src/data/questions.ts";
import { sourceOf } from "../src/data/examples_source.ts";
import {
  isOfText,
  textPreparationOf,
  textQuestions,
  textSource,
  wordsOf,
} from "../src/data/text.ts";
import { isSource } from "../src/data/source.ts";
import { kindOfExamples, splitData } from "../src/data/training_data.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import { exportModel } from "../src/train/export.ts";
import { loadModel } from "../src/train/load.ts";
import { predict } from "../src/train/predict.ts";
import { decodeSafetensors } from "../src/train/safetensors.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { textExample, TEXTS } from "./text_models.ts";

const ORDERED = { batchSize: 6, seed: 0, shuffle: false } as const;

Deno.test("wordsOf() gives runs of letters and digits in lower case", () => {
  assert.deepEqual(wordsOf("It's 3.5 \u00c9t\u00e9-wise\n(na\u00efve)"), [
    "it",
    "s",
    "3",
    "5",
    "\u00e9t\u00e9",
    "wise",
    "na\u00efve",
  ]);
  assert.deepEqual(wordsOf("-- ,"), []);
});

Deno.test("textPreparationOf() takes words that come often enough, the most frequent first", () => {
  const { words, target } = textPreparationOf(TEXTS, { least: 3 });
  assert.deepEqual(words, ["the", "cat", "dog", "house", "old", "rain"]);
  assert.deepEqual(target, { kind: "class", classes: 2, names: ["animals", "places"] });
  const turned = { ...TEXTS, texts: TEXTS.texts.toReversed() };
  assert.deepEqual(textPreparationOf(turned, { least: 3 }).words, words);
});

Deno.test("textPreparationOf() refuses no texts and options that are no whole numbers above 0", () => {
  assert.throws(() => textPreparationOf({ ...TEXTS, texts: [] }), /texts is 0; expected a whole/);
  assert.throws(() => textPreparationOf(TEXTS, { positions: 0.5 }), /positions is 0.5; expected/);
});

Deno.test("textSource() gives the numbers of the first words, and padding behind them", () => {
  const preparation = textPreparationOf(TEXTS, { positions: 3, least: 3 });
  const source = textSource(TEXTS, preparation);
  assert.deepEqual(source.inputs, {
    features: { shape: [3], type: "u32", below: 8 },
    target: { shape: [1], type: "u32", below: 2 },
  });
  const [{ arrays: { features, target }, examples }] = source.epoch(0, ORDERED);
  const column = (at: number): number[] =>
    [0, 1, 2].map((position) => features[32 * position + at]);
  assert.equal(examples, 6);
  assert.deepEqual(column(0), [2, 3, 1]);
  assert.deepEqual(column(5), [6, 5, 6]);
  assert.deepEqual(column(6), [0, 0, 0]);
  assert.deepEqual([...target.subarray(0, 7)], [0, 0, 0, 1, 1, 1, 0]);
  const { vocabulary, inputs } = kindOfExamples(source);
  assert.deepEqual({ vocabulary, inputs }, { vocabulary: 8, inputs: 3 });
});

Deno.test("textSource() reads other texts as those of the training, classes by their names", () => {
  const preparation = textPreparationOf(TEXTS, { positions: 3, least: 3 });
  const other = { texts: ["House cat"], labels: [0], classNames: ["places"] };
  const { like } = textSource(other, textPreparationOf(other, { least: 1 }));
  const [{ arrays: { features, target } }] = like?.(preparation).epoch(0, ORDERED) ?? [];
  assert.deepEqual([features[0], features[32], features[64]], [5, 3, 0]);
  assert.equal(target[0], 1);
});

Deno.test("textSource() refuses what does not fit, by the text", () => {
  const preparation = textPreparationOf(TEXTS);
  const refused = (change: object, message: RegExp): void =>
    assert.throws(() => textSource({ ...TEXTS, ...change }, preparation), {
      name: "RangeError",
      message,
    });
  refused({ labels: [0] }, /there are 6 and 1 classes of them; expected one for each/);
  refused({ labels: [0, 0, 2, 1, 1, 1] }, /the class of text 2 is 2; expected one of 2/);
  refused(
    { classNames: ["animals", "tools"] },
    /the class of text 3 is "tools"; expected one of 2/,
  );
  const data = {
    features: new Float32Array(4),
    labels: [0, 1],
    examples: 2,
    inputs: 2,
    classes: 2,
  };
  const { preparation: numbers } = sourceOf({ ...data, labels: Uint8Array.of(0, 1) });
  assert.throws(() => textSource(TEXTS, preparation).like?.(numbers), /Cannot use the texts/);
});

Deno.test("splitData() sets texts aside, with the vocabulary of all", async () => {
  const { source, preparation } = textExample();
  const { train, test } = splitData(source, { share: 0.3, seed: 1 });
  assert.deepEqual([train.examples, test.examples], [4, 2]);
  assert(isSource(test) && isSource(train));
  assert.equal(test.preparation, preparation);
  assert.notEqual(await train.fingerprint(), await test.fingerprint());
});

testOnDevices("a model of texts is trained, saved, loaded and asked", async (backend) => {
  const folder = await Deno.makeTempDir();
  const device = new Device(backend, "test", 3, record);
  for (const places of [false, true]) {
    const { model, source, preparation } = textExample(places ? "places" : "bag");
    const path = `${folder}/model.safetensors`;
    {
      using trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 0.05 }) });
      for await (const _ of trainer.fit(source, { epochs: 30, batchSize: 4 }));
      const { accuracy } = await trainer.evaluate(source);
      assert.equal(accuracy, 1);
      await trainer.save(path);
    }
    const loaded = await loadModel(path, device);
    assert(loaded.preparation !== undefined && isOfText(loaded.preparation));
    assert.deepEqual(loaded.preparation, preparation);
    await Deno.writeTextFile(`${folder}/texts.txt`, "a cat, a dog\r\nan unknown house\n");
    const questions = await readQuestions(`${folder}/texts.txt`, loaded.preparation);
    const labels: number[] = [];
    for await (const said of predict(device, loaded.model, questions)) {
      if ("label" in said) labels.push(said.label);
    }
    assert.deepEqual(labels, [0, 1]);
    const out = `${folder}/export.safetensors`;
    await exportModel(out, { device, ...loaded });
    const { metadata } = await decodeSafetensors(await Deno.readFile(out), out);
    const { input, operations } = JSON.parse(metadata.filigree);
    assert.deepEqual(input, [7]);
    assert.deepEqual(operations[0].shape, places ? [4, 7] : [5]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readQuestions() refuses an empty file, and models of what no file has", async () => {
  const file = await Deno.makeTempFile();
  const { preparation } = textExample();
  await assert.rejects(readQuestions(file, preparation), /it is empty; expected a text a line/);
  await assert.rejects(readQuestions(file, { kind: "arrays" }), /reads data of the kind "arrays"/);
  await Deno.remove(file);
});

Deno.test("textQuestions() gives texts without classes", () => {
  const { preparation } = textExample();
  const { inputs, examples } = textQuestions(["a", "b c"], preparation);
  assert.deepEqual(Object.keys(inputs), ["features"]);
  assert.equal(examples, 2);
});
