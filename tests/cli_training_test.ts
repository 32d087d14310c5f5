/**
 * What `filigree train` does with the options of a step, and what it writes of every step.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeSafetensors } from "../src/train/safetensors.ts";
import { writeIdxFolder } from "./idx_files.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI, ...args],
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Calls `body` with a folder that holds a small data set in `data`, and flags to train with it. */
async function withData(body: (folder: string, args: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 400, test: 100, size: 6, classes: 4 });
    const args = ["--data", `${folder}/data`, "--device", "wasm", "--threads", "1"];
    await body(folder, [...args, "--hidden", "24,16", "--sparsity", "0.7", "--every", "5"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Line {
  readonly step: number;
  readonly loss?: number;
  readonly gradientNorm?: number;
  readonly layers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function metricsOf(folder: string): Promise<Line[]> {
  const text = await Deno.readTextFile(`${folder}/metrics.jsonl`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("train writes the norm of the gradient and the share of young connections dropped", async () => {
  await withData(async (folder, args) => {
    const out = `${folder}/run`;
    const given = ["--batch", "32", "--epochs", "2", "--checkpoint-every", "4", "--out", out];
    const { code, err } = await run(["train", ...args, ...given]);
    assert.equal(code, 0, err);
    const lines = await metricsOf(out);
    const steps = lines.filter(({ loss }) => loss !== undefined);
    assert.ok(steps.length >= 6);
    for (const { step, gradientNorm = 0 } of steps) assert.ok(gradientNorm > 0, `step ${step}`);
    const epochs = lines.filter(({ layers }) => layers !== undefined);
    assert.equal(epochs.length, 2);
    // Absent where a layer's last rewiring dropped nothing.
    const shares = epochs.flatMap(({ layers = {} }) => Object.values(layers))
      .flatMap(({ replacedYoung }) => typeof replacedYoung === "number" ? [replacedYoung] : []);
    assert.ok(shares.some((share) => share > 0), `${shares}`);
    assert.ok(shares.every((share) => share >= 0 && share <= 1), `${shares}`);
    const [events] = [...Deno.readDirSync(out)].filter(({ name }) => name.startsWith("events."));
    const written = await Deno.readTextFile(`${out}/${events.name}`);
    assert.ok(written.includes("gradientNorm"));
    assert.ok(written.includes("layers/layer0.weight/replacedYoung"));
    assert.match(err, /step 26\/26 {2}loss \d\.\d+ {2}gradient \d/);
  });
});

Deno.test("train --accumulate counts steps of several batches and resumes between them", async () => {
  await withData(async (folder, args) => {
    const given = [...args, "--batch", "8", "--accumulate", "4", "--checkpoint-every", "5"];
    const plan = await run(["train", ...given, "--dry-run", "--json"]);
    assert.equal(plan.code, 0, plan.err);
    const { plan: { kernels } } = JSON.parse(plan.out);
    assert.equal(kernels.cross_entropy, 4);
    // Two arrays per layer and the loss, once per batch.
    assert.equal(kernels.accumulate, 4 * (2 * 3 + 1));
    assert.equal(kernels.adamw, 6);
    const whole = await run(["train", ...given, "--epochs", "2", "--out", `${folder}/a`]);
    assert.equal(whole.code, 0, whole.err);
    assert.equal((await metricsOf(`${folder}/a`)).at(-1)?.step, 26);
    // The run as it was after step 15.
    await run(["train", ...given, "--epochs", "2", "--out", `${folder}/b`, "--keep", "9"]);
    for (const step of [20, 25, 26]) {
      await Deno.remove(`${folder}/b/checkpoints/step-0000000${step}.safetensors`);
    }
    const rest = await run(["resume", `${folder}/b`]);
    assert.equal(rest.code, 0, rest.err);
    const results = await Promise.all(["a", "b"].map(async (name) => {
      const { accuracy, loss, hash } = JSON.parse(
        await Deno.readTextFile(`${folder}/${name}/result.json`),
      );
      return { accuracy, loss, hash };
    }));
    assert.deepEqual(results[1], results[0]);
  });
});

Deno.test("train ends with exit code 1 when it diverges, names step and layer and keeps a good checkpoint", async () => {
  await withData(async (folder, args) => {
    const out = `${folder}/run`;
    const wild = ["--optimizer", "sgd", "--lr", "1e7", "--checkpoint-every", "1", "--out", out];
    const { code, err } = await run(["train", ...args, ...wild]);
    assert.equal(code, 1, err);
    const last = err.split("\n").find((line) => line.startsWith("error")) ?? err;
    assert.match(
      last,
      /^error: Cannot go on training: the (loss|norm of the gradient) of step \d+ is (NaN|Infinity), and /,
    );
    assert.match(last, /"layer\d\.(weight|bias)"|all weights are finite/);
    const names = [...Deno.readDirSync(`${out}/checkpoints`)].map(({ name }) => name).sort();
    const kept = `${out}/checkpoints/${names[names.length - 1]}`;
    const step = Number(/of step (\d+)/.exec(last)?.[1]);
    assert.ok(kept.endsWith(`step-${String(step).padStart(9, "0")}.safetensors`), kept);
    const { tensors } = await decodeSafetensors(await Deno.readFile(kept), kept);
    for (const [name, { data }] of tensors) {
      assert.ok(data.every(Number.isFinite), `${name} of ${kept}`);
    }
    const evaluated = await run(["eval", out]);
    assert.equal(evaluated.code, 0, evaluated.err);
    for (const { loss = 0 } of await metricsOf(out)) assert.ok(Number.isFinite(loss));
  });
});
