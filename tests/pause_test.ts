/**
 * A run that pauses after some of its epochs, and goes on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { exists } from "../src/runtime/atomic_files.ts";
import { readMetrics } from "../src/train/metrics_files.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { refused, say, succeed } from "./in_process.ts";

/** Calls `body` with a folder and the arguments of a training of four epochs, whose patterns change in every one. */
async function withTraining(
  body: (folder: string, args: readonly string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const data = `${folder}/data`;
    await Deno.mkdir(data);
    await writeIdxFolder(data, { train: 160, test: 40, size: 6, classes: 4 });
    const small = ["--hidden", "16", "--sparsity", "0.5", "--method", "set", "--every", "2"];
    const device = ["--device", "wasm", "--threads", "1", "--batch", "32"];
    const rest = ["--epochs", "4", "--validation", "0.2", "--quiet"];
    await body(folder, ["train", "--data", data, ...small, ...device, ...rest]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a run that pauses and goes on is the run that never stopped, bit for bit", () =>
  withTraining(async (folder, args) => {
    const [whole, parts] = [`${folder}/whole`, `${folder}/parts`];
    const { seconds: _, ...straight } = await succeed(...args, "--out", whole);
    const paused = { event: "paused", run: parts, epochs: 4 };
    const pause = (after: number) => ["--pause-after", String(after)];
    // No other checkpoints than those of pauses.
    const rarely = ["--checkpoint-every", "1000"];
    const first = await succeed(...args, ...rarely, "--out", parts, ...pause(1));
    assert.deepEqual(first, { ...paused, after: 1 });
    assert.equal(await exists(`${parts}/result.json`), false);
    for (const after of [1, 3]) {
      assert.deepEqual(await succeed("resume", parts, ...pause(after)), { ...paused, after });
      const epochs = (await readMetrics(parts)).filter(({ epochLoss }) => epochLoss !== undefined);
      assert.equal(epochs.length, after);
    }
    const { seconds: __, ...last } = await succeed("resume", parts, ...pause(4));
    assert.deepEqual(last, straight);
    const [a, b] = await Promise.all([whole, parts].map(async (path) => {
      const { path: newest = "" } = (await checkpointsIn(path)).at(-1) ?? {};
      return await succeed("inspect", newest);
    }));
    assert.deepEqual(b.layers, a.layers);
  }));

Deno.test("a run whose patience has ended does not pause", () =>
  withTraining(async (folder, args) => {
    // Without a rate above rounding nothing gets better.
    const stuck = ["--patience", "1", "--lr", "1e-30", "--out", `${folder}/run`];
    const { event, steps } = await succeed(...args, ...stuck, "--pause-after", "2");
    assert.deepEqual([event, steps], ["done", 8]);
  }));

Deno.test("--pause-after says how to go on, and refuses what it cannot do", () =>
  withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    const { out } = await say([...args, "--out", run, "--pause-after", "2"]);
    assert.equal(out, `paused after 2 of 4 epochs; \`filigree resume ${run}\` goes on\n`);
    assert.match(await refused(...args, "--pause-after", "0"), /"--pause-after" is 0; expected/);
    assert.match(
      await refused(...args, "--pause-after", "2", "--no-save"),
      /"--pause-after" needs a run folder to go on from; expected it without --no-save/,
    );
  }));
