/**
 * What a sweep found, as tables and plots.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseToml } from "../src/cli/deps.ts";
import { planSweep, type Sweep } from "../src/cli/sweep/plan.ts";
import { csvTable, markdownTable, measurePlot, rowsOf, spread } from "../src/cli/sweep/table.ts";

function plan(text: string): Sweep {
  return planSweep(parseToml(text), "sweep.toml");
}

/** What all results have here beside what a test tells of them. */
const REST = {
  ...{ loss: 1, epochs: 1, steps: 3, seconds: 2, stepMs: 3, bytes: 4000, sparsity: 0.9 },
  ...{ hash: "", device: "" },
};

Deno.test("tables have a row for each setting, with means and deviations", () => {
  const sweep = plan(`seeds = [1, 2]\n[[grid]]\n"pattern.name" = ["fan-in", "2:4"]`);
  const result = (accuracy: number) => ({ ...REST, accuracy, test: { loss: 1, accuracy } });
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

Deno.test("tables of a regression have its error in the place of the accuracy", () => {
  const sweep = plan(`seeds = [1, 2]\n[[grid]]\n"pattern.name" = ["fan-in"]`);
  const result = (mse: number) => ({
    ...REST,
    test: { loss: mse, mse, mae: 0.5 },
  });
  const [a, b] = sweep.runs;
  const rows = rowsOf(sweep, [{ run: a, result: result(0.25) }, {
    run: b,
    result: result(0.75),
  }]);
  const [head, , line] = markdownTable(sweep, rows).split("\n");
  assert.equal(head, "| pattern.name | mse | mae | ms a step | seconds | device bytes | seeds |");
  assert.equal(line, "| fan-in | 0.5000 +- 0.3536 | 0.5000 +- 0.0000 | 3.00 | 2.0 | 4,000 | 2 |");
  assert.match(csvTable(sweep, rows), /^pattern\.name,seeds,mse,mseDeviation,loss,/);
});

Deno.test("measurePlot() draws what transformers learn over the operations of their training", async () => {
  const sweep = plan(`[[grid]]\n"pattern.name" = ["fan-in", "2:4"]`);
  const result = (maskedLoss: number, trainingFlops?: number) => ({
    ...REST,
    test: { loss: maskedLoss + 0.7, maskedLoss, maskedAccuracy: 0.2, nextAccuracy: 0.5 },
    ...(trainingFlops === undefined ? {} : { trainingFlops }),
  });
  const [a, b] = sweep.runs;
  const rowsWith = (...flops: (number | undefined)[]) =>
    rowsOf(sweep, [a, b].map((run, i) => ({ run, result: result(6 - i, flops[i]) })));
  const counted = await measurePlot(sweep, rowsWith(1e9, 3e9));
  assert.match(counted, />FLOPs of training</);
  assert.match(counted, />test masked loss</);
  // One that does not count them cannot be drawn over them.
  assert.match(await measurePlot(sweep, rowsWith(1e9)), />milliseconds a step</);
  const [, , line] = markdownTable(sweep, rowsWith(1e9, 3e9)).split("\n");
  assert.match(line, /^\| fan-in \| 6\.0000 \+- 0\.0000 \| 20\.00 \+- 0\.00 \| 50\.00 /);
});

Deno.test("measurePlot() joins networks of several sizes over the operations of their training", async () => {
  const sparse = `[[grid]]\n"pattern.name" = ["fan-in"]\n"pattern.sparsity" = [0.8, 0.9]\n`;
  const sweep = plan(`${sparse}[[grid]]\n"pattern.name" = ["dense"]\n"model.hidden" = [[8], [4]]`);
  const result = (loss: number) => ({
    ...REST,
    test: { loss, accuracy: 0.5 },
    trainingFlops: 1e9 * loss,
  });
  const rows = rowsOf(sweep, sweep.runs.map((run, i) => ({ run, result: result(i + 1) })));
  const svg = await measurePlot(sweep, rows);
  assert.deepEqual(legendOf(svg), ["fan-in", "dense"]);
});

Deno.test("measurePlot() joins patterns of one size, which points say", async () => {
  const sweep = plan(`[[grid]]\n"pattern.name" = ["dense"]
    [[grid]]\n"pattern.name" = ["2:4", "1:8"]\n"optimizer.name" = ["sgd", "adamw"]\n"data.normalize" = ["all", "none"]
    [[grid]]\n"pattern.name" = ["fan-in"]\n"optimizer.schedule" = ["linear"]\n"train.loss" = ["mse"]`);
  const result = (trainingFlops: number) => ({
    ...REST,
    test: { loss: 1, accuracy: 0.5 },
    trainingFlops,
  });
  const rows = rowsOf(sweep, sweep.runs.map((run, i) => ({ run, result: result((i + 1) * 1e9) })));
  const svg = await measurePlot(sweep, rows);
  const names = legendOf(svg);
  assert.ok(names.includes("dense") && names.length === 6, `${names}`);
  assert.equal(svg.match(/>1:8<\/text>/g)?.length, 4);
  assert.match(svg, />5G<\/text>/);
});

/** The names in the legend of a plot. */
function legendOf(svg: string): string[] {
  const [, legend] = svg.split('class="mark-group role-legend"');
  const texts = [...legend.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);
  return texts.slice(0, -2); // Behind them the titles.
}
