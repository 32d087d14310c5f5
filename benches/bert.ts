/**
 * `bert/...`: steps of BERT with 32 texts of 128 positions, ours with every matrix of the encoder dense against ours with a tenth
 * of its connections: the whole step of pre-training, where 20 positions of a text are to be told, and one layer of an
 * encoder. `bert/threads` compares one thread and two, `bert/base` is one step of the largest model by itself.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import { BERT_SIZES, type BertSizeName } from "../src/models/bert.ts";
import type { Bytes } from "../src/program/plan.ts";
import { patternNamed } from "../src/sparse/lookup.ts";
import { dense } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { LayerUnderTest, operandsOf } from "../src/crossover/layer.ts";
import { type BertShape, BertStep } from "./bert_step.ts";
import { type BenchCase, comparison, relaxed, round, webgpu } from "./case.ts";
import { deviceOf } from "./layer.ts";
import { compareSpent, type SharedComparison, spend, type Spent, type Work } from "./measure.ts";

const TEXTS = { positions: 128, places: 20, batch: 32 };
const DENSITY = 0.1;

/** Looks at each of the two: a step takes seconds, one of Medium many. */
const ROUNDS = 5, LONG_ROUNDS = 3;

/** What is compared: sizes, and pieces of words. */
const MODELS = {
  "tiny-8k": ["tiny", 8192],
  "mini-8k": ["mini", 8192],
  "mini-30k": ["mini", 30522],
  "medium-8k": ["medium", 8192],
  "medium-30k": ["medium", 30522],
} as const satisfies Readonly<Record<string, readonly [BertSizeName, number]>>;

/** The patterns by name, those of the smaller models. */
const PATTERNS = ["block-16", "block-8", "block-4", "group-16", "group-8", "fan-in", "1:10"];

/** A layer of Small and Medium. */
const LAYER = { features: 512, heads: 8 };

/** The benches of BERT. */
export function* bertCases(): Generator<BenchCase> {
  for (const [name, [size, vocabulary]] of Object.entries(MODELS)) {
    const patterns = size === "medium" ? PATTERNS.slice(0, 1) : PATTERNS;
    for (const pattern of name === "mini-30k" ? PATTERNS.slice(0, 1) : patterns) {
      yield {
        name: `bert/step/${name}/${pattern}`,
        unit: "dense time / sparse time",
        open: relaxed,
        run: async (backend) => await compareSteps(backend, { size, vocabulary }, named(pattern)),
      };
      yield {
        name: `bert/memory/${name}/${pattern}`,
        unit: "share of the dense encoder's weights, moments and lists",
        open: relaxed,
        run: async (backend) => await compareMemory(backend, { size, vocabulary }, named(pattern)),
      };
    }
  }
  yield* layerCases();
  yield {
    name: "bert/threads/2-vs-1/mini-8k/block-16",
    unit: "time of one thread / time of two",
    open: relaxed,
    run: compareThreads,
  };
  yield {
    name: "bert/base/block-16",
    unit: "seconds of a step, 32 texts, 30,522 pieces",
    open: () => openWasm({ build: "relaxed" }),
    run: async (backend) => await measureBase(backend, TEXTS),
  };
  yield {
    name: "bert/base/block-16/positions-32",
    unit: "seconds of a step, 32 texts of 32 positions, 30,522 pieces",
    open: webgpu,
    run: async (backend) => await measureBase(backend, { ...TEXTS, positions: 32, places: 5 }),
  };
}

function* layerCases(): Generator<BenchCase> {
  const unit = "dense time / sparse time";
  const pattern = named("block-16");
  yield {
    name: "bert/layer/512/block-16",
    unit,
    open: relaxed,
    run: async (backend) => {
      const { positions, batch } = TEXTS;
      const shape = { ...LAYER, positions, batch };
      using base = await BertStep.layer(backend, shape);
      using sparse = await BertStep.layer(backend, { ...shape, pattern });
      return compared(await alternately(run(base), run(sparse)), base, sparse);
    },
  };
  yield {
    name: "bert/matrices/512/block-16",
    unit,
    open: relaxed,
    run: async (backend) => figure(await compareMatrices(backend, pattern)),
  };
}

/** The whole step of a model. */
async function compareSteps(
  backend: Backend,
  { size, vocabulary }: { readonly size: BertSizeName; readonly vocabulary: number },
  pattern: PatternSpec,
): ReturnType<BenchCase["run"]> {
  const shape = { size, vocabulary, ...TEXTS };
  using base = await BertStep.pretraining(backend, shape);
  using sparse = await BertStep.pretraining(backend, { ...shape, pattern });
  const rounds = size === "medium" ? LONG_ROUNDS : ROUNDS;
  return compared(await alternately(run(base), run(sparse), rounds), base, sparse);
}

/** What weights, moments and lists of the matrices of an encoder take of what they would take if they were dense. */
async function compareMemory(
  backend: Backend,
  { size, vocabulary }: { readonly size: BertSizeName; readonly vocabulary: number },
  pattern: PatternSpec,
): ReturnType<BenchCase["run"]> {
  const shape = { size, vocabulary, ...TEXTS };
  const bytesOf = async (given: Partial<Pick<BertShape, "pattern">>): Promise<Bytes> => {
    using step = await BertStep.pretraining(backend, { ...shape, ...given });
    return step.plan.bytes;
  };
  const [base, sparse] = [await bytesOf({}), await bytesOf({ pattern })];
  const { layers, features } = BERT_SIZES[size];
  // All else is the same in both, so that the rest of the sparse one is what its encoder takes.
  const encoder = 3 * 4 * 12 * layers * features ** 2;
  const share = (stateOf(sparse) - stateOf(base) + encoder) / encoder;
  return { ratio: share, details: { encoder, baseBytes: base.total, ourBytes: sparse.total } };
}

/** The figure of a comparison; the ratio of the time of cores in its details. */
function figure(found: SharedComparison): Awaited<ReturnType<BenchCase["run"]>> {
  const { ratio, details } = comparison(found);
  return { ratio, details: { ...details, cpuRatio: round(found.cpuRatio) } };
}

/** A comparison, with what the two take: measured, since a step is only made where that is what its plan says. */
function compared(found: SharedComparison, base: BertStep, sparse: BertStep) {
  const { ratio, details } = figure(found);
  const bytes = { baseBytes: base.plan.bytes.total, ourBytes: sparse.plan.bytes.total };
  return { ratio, details: { ...details, ...bytes } };
}

/** Bytes of weights, moments, and lists of connections. */
function stateOf({ parameters, moments, indices }: Bytes): number {
  return parameters + moments + indices;
}

/** Both take turns, after one call of each that does not count. */
async function alternately(
  first: Work,
  second: Work,
  rounds = ROUNDS,
): Promise<SharedComparison> {
  await first();
  await second();
  const spent: [Spent[], Spent[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
      spent[which].push(await spend(which === 0 ? first : second));
    }
  }
  return compareSpent(...spent);
}

function run(step: BertStep): () => Promise<void> {
  return async () => {
    await step.run();
  };
}

/** The six matrices of a layer alone: forward with bias, gradients of input, weights and bias, AdamW. */
async function compareMatrices(backend: Backend, pattern: PatternSpec): Promise<SharedComparison> {
  const { features } = LAYER;
  const examples = TEXTS.positions * TEXTS.batch;
  const device = deviceOf(backend);
  const square = operandsOf({ rows: features, inputs: features, examples });
  const up = operandsOf({ rows: 4 * features, inputs: features, examples });
  const down = operandsOf({ rows: features, inputs: 4 * features, examples });
  using stack = new DisposableStack();
  const of = async (spec: PatternSpec) => {
    const layers: LayerUnderTest[] = [];
    for (const operands of [square, square, square, square, up, down]) {
      layers.push(stack.use(await LayerUnderTest.open(device, operands, spec)));
    }
    return async () => {
      for (const { step } of layers) await step(1);
    };
  };
  return await alternately(await of(dense()), await of(pattern));
}

/** @throws {Error} if the losses are not the same bits. */
async function compareThreads(one: Backend): ReturnType<BenchCase["run"]> {
  const two = await openWasm({ threads: 2, build: "relaxed" });
  try {
    const shape = { size: "mini", vocabulary: 8192, ...TEXTS, pattern: named("block-16") } as const;
    using first = await BertStep.pretraining(one, shape);
    using second = await BertStep.pretraining(two, shape);
    const found = figure(await alternately(run(first), run(second)));
    if (first.loss === second.loss) return found;
    throw new Error(`Cannot compare: the losses are ${first.loss} and ${second.loss}`);
  } finally {
    two.close();
  }
}

async function measureBase(
  backend: Backend,
  texts: typeof TEXTS,
): ReturnType<BenchCase["run"]> {
  using step = await BertStep.pretraining(backend, {
    ...{ size: "base", vocabulary: 30522, pattern: named("block-16") },
    ...texts,
  });
  await step.run();
  const seconds = (await spend(run(step))).milliseconds / 1000;
  const { total, parameters, moments, activations } = step.plan.bytes;
  return { ratio: seconds, details: { total, parameters, moments, activations, loss: step.loss } };
}

/** @throws {RangeError} if there is no pattern of that name. */
function named(pattern: string): PatternSpec {
  const spec = patternNamed(pattern, DENSITY);
  if (spec !== undefined) return spec;
  throw new RangeError(`Cannot bench the pattern "${pattern}": there is none of that name`);
}
