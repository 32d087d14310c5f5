/**
 * `batches/...`: an epoch of steps whose batches are made in the thread of the program while the device works, as the trainer
 * does it, of bytes that stay bytes; beside the same whose batches a worker makes ahead in shared memory, one whose batches are
 * f32 already on the host, and one whose batch is there already.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import type { ClassDataset } from "../src/data/dataset.ts";
import { sourceIn, sourceOf } from "../src/data/examples_source.ts";
import type { Source } from "../src/data/source.ts";
import { mlp } from "../src/models/mlp.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Program } from "../src/program/program.ts";
import { Ahead } from "../src/train/ahead.ts";
import { arraysOf, specsOf } from "../src/train/objective.ts";
import { type BenchCase, relaxed, round, webgpu } from "./case.ts";
import type { WorkerOrder } from "./batches_worker.ts";
import { deviceOf } from "./layer.ts";
import { alternate } from "./measure.ts";

const EXAMPLES = 12_800, INPUTS = 784, CLASSES = 10, BATCH = 128;

/** What the program takes of a batch. */
const NAMES = ["features", "target"];

/** Epochs of each kind. */
const ROUNDS = 9;

/** The benches of this file. */
export function* batchCases(): Generator<BenchCase> {
  for (const [device, open] of [["wasm", relaxed], ["webgpu", webgpu]] as const) {
    for (const [name, hidden] of [["", 512], ["/small", 64]] as const) {
      const batch = `784-${hidden}-${hidden}-10 at 95 % and batch ${BATCH}`;
      yield {
        name: `batches/worker/${device}${name}`,
        unit: `time of an epoch with batches of a worker / made between steps: ${batch}`,
        open,
        run: (backend) => measure(backend, hidden, byWorker),
      };
      yield {
        name: `batches/numbers/${device}${name}`,
        unit: `time of an epoch with batches of f32 / of bytes: ${batch}`,
        open,
        run: (backend) => measure(backend, hidden, asNumbers),
      };
      yield {
        name: `batches/none/${device}${name}`,
        unit: `time of an epoch of one batch again and again / made between steps: ${batch}`,
        open,
        run: (backend) => measure(backend, hidden, byNobody),
      };
    }
  }
}

/** Another way to get batches. */
type Way = (given: {
  readonly data: ClassDataset;
  /** The program of its batches as they are made between steps. */
  readonly program: Program;
  /** Compiles the same for other batches. */
  compile(source: Source): Promise<Program>;
}) => Promise<{ epoch(): Promise<number>; end(): void }>;

/** @throws {Error} if the last loss of the other way is not a number. */
async function measure(backend: Backend, hidden: number, way: Way): ReturnType<BenchCase["run"]> {
  const model = mlp({ sizes: [INPUTS, hidden, hidden, CLASSES], sparsity: 0.95 });
  const optimizer = adamw({ learningRate: 1e-3 });
  const device = deviceOf(backend);
  const compile = (source: Source): Promise<Program> =>
    device.compile(
      specsOf("train", NAMES, source.inputs, BATCH),
      (x, y) => optimizer.update(crossEntropy(model(x, { mode: "train" }), y)),
      { trustInputs: true },
    );
  const data = pictures();
  const source = sourceIn(data);
  const program = await compile(source);
  const other = await way({ data, program, compile });
  const steps: number[] = [];
  const slices = async (): Promise<void> => {
    steps[0] = await bySlices(program, source);
    await backend.settled();
  };
  const others = async (): Promise<void> => {
    steps[1] = await other.epoch();
    await backend.settled();
  };
  const { first, second, quartiles } = await alternate(others, slices, ROUNDS);
  const [losses] = await program.scalars();
  other.end();
  program.dispose();
  if (steps[0] !== steps[1] || !losses.every(Number.isFinite)) {
    throw new Error(`Cannot measure: ${steps} steps, the last loss is ${losses.at(-1)}`);
  }
  const details = {
    ourMs: round(second / steps[0]),
    otherMs: round(first / steps[0]),
    lowerQuartile: round(quartiles[0]),
    upperQuartile: round(quartiles[1]),
  };
  return { ratio: first / second, details };
}

/** Examples in shared memory, so that a worker sees them without a copy. */
function pictures(): ClassDataset {
  const random = new Random({ seed: 1, use: "noise" });
  const features = new Uint8Array(new SharedArrayBuffer(EXAMPLES * INPUTS));
  for (let i = 0; i < features.length; i++) features[i] = random.below(256);
  const classes = new Uint8Array(new SharedArrayBuffer(EXAMPLES)).map((_, i) => i % CLASSES);
  return { features, labels: classes, examples: EXAMPLES, inputs: INPUTS, classes: CLASSES };
}

let epochs = 0;

async function bySlices(program: Program, source: Source): Promise<number> {
  const options = { batchSize: BATCH, seed: 0, shuffle: true };
  const batches = new Ahead(source, epochs++, options);
  let steps = 0;
  while (true) {
    const next = batches.next();
    const batch = next instanceof Promise ? await next : next;
    if (batch === undefined) return steps;
    program.run(arraysOf(NAMES, batch));
    batches.makeNext();
    steps++;
  }
}

const asNumbers: Way = async ({ data, compile }) => {
  const source = sourceOf(data);
  const program = await compile(source);
  return { epoch: () => bySlices(program, source), end: () => program.dispose() };
};

const byWorker: Way = async ({ program, data }) => {
  const worker = new Worker(new URL("./batches_worker.ts", import.meta.url), { type: "module" });
  const slots = [0, 1].map(() => ({
    features: new Uint32Array(new SharedArrayBuffer(INPUTS * BATCH)),
    target: new Uint32Array(new SharedArrayBuffer(4 * BATCH)),
  }));
  const order: WorkerOrder = { data, batchSize: BATCH, slots };
  worker.postMessage(order);
  let turn = 0;
  const ask = (what: number): Promise<number> =>
    new Promise((resolve) => {
      worker.onmessage = ({ data: examples }: MessageEvent<number>) => resolve(examples);
      worker.postMessage(what);
    });
  await Promise.resolve();
  return {
    async epoch(): Promise<number> {
      let steps = 0;
      let coming = ask(epochs++);
      while (await coming > 0) {
        const { features, target } = slots[turn++ % 2];
        coming = ask(-1);
        program.run([features, target]);
        steps++;
      }
      return steps;
    },
    end: () => worker.terminate(),
  };
};

const byNobody: Way = async ({ program, data }) => {
  const options = { batchSize: BATCH, seed: 0, shuffle: true };
  const batch = await new Ahead(sourceIn(data), 0, options).next();
  const arrays = batch === undefined ? [] : arraysOf(NAMES, batch);
  return {
    epoch(): Promise<number> {
      const steps = EXAMPLES / BATCH;
      for (let i = 0; i < steps; i++) program.run(arrays);
      return Promise.resolve(steps);
    },
    end: () => {},
  };
};
