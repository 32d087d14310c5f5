/**
 * `pretraining/...`: an epoch of steps whose examples are made in the thread of the program while the device works, as a trainer
 * does it, beside the same with a worker that makes them. The step is the encoder of BERT Tiny without attention and without the
 * head over a vocabulary, which are the most of it: any step of a whole model is longer.
 *
 * @module
 */
import { openPretrainingCorpus, type PretrainingName } from "../src/data/tokens/mod.ts";
import type { Source } from "../src/data/source.ts";
import type { Backend } from "../src/device/backend.ts";
import { embedding, gelu, linear } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { meanAlong } from "../src/ops/reductions.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Program } from "../src/program/program.ts";
import { block } from "../src/sparse/patterns/mod.ts";
import { Ahead } from "../src/train/ahead.ts";
import { madeSource, withCorpus } from "../tests/tokens_corpora.ts";
import { type BenchCase, relaxed, round } from "./case.ts";
import { deviceOf } from "./layer.ts";
import { alternate } from "./measure.ts";

const BATCH = 32, POSITIONS = 128, WIDTH = 128;

/** Epochs of each kind. */
const ROUNDS = 5;

/** The benches of this file. */
export function* pretrainingCases(): Generator<BenchCase> {
  yield {
    name: "pretraining/worker/wasm",
    unit: "time of an epoch with batches of a worker / made between steps: " +
      `two blocks of ${WIDTH}-${
        4 * WIDTH
      }-${WIDTH} at 90 % in 16 x 16, batch ${BATCH} x ${POSITIONS}`,
    open: relaxed,
    run: measure,
  };
}

/** @throws {Error} if both ways take other numbers of steps, or the last loss is not a number. */
async function measure(backend: Backend): ReturnType<BenchCase["run"]> {
  let found: Awaited<ReturnType<BenchCase["run"]>> | undefined;
  const text = { documents: 30, sentences: 160 };
  const sources = [madeSource("first", text), madeSource("second", { ...text, seed: 2 })];
  await withCorpus(async (folder) => {
    const options = { positions: POSITIONS };
    const { train, vocabulary } = await openPretrainingCorpus(folder, options);
    const beside = await openPretrainingCorpus(folder, { ...options, worker: true });
    const program = await stepOf(backend, vocabulary.size);
    const steps = [0, 0];
    let making = 0;
    const one = async (): Promise<void> => {
      ({ steps: steps[0] } = await epochOf(program, beside.train));
      await backend.settled();
    };
    const other = async (): Promise<void> => {
      ({ steps: steps[1], making } = await epochOf(program, train));
      await backend.settled();
    };
    const { first, second, quartiles } = await alternate(one, other, ROUNDS);
    const [losses] = await program.scalars();
    program.dispose();
    if (steps[0] !== steps[1] || !losses.every(Number.isFinite)) {
      throw new Error(`Cannot measure: ${steps} steps, the last loss is ${losses.at(-1)}`);
    }
    const details = {
      stepMs: round(second / steps[1]),
      makingMs: round(making / steps[1]),
      makingShare: round(making / second),
      workerStepMs: round(first / steps[0]),
      lowerQuartile: round(quartiles[0]),
      upperQuartile: round(quartiles[1]),
    };
    found = { ratio: first / second, details };
  }, sources);
  if (found === undefined) throw new Error("Cannot measure: there was no corpus");
  return found;
}

/** The linear layers of an encoder, over embedded tokens; it learns whether the second stretch follows. */
async function stepOf(backend: Backend, vocabulary: number): Promise<Program> {
  const table = embedding(vocabulary, WIDTH);
  const pattern = block(16, { density: 0.1 });
  const layers = [0, 1].flatMap((i) => [
    linear(WIDTH, 4 * WIDTH, { pattern, name: `up${i}` }),
    gelu(),
    linear(4 * WIDTH, WIDTH, { pattern, name: `down${i}` }),
  ]);
  const head = linear(WIDTH, 2);
  const optimizer = adamw({ learningRate: 1e-3 });
  const context = { mode: "train" } as const;
  return await deviceOf(backend).compile(
    [
      { shape: [POSITIONS, BATCH], type: "u32" },
      { shape: [1, 1, BATCH], type: "u32" },
    ],
    (tokens, next) => {
      const hidden = layers.reduce((x, layer) => layer(x, context), table(tokens, context));
      return optimizer.update(crossEntropy(head(meanAlong(hidden, "positions"), context), next));
    },
    { trustInputs: true },
  );
}

let epochs = 0;

/** Goes through an epoch; `making` are the milliseconds in which the thread made batches. */
async function epochOf(
  program: Program,
  source: Source<PretrainingName>,
): Promise<{ steps: number; making: number }> {
  const batches = new Ahead(source, epochs++, { batchSize: BATCH, seed: 0, shuffle: true });
  let steps = 0, making = 0;
  while (true) {
    const next = batches.next();
    const batch = next instanceof Promise ? await next : next;
    if (batch === undefined) return { steps, making };
    program.run([batch.arrays.tokens, batch.arrays.next]);
    const begin = performance.now();
    batches.makeNext();
    making += performance.now() - begin;
    steps++;
  }
}
