import assert from "node:assert/strict";
import { planSweep, type Sweep } from "../src/cli/sweep/plan.ts";
import { readResult } from "../src/cli/result.ts";
import { csvTable, markdownTable, rowsOf, spread } from "../src/cli/sweep/table.ts";
import { parseToml } from "../src/cli/deps.ts";
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
      /"train.batch" in sweep.toml must be integer >= 1, but got 0/,
    ],
    [`[base.trian]\nepochs = 1`, /it has the key "trian"/],
    [`seeds = []`, /Cannot use the sweep "sweep.toml": seeds/],
    [`grids = 1`, /grids/],
  ];
  for (const [text, message] of refused) assert.throws(() => plan(text), { message });
});

Deno.test("tables have a row for each setting, with means and deviations", () => {
  const sweep = plan(`seeds = [1, 2]\n[[grid]]\n"pattern.name" = ["fan-in", "2:4"]`);
  const rest = { loss: 1, seconds: 2, stepMs: 3, bytes: 4000, sparsity: 0.9, hash: "", device: "" };
  const result = (accuracy: number) => ({
    accuracy,
    test: { loss: 1, accuracy },
    epochs: 1,
    steps: 3,
    ...rest,
  });
  const [a, b, c, d] = sweep.runs;
  const rows = rowsOf(sweep, [
    { run: a, result: result(0.9) },
    { run: b, result: result(0.92) },
    { run: c, result: result(0.8) },
    { run: d },
  ]);
  assert.deepEqual(rows.map(({ results }) => results.length), [2, 1]);
  const lines = markdownTable(sweep, rows).split("\n");
  assert.equal(lines[2], "| fan-in | 91.00 +- 1.41 | 3.00 | 2.0 | 4,000 | 2 |");
  assert.match(csvTable(sweep, rows).split("\n")[2], /^2:4,1,0.8,0,1,3,2,4000$/);
  assert.deepEqual(spread([1, 3]), { mean: 2, deviation: Math.SQRT2 });
});

Deno.test("sweep goes on where it stopped and leaves finished runs alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 200, test: 50, size: 6, classes: 4 });
    await Deno.writeTextFile(
      `${folder}/sweep.toml`,
      `seeds = [1]
      [base]
      data.name = '${folder}/data'
      model.hidden = [16]
      train = { epochs = 2, batch = 32 }
      device = { name = "wasm", threads = 1 }
      [[grid]]
      "pattern.sparsity" = [0.5, 0.7]
      "method.name" = ["static"]`,
    );
    const run = async (): Promise<Record<string, unknown>[]> => {
      const cli = new URL("../cli.ts", import.meta.url).href;
      const args = ["run", "--quiet", "-A", cli, "sweep", `${folder}/sweep.toml`];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...args, "--out", `${folder}/out`, "--json"],
        env: { NO_COLOR: "1" },
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const text = new TextDecoder().decode(stdout);
      const lines = text.trim().split("\n").map((line) => JSON.parse(line));
      const done = lines.pop();
      assert.equal(done.event, "done");
      assert.equal(done.rows.length, lines.length);
      assert.ok(done.rows.every((row: { seeds: number }) => row.seeds === 1));
      return lines;
    };
    const first = await run();
    assert.deepEqual(first.map(({ skipped }) => skipped), [false, false]);
    // As if it had been interrupted: no result, but a checkpoint.
    await Deno.remove(`${folder}/out/${first[0].name}/result.json`);
    const second = await run();
    const named = (name: unknown) => second.find((run) => run.name === name);
    assert.equal(named(first[0].name)?.skipped, false);
    assert.equal(named(first[1].name)?.skipped, true);
    const accuracies = [first, second].map((runs) =>
      runs.map(({ result }) => (result as { accuracy: number }).accuracy).sort()
    );
    assert.deepEqual(accuracies[1], accuracies[0]);
    assert.ok(await readResult(`${folder}/out/${first[0].name}`) !== undefined);
    assert.match(await Deno.readTextFile(`${folder}/out/accuracy.svg`), /^<svg/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
