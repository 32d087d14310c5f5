/**
 * `peer/jax-js/...`: our training step against jax-js with a mask: the same weights, batch and learning rate, plain SGD, one
 * thread each, alternately in one run. Before anything is timed, both must give the same losses over the first steps.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { toDense } from "../src/sparse/convert.ts";
import { fanIn } from "../src/sparse/spec.ts";
import { Source } from "../tests/arbitraries.ts";
import { type Comparison, median } from "./measure.ts";

/** What the worker of jax-js is asked. */
export type JaxRequest =
  | {
    readonly kind: "open";
    readonly sizes: readonly [number, number, number];
    readonly examples: number;
    readonly learningRate: number;
    /** `[hidden, inputs]` and `[classes, hidden]`, 0 where masked. */
    readonly w1: Float32Array<ArrayBuffer>;
    readonly w2: Float32Array<ArrayBuffer>;
    readonly mask1: Float32Array<ArrayBuffer>;
    readonly mask2: Float32Array<ArrayBuffer>;
    /** `[inputs, examples]`. */
    readonly x: Float32Array<ArrayBuffer>;
    /** `[classes, examples]`: one-hot. */
    readonly y: Float32Array<ArrayBuffer>;
  }
  | { readonly kind: "run"; readonly times: number };

/** What it answers: the time of the steps, measured there, and the loss of each. */
export interface JaxResponse {
  /** Milliseconds of all steps asked for. */
  readonly milliseconds: number;
  /** Loss before each step. */
  readonly losses: readonly number[];
}

/** What is trained. */
export interface PeerShape {
  /** Inputs, hidden features, classes. */
  readonly sizes: readonly [number, number, number];
  /** Examples, a multiple of 32. */
  readonly examples: number;
  /** Share of masked connections, in both layers. */
  readonly sparsity: number;
}

const LEARNING_RATE = 0.05;

/**
 * jax-js time over our time of a step.
 *
 * @throws {Error} if the two do not compute the same losses.
 */
export async function comparePeer(backend: Backend, shape: PeerShape): Promise<Comparison> {
  const { sizes, examples, sparsity } = shape;
  const [inputs, hidden, classes] = sizes;
  const source = new Source(1);
  const x = source.floats(inputs * examples).map((value) => value * 0.5);
  const target = source.integers(examples, classes);

  const pattern = fanIn({ density: 1 - sparsity });
  const layers = [linear(inputs, hidden, { pattern }), linear(hidden, classes, { pattern })];
  const model = sequential(layers[0], relu(), layers[1]);
  const device = new Device(backend, "bench", 1, record);
  const optimizer = sgd({ learningRate: LEARNING_RATE });
  const program = await device.compile(
    [matrix(inputs, examples), labels(examples)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  const run = async (times: number): Promise<JaxResponse> => {
    const start = performance.now();
    for (let i = 0; i < times; i++) program.run([x, target]);
    await backend.settled();
    const milliseconds = performance.now() - start;
    return { milliseconds, losses: [...(await program.scalars())[0]] };
  };

  const dense = await Promise.all(layers.map(async ({ weights: [{ sparse }] }) => {
    if (sparse === undefined) throw new TypeError("Cannot compare: a layer is dense");
    const { pattern } = sparse;
    const values = await device.read(sparse.values);
    return {
      weight: Float32Array.from(toDense(pattern, Float32Array.from(values))),
      mask: Float32Array.from(toDense(pattern, new Float32Array(values.length).fill(1))),
    };
  }));
  const y = new Float32Array(classes * examples);
  target.forEach((label, column) => y[label * examples + column] = 1);
  const worker = new Worker(new URL("./peers/jax_worker.ts", import.meta.url), { type: "module" });
  const ask = (request: JaxRequest): Promise<JaxResponse> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<JaxResponse>) => resolve(data);
      worker.onerror = (event) => reject(new Error(`jax-js failed: ${event.message}`));
      worker.postMessage(request);
    });
  await ask({
    kind: "open",
    sizes,
    examples,
    learningRate: LEARNING_RATE,
    w1: dense[0].weight,
    mask1: dense[0].mask,
    w2: dense[1].weight,
    mask2: dense[1].mask,
    x,
    y,
  });
  try {
    compareLosses((await run(20)).losses, (await ask({ kind: "run", times: 20 })).losses);
    return await alternateRuns(run, (times) => ask({ kind: "run", times }));
  } finally {
    worker.terminate();
  }
}

/** Both time themselves, so that a message to the worker costs nobody anything. */
async function alternateRuns(
  ours: (times: number) => Promise<JaxResponse>,
  theirs: (times: number) => Promise<JaxResponse>,
): Promise<Comparison> {
  const [runsOfOurs, runsOfTheirs, rounds] = [50, 5, 15];
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    theirTimes.push((await theirs(runsOfTheirs)).milliseconds / runsOfTheirs);
    ourTimes.push((await ours(runsOfOurs)).milliseconds / runsOfOurs);
  }
  const ratios = theirTimes.map((time, i) => time / ourTimes[i]).sort((a, b) => a - b);
  const [first, second] = [median(theirTimes), median(ourTimes)];
  return {
    first,
    second,
    ratio: first / second,
    quartiles: [ratios[rounds >> 2], ratios[rounds - 1 - (rounds >> 2)]],
  };
}

function compareLosses(ours: readonly number[], theirs: readonly number[]): void {
  const differs = (loss: number, i: number): boolean =>
    !(Math.abs(loss - theirs[i]) <= 1e-3 * loss);
  if (ours.length === 0 || ours.length !== theirs.length || ours.some(differs)) {
    throw new Error(`Cannot compare with jax-js: our losses are ${ours}; theirs are ${theirs}`);
  }
}
