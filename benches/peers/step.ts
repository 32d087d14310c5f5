/**
 * `step/...`: a training step of a perceptron at 95 %, a batch of 128, plain SGD: ours stored sparse, theirs dense, with masks,
 * or sparse. The same weights at first; the first losses must be the same.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import type { DenseWeight } from "../dense_weights.ts";
import type { Match } from "./match.ts";
import { openStep, type Ours } from "./ours.ts";
import { openPeer, type Program } from "./process.ts";

/** Features from the input to the classes. */
export const SIZES = [784, 1024, 1024, 10] as const;
/** Examples of a step. */
export const EXAMPLES = 128;
/** Share of the connections that exist. */
export const DENSITY = 0.05;
/** Of every step. */
export const LEARNING_RATE = 0.05;

const PEERS: readonly (readonly [Program, variant: string, goal?: number])[] = [
  ["jax", "wasm-masked", 20],
  ["jax", "wasm-dense"],
  ["torch", "masked", 4],
  ["torch", "dense"],
  ["torch", "csr"],
  ["sparselab", "sparse", 2],
  ["tfjs", "wasm-masked"],
];

const OURS: readonly Ours[] = [
  { label: "wasm-plain", threads: 1 },
  { label: "wasm-relaxed", threads: 1 },
  { label: "wasm-relaxed", threads: 2 },
];

/** All comparisons. */
export function* stepMatches(): Generator<Match> {
  for (const ours of OURS) {
    for (const [program, variant, goal] of PEERS) {
      // TensorFlow.js has one thread outside a page.
      if (ours.threads > 1 && program === "tfjs") continue;
      yield match(ours, program, variant, goal);
    }
  }
  yield match({ label: "webgpu", threads: 1 }, "jax", "webgpu-masked");
  yield match({ label: "webgpu", threads: 1 }, "tfjs", "webgpu-masked");
}

function match(ours: Ours, program: Program, variant: string, goal?: number): Match {
  const random = new Random({ seed: 7, use: "values", stream: 0 });
  const x = random.normals(SIZES[0] * EXAMPLES, 0.5);
  const y = Uint32Array.from({ length: EXAMPLES }, () => random.below(SIZES[SIZES.length - 1]));
  let weights: readonly DenseWeight[] = [];
  const threads = ours.label === "webgpu" ? "" : `/threads-${ours.threads}`;
  return {
    name: `step/${SIZES.join("-")}/0.95/b${EXAMPLES}/${ours.label}${threads}/${program}-${variant}`,
    ...(goal === undefined ? {} : { goal }),
    async ours() {
      const task = { sizes: SIZES, density: DENSITY, examples: EXAMPLES };
      const contender = await openStep(ours, { ...task, learningRate: LEARNING_RATE, x, y });
      weights = contender.weights;
      return contender;
    },
    theirs: () =>
      openPeer(program, {
        open: "step",
        variant,
        threads: ours.threads,
        params: { layers: weights.length, learningRate: LEARNING_RATE },
        arrays: Object.fromEntries([
          // Peers take an example as a row.
          ["x", [transpose(x, SIZES[0], EXAMPLES), [EXAMPLES, SIZES[0]]]],
          ["labels", [Float32Array.from(y), [EXAMPLES]]],
          ...weights.flatMap(({ weight, mask, shape }, i) => [
            [`weight${i}`, [weight, shape]],
            [`mask${i}`, [mask, shape]],
          ]),
        ]),
      }),
    // A dense peer trains the zeros too: only its first loss is the same.
    losses: variant.endsWith("dense") ? 1 : 20,
  };
}

function transpose(x: Float32Array, rows: number, columns: number): Float32Array {
  return x.map((_, at) => x[(at % rows) * columns + Math.floor(at / rows)]);
}
