/**
 * What ranks exchange in a step, and what it takes of one: a static network of fan-in, trained by as many processes as a launcher
 * starts, on one batch again and again. Rank 0 prints a line of JSON.
 *
 * ```sh
 * mpirun -n 2 deno run -A benches/ranks.ts --sparsity 0.95 --width 4096 --layers 6 --batch 128
 * ```
 *
 * `--give FOLDER` writes what another library needs to train the same: `benches/peers/ddp.ts` does that.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { adamw, createDevice, mlp, staticPattern, Trainer } from "../mod.ts";
import { openParallel, type Parallel } from "../parallel.ts";
import { denseWeights } from "./dense_weights.ts";

/** A line of the bench. */
export interface RankedSteps {
  /** What moves the bytes. */
  readonly engine: string;
  readonly ranks: number;
  /** Weights of the same network without patterns. */
  readonly weights: number;
  readonly density: number;
  readonly batchSize: number;
  /** Time of a step by the clock, after those that warm up. */
  readonly stepMs: number;
  /** Processor time of a step of rank 0, without that of waiting for the others, which an MPI does by asking again and again. */
  readonly cpuMs: number;
  /** The least of these times: a machine that others use takes more. */
  readonly leastCpuMs: number;
  /** Bytes that a rank sends in a step. */
  readonly bytes: number;
  /** The same against a ring with all gradients of the network without patterns; null on one rank. */
  readonly ofDense: number | null;
  /** Time of the exchange by the clock, waiting for the slower rank included. */
  readonly exchangeMs: number;
  /** The same without waiting: the sum of all gradients by itself, from when every rank is there. */
  readonly sumMs: number;
  /** Processor time of that sum on rank 0. */
  readonly sumCpuMs: number;
  /** Of every step from the first one on. */
  readonly losses: readonly number[];
}

/** Classes of the examples; the last layer has more outputs, which are classes without an example. */
const CLASSES = 10;

const { values: flags } = parseArgs({
  options: {
    sparsity: { type: "string", default: "0.95" },
    width: { type: "string", default: "1024" },
    layers: { type: "string", default: "3" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "10" },
    give: { type: "string" },
  },
});
const [sparsity, width, layers, batchSize, steps] = [
  ...[flags.sparsity, flags.width, flags.layers, flags.batch, flags.steps].map(Number),
];
const parallel = openParallel();
/** What sums have taken. */
const sums = { ms: 0, cpuMs: 0, waitCpuMs: 0 };
using device = await createDevice({ prefer: "wasm", threads: 1 });
const sizes = Array.from({ length: layers + 1 }, (_, i) => (i % 2 === 0 ? width : 2 * width));
const data = {
  features: Float32Array.from({ length: batchSize * width }, (_, i) => ((i * 7919) % 997) / 997),
  labels: Uint8Array.from({ length: batchSize }, (_, i) => i % CLASSES),
  ...{ examples: batchSize, inputs: width, classes: sizes[layers] },
};
const model = mlp({ sizes, sparsity });
const seed = 1;
await device.place(model.parameters, { seed });
if (flags.give !== undefined && parallel.rank === 0) await give(flags.give);
const optimizer = adamw({ learningRate: 1e-3 });
using trainer = new Trainer({
  ...{ device, model, optimizer, method: staticPattern(), seed, parallel: waiting(parallel) },
});
const losses: number[] = [];
let before = standing();
const taken: number[] = [];
let last = before.cpu;
for await (const event of trainer.fit(data, { epochs: steps, batchSize, logEvery: 1 })) {
  if (event.kind !== "step") continue;
  losses.push(...event.losses);
  const now = standing();
  taken.push(now.cpu - last);
  last = now.cpu;
  // The first steps compile and warm up.
  if (event.step === 2) before = now;
}
const after = standing();
const { rank, size, engine } = parallel;
if (rank === 0) console.log(JSON.stringify(line()));
parallel.close();

/** Milliseconds of processor time of this process. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Ranks that wait for each other before a sum, so that waiting is told from summing. */
function waiting(ranks: Parallel): Parallel {
  const { engine, rank, size } = ranks;
  return {
    ...{ engine, rank, size },
    get traffic() {
      return ranks.traffic;
    },
    allReduce(values) {
      const here = cpu();
      ranks.barrier();
      const begin = { at: performance.now(), cpu: cpu() };
      sums.waitCpuMs += begin.cpu - here;
      ranks.allReduce(values);
      sums.ms += performance.now() - begin.at;
      sums.cpuMs += cpu() - begin.cpu;
    },
    broadcast: (values) => ranks.broadcast(values),
    barrier: () => ranks.barrier(),
    close: () => ranks.close(),
    abort: (code) => ranks.abort(code),
  };
}

/** Where the training stands. */
function standing() {
  const { traffic: { bytes, seconds } } = parallel;
  const at = performance.now();
  return { bytes, seconds, at, cpu: cpu() - sums.waitCpuMs, sums: { ...sums }, step: trainer.step };
}

/** What the steps after those that warm up have taken. */
function line(): RankedSteps {
  const weights = sizes.slice(1).reduce((sum, size, i) => sum + size * sizes[i], 0);
  const biases = sizes.slice(1).reduce((a, b) => a + b);
  const count = after.step - before.step;
  const bytes = (after.bytes - before.bytes) / count;
  return {
    ...{ engine, ranks: size, weights, density: trainer.topology.density, batchSize },
    stepMs: (after.at - before.at) / count,
    cpuMs: (after.cpu - before.cpu) / count,
    leastCpuMs: Math.min(...taken.slice(2)),
    bytes,
    ofDense: size === 1 ? null : bytes / (2 * (size - 1) / size * 4 * (weights + biases)),
    exchangeMs: 1000 * (after.seconds - before.seconds) / count,
    sumMs: (after.sums.ms - before.sums.ms) / count,
    sumCpuMs: (after.sums.cpuMs - before.sums.cpuMs) / count,
    losses,
  };
}

/** Writes examples and first weights as float32, and what they are. */
async function give(folder: string): Promise<void> {
  const write = (name: string, numbers: Float32Array): Promise<void> =>
    Deno.writeFile(`${folder}/${name}.f32`, new Uint8Array(numbers.slice().buffer));
  await write("x", data.features);
  await write("labels", Float32Array.from(data.labels));
  for (const [i, { weight, mask }] of (await denseWeights(device, model)).entries()) {
    await write(`weight${i}`, weight);
    await write(`mask${i}`, mask);
  }
  await Deno.writeTextFile(`${folder}/task.json`, JSON.stringify({ sizes, batchSize }));
}
