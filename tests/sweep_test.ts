import assert from "node:assert/strict";
import { planSweep, type Sweep } from "../src/cli/sweep/plan.ts";
import { readResult } from "../src/cli/result.ts";
import { parseToml } from "../src/cli/deps.ts";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { exists } from "../src/runtime/atomic_files.ts";
import { FolderInUseError, lockFolder } from "../src/train/folder_lock.ts";
import { sendSignal } from "./faulty_runs.ts";
import { writeIdxFolder } from "./idx_files.ts";

function plan(text: string): Sweep {
  return planSweep(parseToml(text), "sweep.toml");
}

Deno.test("planSweep() makes every combination of every grid and seed", () => {
  const { runs, keys, jobs } = plan(`
    seeds = [1, 2]
    jobs = 3
    [base]
    train.epochs = 7
    [[grid]]
    "pattern.sparsity" = [0.8, 0.9]
    "method.name" = ["set", "rigl"]
    [[grid]]
    "pattern.name" = ["2:4"]
  `);
  assert.deepEqual(keys, ["pattern.sparsity", "method.name", "pattern.name"]);
  assert.equal(jobs, 3);
  assert.equal(runs.length, 10);
  assert.equal(new Set(runs.map(({ name }) => name)).size, 10);
  assert.equal(runs[0].name, "sparsity-0.8,method-set,seed-1");
  assert.equal(runs[9].name, "pattern-2_4,seed-2");
  for (const { config } of runs) assert.equal(config.train.epochs, 7);
  assert.deepEqual(runs.map(({ config }) => config.run.seed), [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
});

Deno.test("planSweep() draws the same values twice, within their ranges", () => {
  const text = `
    [random]
    samples = 50
    "optimizer.learningRate" = { min = 1e-4, max = 1e-2, scale = "log" }
    "train.batch" = [32, 64]
  `;
  const [first, second] = [plan(text), plan(text)];
  assert.deepEqual(first, second);
  const rates = first.runs.map(({ config }) => config.optimizer.learningRate ?? 0);
  assert.ok(rates.every((rate) => rate >= 1e-4 && rate <= 1e-2));
  // Half of the logarithms lie below the middle.
  const low = rates.filter((rate) => rate < 1e-3).length;
  assert.ok(low > 10 && low < 40, `${low} of 50`);
  assert.deepEqual(new Set(first.runs.map(({ config }) => config.train.batch)), new Set([32, 64]));
});

Deno.test("planSweep() refuses what it cannot run", () => {
  const refused: [string, RegExp][] = [
    [`[[grid]]\n"model.hiden" = [1]`, /varies "model.hiden"; expected keys of the configuration/],
    [`[[grid]]\n"run.seed" = [1]`, /varies "run.seed".*seeds have a list of their own/],
    [
      `[[grid]]\n"train.batch" = [0]`,
      /"train.batch" in sweep.toml must be integer >= 1 and <= 16777216, but got 0/,
    ],
    [`[base.trian]\nepochs = 1`, /it has the key "trian"/],
    [`seeds = []`, /Cannot use the sweep "sweep.toml": seeds/],
    [`grids = 1`, /grids/],
    [`name = "a b"`, /name is "a b"; expected letters, digits, ., _ and -/],
    [`jobs = 0`, /jobs is 0; expected integer >= 1/],
    [`grid = 3`, /grid is 3; expected a list of tables/],
    [`[[grid]]\n"train.batch" = []`, /grid.0.train.batch is \[\]; expected a list of values/],
    [`[random]\n"train.batch" = [1]`, /random has no samples/],
    [`[random]\nsamples = 0`, /random.samples is 0; expected integer >= 1/],
    [
      `[random]\nsamples = 1\n"optimizer.learningRate" = { min = 1 }`,
      /random.optimizer.learningRate is a table; expected min and max, or a list/,
    ],
    [
      `[random]\nsamples = 1\n"optimizer.learningRate" = { min = 1, max = 2, scale = "root" }`,
      /random.optimizer.learningRate.scale is "root"; expected linear, log/,
    ],
    [`[random]\nsamples = 1000000000\n"train.epochs" = [1, 2]`, /it has 1,000,000,000 runs/],
  ];
  for (const [text, message] of refused) assert.throws(() => plan(text), { message });
});

Deno.test("planSweep() makes one run of what is listed more than once", () => {
  const { runs, repeated } = plan(`
    seeds = [1, 2, 1, 1]
    [[grid]]
    "pattern.sparsity" = [0.8, 0.80, 0.9]
    "train.batch" = [32]
    [[grid]]
    "train.batch" = [32, 64]
    "pattern.sparsity" = [0.8]
  `);
  assert.deepEqual(
    runs.map(({ varied, config }) => [
      varied.get("pattern.sparsity"),
      varied.get("train.batch"),
      config.run.seed,
    ]),
    [[0.8, 32, 1], [0.8, 32, 2], [0.9, 32, 1], [0.9, 32, 2], [0.8, 64, 1], [0.8, 64, 2]],
  );
  assert.equal(repeated, 4 * 5 - 6);
});

Deno.test("planSweep() gives runs whose values look alike names of their own, in any order", () => {
  const names = (values: string) =>
    plan(`[[grid]]\n"data.name" = [${values}]`).runs.map((run) => [
      run.varied.get("data.name"),
      run.name,
    ]);
  const long = "x".repeat(300);
  const found = new Map(names(`"a/b", "a_b", "A_b", "c", "${long}1", "${long}2"`) as []);
  assert.equal(new Set([...found.values()].map((name) => String(name).toLowerCase())).size, 6);
  for (const name of found.values()) assert.match(String(name), /^data-[\w.,-]{1,210}$/);
  assert.equal(found.get("c"), "data-c,seed-0");
  assert.deepEqual(new Map(names(`"${long}2", "${long}1", "c", "A_b", "a_b", "a/b"`) as []), found);
});

/** Calls `body` with a folder that has a small data set, and what writes a sweep file there. */
async function withSweep(
  body: (folder: string, write: (text: string, epochs?: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 200, test: 50, size: 6, classes: 4 });
    await body(folder, (text, epochs = 2) =>
      Deno.writeTextFile(
        `${folder}/sweep.toml`,
        `seeds = [1]
        jobs = 2
        [base]
        data.name = '${folder}/data'
        model.hidden = [16]
        train = { epochs = ${epochs}, batch = 32 }
        device = { name = "wasm", threads = 1 }
        ${text}`,
      ));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const TWO = `[[grid]]\n"pattern.sparsity" = [0.5, 0.7]\n"method.name" = ["static"]`;

function sweepCommand(folder: string): Deno.Command {
  const cli = new URL("../cli.ts", import.meta.url).href;
  const args = ["run", "--quiet", "-A", cli, "sweep", `${folder}/sweep.toml`];
  return new Deno.Command(Deno.execPath(), {
    args: [...args, "--out", `${folder}/out`, "--json"],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a sweep; returns its lines without the last one. */
async function sweep(folder: string): Promise<{ lines: Record<string, unknown>[]; err: string }> {
  const { code, stdout, stderr } = await sweepCommand(folder).output();
  const err = new TextDecoder().decode(stderr);
  assert.equal(code, 0, err);
  const text = new TextDecoder().decode(stdout);
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  const done = lines.pop();
  assert.equal(done.event, "done");
  assert.equal(done.rows.length, lines.length);
  assert.ok(done.rows.every((row: { seeds: number }) => row.seeds === 1));
  return { lines, err };
}

Deno.test("sweep goes on where it stopped and leaves finished runs alone", () =>
  withSweep(async (folder, write) => {
    await write(TWO);
    const { lines: first } = await sweep(folder);
    assert.deepEqual(first.map(({ skipped }) => skipped), [false, false]);
    // As if it had been interrupted: a result that is cut off, but a checkpoint.
    await Deno.truncate(`${folder}/out/${first[0].name}/result.json`, 20);
    await Deno.writeTextFile(`${folder}/out/table.md.${crypto.randomUUID()}.tmp`, "half");
    const { lines: second } = await sweep(folder);
    const named = (name: unknown) => second.find((run) => run.name === name);
    assert.equal(named(first[0].name)?.skipped, false);
    assert.equal(named(first[1].name)?.skipped, true);
    const accuracies = [first, second].map((runs) =>
      runs.map(({ result }) => (result as { accuracy: number }).accuracy).sort()
    );
    assert.deepEqual(accuracies[1], accuracies[0]);
    assert.ok(await readResult(`${folder}/out/${first[0].name}`) !== undefined);
    assert.match(await Deno.readTextFile(`${folder}/out/accuracy.svg`), /^<svg/);
    assert.ok([...Deno.readDirSync(`${folder}/out`)].every(({ name }) => !name.endsWith(".tmp")));
  }));

Deno.test("sweep runs a changed configuration anew, and keeps the old run under another name", () =>
  withSweep(async (folder, write) => {
    await write(TWO);
    const { lines: first } = await sweep(folder);
    const [{ name }] = first;
    const before = await Deno.readTextFile(`${folder}/out/${name}/result.json`);
    await write(TWO, 3);
    const { lines: second, err } = await sweep(folder);
    assert.deepEqual(second.map(({ skipped }) => skipped), [false, false]);
    assert.match(
      err,
      new RegExp(`"[^"]*${name}" is of another configuration; it was renamed to "`),
    );
    const kept = await Deno.readTextFile(`${folder}/out/${name},before-1/result.json`);
    assert.equal(kept, before);
    assert.deepEqual((await sweep(folder)).lines.map(({ skipped }) => skipped), [true, true]);
  }));

Deno.test("sweep refuses a folder of one's own whose files it would replace", () =>
  withSweep(async (folder, write) => {
    await write(TWO);
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeTextFile(`${folder}/out/table.csv`, "mine");
    const { code, stderr } = await sweepCommand(folder).output();
    assert.equal(code, 2);
    assert.match(new TextDecoder().decode(stderr), /there is "table.csv" in it; expected a folder/);
    assert.equal(await Deno.readTextFile(`${folder}/out/table.csv`), "mine");
    assert.deepEqual([...Deno.readDirSync(`${folder}/out`)].map(({ name }) => name), ["table.csv"]);
  }));

Deno.test("a second sweep in the same folder is refused by name", () =>
  withSweep(async (folder, write) => {
    await write(TWO);
    await Deno.mkdir(`${folder}/out`);
    using _ = await lockFolder(`${folder}/out`);
    const { code, stderr } = await sweepCommand(folder).output();
    assert.equal(code, 1);
    const message = /error: Cannot write the sweep folder ".*out": .*process.* writes it; expected/;
    assert.match(new TextDecoder().decode(stderr), message);
  }));

Deno.test("sweep says why a run failed, not how to go on with it", () =>
  withSweep(async (folder, write) => {
    await write(`[[grid]]\n"optimizer.learningRate" = [1e38]\n"optimizer.warmup" = [0]`);
    const { code, stdout } = await sweepCommand(folder).output();
    assert.equal(code, 1);
    const [line] = new TextDecoder().decode(stdout).trim().split("\n");
    const { event, error } = JSON.parse(line);
    assert.equal(event, "run");
    assert.match(error, /not finite|NaN|Infinity/);
    assert.doesNotMatch(error, /filigree resume/);
  }));

/** Waits until every run of a sweep has a checkpoint; returns their folders. */
async function begun(out: string, count: number): Promise<string[]> {
  for (let i = 0; i < 3000; i++) {
    const folders = await exists(out)
      ? [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory)
      : [];
    const runs = folders.map(({ name }) => `${out}/${name}`);
    const saved = await Promise.all(runs.map(checkpointsIn));
    if (runs.length === count && saved.every((kept) => kept.length > 0)) return runs;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Cannot interrupt the sweep in "${out}": its runs save nothing`);
}

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 } as const;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
  Deno.test({
    name: `sweep leaves no process behind after ${signal}, and its runs have saved`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withSweep(async (folder, write) => {
        await write(TWO, 1_000_000);
        const child = sweepCommand(folder).spawn();
        const output = child.output();
        const runs = await begun(`${folder}/out`, 2);
        child.kill(signal);
        const { code, stderr } = await output;
        const err = new TextDecoder().decode(stderr);
        assert.equal(code, CODES[signal], err);
        if (signal !== "SIGKILL") assert.match(err, /^Interrupted.*\nThe runs .* have saved; the/);
        for (const run of runs) {
          // Nothing waits for those whose sweep was killed.
          if (signal === "SIGKILL") await freed(run);
          using _ = await lockFolder(run);
          const lines = (await Deno.readTextFile(`${run}/metrics.jsonl`)).trim().split("\n");
          const newest = (await checkpointsIn(run)).at(-1)?.step ?? 0;
          assert.ok(newest >= JSON.parse(lines.at(-1) ?? "{}").step, `${newest}: ${lines.at(-1)}`);
        }
      }),
  });
}

/** Waits until nobody writes a folder. */
async function freed(folder: string): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    try {
      using _ = await lockFolder(folder);
      return;
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

Deno.test({
  name: "a second signal to a sweep ends its runs at once",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSweep(async (folder, write) => {
      await write(TWO, 1_000_000);
      const child = sweepCommand(folder).spawn();
      const output = child.output();
      const runs = await begun(`${folder}/out`, 2);
      // Processes that cannot save: those that are named in the locks are stopped.
      const pids = runs.map((run) =>
        Number(/^process (\d+)/.exec(Deno.readTextFileSync(`${run}/writer.lock`))?.[1])
      );
      for (const pid of pids) Deno.kill(pid, "SIGSTOP");
      child.kill("SIGTERM");
      // Longer than what counts as one request; where the sweep was kept from hearing the first before the second, there is another.
      let running = true;
      const ended = output.finally(() => running = false);
      do await new Promise((resolve) => setTimeout(resolve, 1000)); while (
        running && sendSignal(child, "SIGINT")
      );
      assert.equal((await ended).code, 130);
      for (const run of runs) await freed(run);
      for (const run of runs) (await lockFolder(run))[Symbol.dispose]();
    }),
});
