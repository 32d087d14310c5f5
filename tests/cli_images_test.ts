/**
 * Pictures on the command line: augmentation, and folders of CIFAR.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeSafetensors } from "../src/train/safetensors.ts";
import { Source } from "./arbitraries.ts";
import { writeIdxFolder } from "./idx_files.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Calls `body` with a folder that holds a small data set in `data`, and the arguments of a small training. */
async function withData(body: (folder: string, args: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 200, test: 40, size: 6, classes: 4 });
    const args = [
      "--data",
      `${folder}/data`,
      "--device",
      "wasm",
      "--threads",
      "1",
      "--hidden",
      "16",
    ];
    await body(folder, [...args, "--batch", "32", "--sparsity", "0.5", "--every", "5"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every tensor of a checkpoint, as bits. */
async function weightsOf(path: string): Promise<unknown> {
  const { tensors } = await decodeSafetensors(await Deno.readFile(path), path);
  return [...tensors].map(([name, { data }]) => [name, [...data]]);
}

const checkpoint = (step: number): string =>
  `checkpoints/step-${String(step).padStart(9, "0")}.safetensors`;

Deno.test("train --model vit:pico mixes, resumes and is tested with the same bits", async () => {
  await withData(async (folder, args) => {
    const rest = args.filter((arg, i) => arg !== "--hidden" && args[i - 1] !== "--hidden");
    const vit = ["--model", "vit:pico", "--layers", "2", "--width", "8", "--patch", "3"];
    const random = ["--drop-path", "0.2", "--mixup", "0.4", "--augment", "flip"];
    const saves = ["--epochs", "2", "--checkpoint-every", "5", "--keep", "9"];
    const train = ["train", ...rest, ...vit, ...random, ...saves];
    const straight = await run([...train, "--out", `${folder}/a`]);
    assert.equal(straight.code, 0, straight.err);
    assert.match(straight.err, /vit of 2 layers of 8, 4 patches of 3 x 3/);
    const expected = await weightsOf(`${folder}/a/${checkpoint(14)}`);
    // What a run that was killed amid its first epoch leaves behind.
    for (const { name } of Deno.readDirSync(`${folder}/a/checkpoints`)) {
      if (`checkpoints/${name}` > checkpoint(5)) {
        await Deno.remove(`${folder}/a/checkpoints/${name}`);
      }
    }
    await Deno.remove(`${folder}/a/result.json`);
    const resumed = await run(["resume", `${folder}/a`]);
    assert.equal(resumed.code, 0, resumed.err);
    assert.deepEqual(await weightsOf(`${folder}/a/${checkpoint(14)}`), expected);
  });
});

Deno.test("train and resume with --set data.augment=crop,flip end with the same bits", async () => {
  await withData(async (folder, args) => {
    // Seven steps in an epoch: step 10 lies amid the second.
    const saves = ["--epochs", "3", "--checkpoint-every", "5", "--keep", "9"];
    const augmented = [...args, ...saves, "--set", "data.augment=crop,flip"];
    const straight = await run(["train", ...augmented, "--out", `${folder}/a`]);
    assert.equal(straight.code, 0, straight.err);
    const expected = await weightsOf(`${folder}/a/${checkpoint(21)}`);
    const plain = await run(["train", ...args, ...saves, "--out", `${folder}/b`]);
    assert.equal(plain.code, 0, plain.err);
    assert.notDeepEqual(await weightsOf(`${folder}/b/${checkpoint(21)}`), expected);
    // What a run that was killed amid its second epoch leaves behind.
    for (const { name } of Deno.readDirSync(`${folder}/a/checkpoints`)) {
      if (`checkpoints/${name}` > checkpoint(10)) {
        await Deno.remove(`${folder}/a/checkpoints/${name}`);
      }
    }
    await Deno.remove(`${folder}/a/result.json`);
    const resumed = await run(["resume", `${folder}/a`]);
    assert.equal(resumed.code, 0, resumed.err);
    assert.deepEqual(await weightsOf(`${folder}/a/${checkpoint(21)}`), expected);
  });
});

Deno.test("data verify describes a folder of CIFAR-100", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const source = new Source(1);
    for (const [name, examples] of [["train.bin", 3], ["test.bin", 2]] as const) {
      const bytes = Uint8Array.from({ length: examples * 3074 }, (_, i) => {
        const at = i % 3074;
        return source.below(at === 0 ? 20 : at === 1 ? 100 : 256);
      });
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    const { code, out, err } = await run(["data", "verify", folder, "--json"]);
    assert.equal(code, 0, err);
    const { train, test } = JSON.parse(out);
    assert.deepEqual([train.examples, test.examples], [3, 2]);
    assert.deepEqual([train.inputs, train.classes], [3072, 100]);
    await Deno.truncate(`${folder}/test.bin`, 3100);
    const damaged = await run(["data", "verify", folder]);
    assert.equal(damaged.code, 1);
    assert.match(damaged.err, /Cannot read ".*test.bin" at byte 3074: the file has 3100 bytes/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
