/**
 * `deno run -A benches/evidence.ts [--quick] [--out FILE]`: what every pattern learns, on MNIST and Fashion-MNIST: the test
 * accuracy of an MLP beside the time of a step and the bytes on the device. Prints JSON lines, one a run, and writes the
 * table as Markdown.
 *
 * @module
 */
import { openData } from "../src/cli/data.ts";
import { parsePattern, parseRatio } from "../src/cli/patterns.ts";
import { DEFAULTS } from "../src/cli/settings.ts";
import type { SplitDataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { cosine, sparseRate } from "../src/optim/schedule.ts";
import { Device } from "../src/program/device.ts";
import { Trainer } from "../src/train/trainer.ts";
import { median } from "./measure.ts";

/** One kind of run. */
interface Setting {
  readonly data: string;
  readonly sparsity: number;
  readonly method: "dense" | "rigl" | "set";
  readonly pattern: string;
}

/** What one run gave. */
interface Outcome {
  readonly accuracy: number;
  readonly stepMs: number;
  readonly bytes: number;
}

const HIDDEN = [512, 512];
const EPOCHS = 5;
const BATCH_SIZE = 128;
const EVERY = 100;
const PATTERNS = ["fan-in", "group-8", "group-16", "block-4", "block-16"];
/** The N:M pattern of each sparsity. */
const RATIOS: Readonly<Record<number, string>> = { 0.9: "1:10", 0.95: "1:20" };

function settingsOf(data: string): Setting[] {
  const dense: Setting = { data, sparsity: 0, method: "dense", pattern: "dense" };
  const sparse = [0.9, 0.95].flatMap((sparsity) =>
    [...PATTERNS, RATIOS[sparsity]].flatMap((pattern) =>
      (["rigl", "set"] as const).map((method) => ({ data, sparsity, method, pattern }))
    )
  );
  return [dense, ...sparse];
}

function methodOf(name: Setting["method"]): Method | undefined {
  if (name === "dense") return undefined;
  return name === "rigl" ? rigl({ every: EVERY }) : set({ every: EVERY });
}

async function runOnce(
  backend: Backend,
  { train, test }: SplitDataset,
  { sparsity, method: name, pattern }: Setting,
  seed: number,
): Promise<Outcome> {
  const method = methodOf(name);
  const rate = sparseRate(DEFAULTS.lr.adamw, sparsity);
  const before = backend.allocatedBytes;
  const trainer = new Trainer({
    device: new Device(backend, "bench", seed, record),
    model: mlp({
      sizes: [train.inputs, ...HIDDEN, train.classes],
      sparsity,
      pattern: (density) => parsePattern(pattern, density),
      // The density of an N:M pattern is the same in every layer.
      distribution: parseRatio(pattern) === undefined ? "erk" : "uniform",
    }),
    optimizer: adamw({ learningRate: cosine(rate, { warmup: DEFAULTS.warmup }) }),
    seed,
    ...(method === undefined ? {} : { method }),
  });
  const start = performance.now();
  let steps = 0;
  for await (const event of trainer.fit(train, { epochs: EPOCHS, batchSize: BATCH_SIZE })) {
    if (event.kind === "epoch") steps = trainer.step;
  }
  const stepMs = (performance.now() - start) / steps;
  const bytes = backend.allocatedBytes - before;
  const { accuracy } = await trainer.evaluate(test);
  return { accuracy, stepMs, bytes };
}

function tableOf(rows: readonly { setting: Setting; runs: readonly Outcome[] }[]): string {
  const lines = [
    "| data | sparsity | pattern | method | accuracy, mean (spread) | ms a step | device bytes |",
    "| --- | ---: | --- | --- | ---: | ---: | ---: |",
  ];
  for (const { setting: { data, sparsity, pattern, method }, runs } of rows) {
    const accuracies = runs.map((run) => 100 * run.accuracy);
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
    const spread = Math.max(...accuracies) - Math.min(...accuracies);
    const cells = [
      data,
      `${Math.round(100 * sparsity)} %`,
      pattern,
      method,
      `${mean.toFixed(2)} % (${spread.toFixed(2)})`,
      median(runs.map((run) => run.stepMs)).toFixed(2),
      median(runs.map((run) => run.bytes)).toLocaleString("en"),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

async function main(args: readonly string[]): Promise<void> {
  const quick = args.includes("--quick");
  const out = args.includes("--out") ? args[args.indexOf("--out") + 1] : undefined;
  const seeds = quick ? [1] : [1, 2, 3];
  const backend = await openWasm();
  const rows: { setting: Setting; runs: Outcome[] }[] = [];
  for (const name of quick ? ["mnist"] : ["mnist", "fashion"]) {
    const data = await openData(name);
    for (const setting of settingsOf(name)) {
      const runs: Outcome[] = [];
      for (const seed of seeds) {
        const outcome = await runOnce(backend, data, setting, seed);
        console.log(JSON.stringify({ ...setting, seed, ...outcome }));
        runs.push(outcome);
      }
      rows.push({ setting, runs });
    }
  }
  const table = tableOf(rows);
  if (out === undefined) console.log(table);
  else await Deno.writeTextFile(out, table + "\n");
  backend.close();
}

if (import.meta.main) await main(Deno.args);
