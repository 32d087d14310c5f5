/**
 * Defaults that follow the length of a run, and what a run says that it will never reach.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseLayer, resolveConfig, setLayer } from "../src/cli/config/load.ts";
import { neverReached, requireSteps, stepsOf, withLength } from "../src/cli/run_length.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { say } from "./in_process.ts";

function configWith(...settings: string[]) {
  return resolveConfig([setLayer(settings)]);
}

Deno.test("withLength() leaves long runs as they were, and gives short ones a share of their steps", () => {
  const lengthOf = (examples: number, ...settings: string[]): unknown => {
    const { optimizer: { warmup }, method: { every } } = withLength(
      configWith(...settings),
      examples,
    );
    return [warmup, every];
  };
  // Five epochs of MNIST, 2345 steps.
  assert.deepEqual(lengthOf(60_000), [100, 100]);
  assert.deepEqual(lengthOf(60_000, "train.epochs=1"), [23, 46]);
  assert.deepEqual(lengthOf(60_000, "train.batch=1024", "train.epochs=2"), [5, 11]);
  assert.deepEqual(lengthOf(1536, "method.name=set"), [3, 6]);
  assert.deepEqual(lengthOf(1, "train.epochs=1", "method.name=set"), [1, 1]);
  assert.deepEqual(lengthOf(1536, "optimizer.warmup=7", "method.every=9"), [7, 9]);
  assert.deepEqual(
    lengthOf(1536, "optimizer.warmup=0", "train.accumulate=2", "method.name=set"),
    [0, 3],
  );
  for (const none of ["method.name=dense", "method.name=static", "pattern.name=dense"]) {
    assert.deepEqual(lengthOf(1536, none), [3, undefined], none);
  }
});

Deno.test("withLength() spends at most one batch in ten where a method grows by gradients of them", () => {
  const everyOf = (examples: number, ...settings: string[]): unknown =>
    withLength(configWith(...settings), examples).method.every;
  // Five epochs of 301 examples, 15 steps, of which 11 rewired and trained nothing.
  assert.equal(everyOf(301), 10);
  assert.equal(everyOf(301, "method.name=rigl"), 10);
  assert.equal(everyOf(1, "train.epochs=1"), 10);
  assert.equal(everyOf(1536), 10);
  assert.equal(everyOf(1536, "train.accumulate=2"), 5);
  assert.equal(everyOf(1536, "train.accumulate=12"), 1);
  assert.equal(everyOf(301, "method.every=1"), 1);
  for (const none of ["method.name=set", "method.name=cht", "method.name=dynsparse"]) {
    assert.equal(everyOf(301, none), 1, none);
  }
  assert.equal(everyOf(301, "method.name=dynsparse", "method.growth=gradient"), 10);
});

Deno.test("withLength() changes nothing the second time", () => {
  const once = withLength(configWith(), 1536);
  assert.deepEqual(withLength(once, 60_000), once);
});

Deno.test("stepsOf() counts the last batch and the last step of an epoch, however small", () => {
  assert.equal(stepsOf(configWith("train.epochs=3", "train.batch=128"), 129), 6);
  const accumulated = configWith("train.epochs=3", "train.batch=10", "train.accumulate=4");
  assert.equal(stepsOf(accumulated, 45), 6);
});

Deno.test("neverReached() names what the run is too short for, and nothing of defaults that have room", () => {
  const notesOf = (settings: string[], examples = 1536, sparse = true): string[] =>
    neverReached(withLength(configWith(...settings), examples), { examples, sparse, cores: 2 });
  const silent: [settings: string[], examples?: number][] = [
    [[]],
    [[], 60_000],
    [["method.name=rigl"]],
    [["method.name=set", "train.epochs=1"]],
    [["method.name=static"]],
    [["method.name=dense"]],
    [["optimizer.schedule=step"]],
    [["train.checkpointEvery=60"]],
    [["train.batch=1536", "method.name=set"]],
    [["device.threads=2"]],
    [["method.every=6", "method.name=set"]],
    [["method.every=1", "train.accumulate=12"]],
    [["method.updates=6"]],
  ];
  for (const [settings, examples] of silent) {
    assert.deepEqual(notesOf(settings, examples), [], settings.join(" "));
  }
  const told: [settings: string[], note: RegExp, examples?: number, sparse?: boolean][] = [
    [
      ["optimizer.warmup=60"],
      /^the learning rate never reaches its peak: .* 60 steps, and the run/,
    ],
    [
      ["method.every=100"],
      /^patterns never change: the first rewiring would be at step 100, the l/,
    ],
    [["method.until=0"], /^patterns never change: .* before 0, and the run has 60 steps$/],
    [["method.every=45"], /^patterns never change: .* at step 45, the last one before 45/],
    [["method.fraction=0"], /^patterns never change: the share .* is 0$/],
    [[], /^patterns never change: no layer is sparse/, 1536, false],
    [
      ["train.checkpointEvery=61"],
      /^there is no checkpoint before the end: it would be at step 61/,
    ],
    [["train.batch=2000"], /^a batch of 2,000 never fills: there are 1,536 examples$/],
    [["method.every=6"], /^7 of 60 steps rewire and train nothing: srigl grows by .* every 10 st/],
    [["method.every=1"], /^11 of 15 steps rewire and train nothing: /, 301],
    [["method.updates=12"], /^8 of 60 steps rewire and train nothing: /],
    [
      ["method.every=1", "train.accumulate=4"],
      /^11 of 60 batches are spent on rewirings and train nothing: .* every 3 steps at most/,
    ],
    [[], /^patterns never change: the first rewiring would be at step 10, .* has 10 steps$/, 256],
    [["device.threads=3"], /^3 threads share 2 cores$/],
    [["optimizer.schedule=step", "optimizer.warmup=59"], /^the learning rate never falls: /],
  ];
  for (const [settings, note, examples, sparse] of told) {
    const notes = notesOf(settings, examples, sparse);
    assert.ok(notes.some((each) => note.test(each)), `${settings}: ${notes.join("; ")}`);
  }
});

Deno.test("requireSteps() refuses more batches in a step than there are, and steps that no device counts", () => {
  requireSteps(configWith("train.accumulate=12"), 1536);
  assert.throws(() => requireSteps(configWith("train.accumulate=13"), 1536), {
    message: 'Option "--accumulate" (train.accumulate) is 13, but an epoch has 12 batches.',
  });
  assert.throws(() => requireSteps(configWith("train.epochs=1000000000"), 1536), {
    message: /"--epochs" .* is 1000000000: 12,000,000,000 steps; expected at most 4,294,967,295/,
  });
});

Deno.test("train fills the defaults of a short run in, keeps them with it, and says what it never reaches", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeIdxFolder(folder, { train: 400, test: 100, size: 6, classes: 4 });
    const common = ["--data", folder, "--device", "wasm", "--threads", "1", "--sparsity", "0.5"];
    const short = await say(["train", "--dry-run", ...common, "--batch", "32", "--epochs", "2"]);
    assert.match(short.out, /\nevery = 10\n/);
    const args = [...common, "--hidden", "16", "--batch", "32", "--epochs", "8"];
    const printed = await say(["train", "--dry-run", ...args]);
    assert.match(printed.out, /\nevery = 10\n/);
    assert.match(printed.out, /\nwarmup = 5\n/);
    assert.ok(!printed.out.includes("\nnote "), printed.out);
    const trained = await say(["train", "--json", ...args, "--out", `${folder}/run`]);
    assert.equal(trained.code, 0, trained.err);
    const events = trained.out.trim().split("\n").map((line) => JSON.parse(line));
    const rewired = events.filter(({ event }) => event === "rewire").map(({ step }) => step);
    assert.deepEqual(rewired, [10, 20, 30, 40, 50, 60, 70]);
    const saved = await Deno.readTextFile(`${folder}/run/config.toml`);
    const { method: { every }, optimizer: { warmup } } = resolveConfig([
      parseLayer(saved, ".toml", "saved"),
    ]);
    assert.deepEqual([every, warmup], [10, 5]);
    const late = await say(["train", "--json", "--dry-run", ...args, "--every", "200"]);
    assert.match(JSON.parse(late.out).notes.join("\n"), /^patterns never change: .* step 200/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
