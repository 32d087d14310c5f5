/**
 * What a head of very many labels takes where they are spread over ranks: as many processes as a launcher starts train one on made
 * examples. Rank 0 prints a line of JSON. `--plan 8` says what each of eight ranks would take, and trains nothing.
 *
 * ```sh
 * mpirun -n 2 deno run -A benches/label_ranks.ts --labels 131072 --width 256 --fan-in 32 --batch 128
 * deno run -A benches/label_ranks.ts --labels 2812281 --width 768 --fan-in 32 --batch 128 --plan 4
 * ```
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  adamw,
  createDevice,
  extremeClassifier,
  fanIn,
  type Parallel,
  sparseLabelRanking,
  Trainer,
} from "../mod.ts";
import { rankingSource, syntheticRows } from "../files.ts";
import { openParallel } from "../parallel.ts";

const { values } = parseArgs({
  options: {
    labels: { type: "string", default: "131072" },
    width: { type: "string", default: "256" },
    "fan-in": { type: "string", default: "32" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "8" },
    plan: { type: "string" },
  },
});
const [labels, width, inputs, batchSize, steps] = [
  ...[values.labels, values.width, values["fan-in"], values.batch, values.steps].map(Number),
];
const parallel = openParallel();
using device = await createDevice({ prefer: "wasm", threads: 1 });
const rows = syntheticRows({ rows: batchSize * steps, labels, features: 2000, seed: 1 });
const source = rankingSource({ features: rows.features, labels: rows.labels });

if (values.plan === undefined) await train();
else {console.log(
    JSON.stringify({ ranks: Number(values.plan), bytes: planned(Number(values.plan)) }),
  );}
parallel.close();

/** What trains a head of which the rank has its labels. */
function trainerOf(spread: Parallel): Trainer {
  const pattern = fanIn(inputs, { full: true });
  const model = extremeClassifier({ features: 2000, labels, width, pattern, spread });
  const optimizer = adamw({ learningRate: 1e-3, flush: 1e-30 });
  const task = sparseLabelRanking({ loss: "bce" });
  const trainer: unknown = new Trainer({ device, model, task, optimizer, seed: 1 });
  return trainer as Trainer;
}

/** Bytes of the first of so many ranks. */
function planned(size: number): Readonly<Record<string, number>> {
  return trainerOf({ ...parallel, rank: 0, size }).plan({ inputs: source.inputs, batchSize }).bytes;
}

async function train(): Promise<void> {
  using trainer = trainerOf(parallel);
  const { total } = trainer.plan({ inputs: source.inputs, batchSize }).bytes;
  let before = { ...parallel.traffic, cpu: cpu(), step: 0 };
  for await (const event of trainer.fit(source, { epochs: 1, batchSize, logEvery: 2 })) {
    // The first steps compile and warm up.
    if (event.kind === "step" && event.step === 2) {
      before = { ...parallel.traffic, cpu: cpu(), step: event.step };
    }
  }
  const { bytes, seconds } = parallel.traffic;
  const count = trainer.step - before.step;
  const { rank, size, engine } = parallel;
  if (rank > 0) return;
  console.log(JSON.stringify({
    ...{ engine, ranks: size, labels, width, inputs, batchSize },
    ...{ planned: total, allocated: device.allocatedBytes },
    cpuMs: (cpu() - before.cpu) / count,
    bytes: (bytes - before.bytes) / count,
    exchangeMs: 1000 * (seconds - before.seconds) / count,
  }));
}

/** Milliseconds of processor time of this process. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
