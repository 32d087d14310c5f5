/**
 * Validation examples choose; test examples are looked at once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { splitDataset } from "../src/data/split.ts";
import { Best } from "../src/cli/best.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { filigree, withTraining } from "./faulty_runs.ts";
import { withFlags } from "./flags.ts";

Deno.test("splitDataset() gives every example to one part, the same for a seed", () => {
  const examples = 50, inputs = 3;
  const features = Float32Array.from({ length: examples * inputs }, (_, i) => i);
  const targets = Float32Array.from({ length: examples }, (_, i) => 3 * i);
  const data = { features, targets, examples, inputs, outputs: 1 };
  const { train, test } = splitDataset(data, { share: 0.1, seed: 4 });
  assert.deepEqual([train.examples, test.examples], [45, 5]);
  const seen = [...train.targets, ...test.targets].sort((a, b) => a - b);
  assert.deepEqual(seen, [...targets]);
  for (const part of [train, test]) {
    part.targets.forEach((target, i) => assert.equal(part.features[i * inputs], target));
  }
  assert.deepEqual(splitDataset(data, { share: 0.1, seed: 4 }), { train, test });
  assert.notDeepEqual(splitDataset(data, { share: 0.1, seed: 5 }).test, test);
  for (const share of [0, 1, NaN, -0.1]) {
    assert.throws(() => splitDataset(data, { share }), { name: "RangeError" });
  }
  assert.equal(splitDataset(data, { share: 1e-9 }).test.examples, 1);
});

Deno.test("Best counts epochs since the best one, and goes on from what checkpoints keep", () => {
  const best = new Best();
  const accuracies = [0.5, 0.7, 0.7, 0.6];
  assert.deepEqual(accuracies.map((accuracy) => best.note({ loss: 1, accuracy })), [
    true,
    true,
    false,
    false,
  ]);
  assert.deepEqual([best.isLast, best.exhausted(2), best.exhausted(3)], [false, true, false]);
  const path = "run.safetensors", tensors = new Map();
  const again = new Best({ path, tensors, metadata: { ...best.notes } });
  assert.equal(again.evaluation?.accuracy, 0.7);
  assert.ok(again.exhausted(2) && !again.exhausted(3));
  const tied = new Best();
  assert.ok(tied.note({ loss: 2, accuracy: 0.5 }) && tied.note({ loss: 1, accuracy: 0.5 }));
  assert.ok(!tied.note({ loss: 0.1, accuracy: 0.499999 }), "the loss decides among equals only");
  const losses = new Best();
  assert.ok(losses.note({ loss: 2 }) && losses.note({ loss: 1 }) && !losses.note({ loss: 1.5 }));
});

interface Result {
  readonly epochs: number;
  readonly steps: number;
  readonly test: unknown;
  readonly validation: { readonly accuracy: number };
}

const OPTIONS = [
  "--epochs",
  "30",
  "--patience",
  "2",
  "--batch",
  "16",
  "--lr",
  "0.03",
];

Deno.test("train --validation tests the best checkpoint, and --patience stops behind it", async () => {
  await withTraining(async (folder, args) => {
    const out = `${folder}/run`;
    const { code, err } = await filigree(["train", ...withFlags(args, ...OPTIONS), "--out", out]);
    assert.equal(code, 0, err);
    assert.match(err, /epoch 1 {2}mean loss \d\.\d+ {2}validation loss \d\.\d+, accuracy \d/);
    const result: Result = JSON.parse(await Deno.readTextFile(`${out}/result.json`));
    const best = await readCheckpoint(`${out}/checkpoints/best.safetensors`);
    const { step } = JSON.parse(best.metadata.training);
    // 25 steps in an epoch.
    assert.equal(result.steps, step + 2 * 25, "two epochs after the best one");
    assert.ok(result.steps < 30 * 25);
    assert.equal(result.epochs, result.steps / 25);
    const given = ["eval", `${out}/checkpoints/best.safetensors`, "--json"];
    const evaluated = JSON.parse((await filigree(given)).out);
    assert.deepEqual(result.test, { loss: evaluated.loss, accuracy: evaluated.accuracy });
    const [name] = [...Deno.readDirSync(`${out}/checkpoints`)].map((file) => file.name)
      .filter((file) => file.startsWith("step-")).sort().reverse();
    assert.ok(name !== undefined && Number(/\d+/.exec(name)?.[0]) === result.steps);
    // More epochs would train nothing.
    const longer = await filigree(["resume", out, "--epochs", "40"]);
    assert.equal(longer.code, 2);
    assert.match(longer.err, /stopped 2 epochs after its best one/);
    const again = await filigree(["resume", out, "--json"]);
    assert.equal(again.code, 0, again.err);
    // It is told what it gave, and nothing is trained or written again.
    assert.equal(JSON.parse(again.out.trim().split("\n").at(-1) ?? "").epochs, result.epochs);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${out}/result.json`)), result);
  });
});

Deno.test("resume of a run with --patience gives the result of the run that never stopped", async () => {
  await withTraining(async (folder, args) => {
    const straight = ["train", ...withFlags(args, ...OPTIONS), "--out", `${folder}/a`];
    assert.equal((await filigree(straight)).code, 0);
    const cut = `${folder}/b`;
    const { code } = await filigree([
      "train",
      ...withFlags(args, ...OPTIONS),
      "--keep",
      "9",
      "--out",
      cut,
    ]);
    assert.equal(code, 0);
    // As if it had been killed after its second epoch.
    await Deno.remove(`${cut}/result.json`);
    for (const { name } of [...Deno.readDirSync(`${cut}/checkpoints`)]) {
      if (Number(/^step-(\d+)/.exec(name)?.[1] ?? 0) > 50) {
        await Deno.remove(`${cut}/checkpoints/${name}`);
      }
    }
    const { metadata } = await readCheckpoint(`${cut}/checkpoints/step-000000050.safetensors`);
    assert.equal(JSON.parse(metadata.validation).length, 2);
    const resumed = await filigree(["resume", cut]);
    assert.equal(resumed.code, 0, resumed.err);
    const read = async (run: string): Promise<unknown> => {
      const { epochs, steps, test, validation }: Result = JSON.parse(
        await Deno.readTextFile(`${folder}/${run}/result.json`),
      );
      return { epochs, steps, test, validation };
    };
    assert.deepEqual(await read("b"), await read("a"));
  });
});

Deno.test("train refuses --patience without validation, and shares that are none", async () => {
  await withTraining(async (folder, args) => {
    const refused: [string[], RegExp][] = [
      [["--patience", "2"], /"--patience" \(train\.patience\) needs examples to validate with/],
      [["--validation", "1.5"], /"--validation" must be a share in \(0, 1\)/],
      [["--validation", `${folder}/none`], /there is no such/],
    ];
    for (const [flags, message] of refused) {
      const { code, err } = await filigree(["train", ...args.slice(0, -2), ...flags]);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
  });
});

Deno.test("resume --epochs gives a run that came to its end more epochs, and fewer are refused", async () => {
  await withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    const { code, err } = await filigree(["train", ...args, "--epochs", "2", "--out", run]);
    assert.equal(code, 0, err);
    const read = async (): Promise<{ epochs: number; steps: number }> =>
      JSON.parse(await Deno.readTextFile(`${run}/result.json`));
    const fewer = await filigree(["resume", run, "--epochs", "1"]);
    assert.equal(fewer.code, 2);
    assert.match(
      fewer.err,
      /"--epochs" is 1, but the run in ".*" has 2; expected at least as many/,
    );
    const longer = await filigree(["resume", run, "--epochs", "4"]);
    assert.equal(longer.code, 0, longer.err);
    const { epochs, steps } = await read();
    assert.deepEqual([epochs, steps], [4, 4 * 13]);
    const lines = (await Deno.readTextFile(`${run}/metrics.jsonl`)).trimEnd().split("\n");
    const ended = lines.map((line) => JSON.parse(line)).filter((line) => "epochLoss" in line);
    assert.deepEqual(ended.map(({ epoch }) => epoch), [0, 1, 2, 3]);
    const again = await filigree(["resume", run, "--json"]);
    assert.equal(JSON.parse(again.out).steps, 4 * 13, "it came to its end");
  });
});
