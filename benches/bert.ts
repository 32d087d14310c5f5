/**
 * `bert/...`: a whole step of pre-training BERT, 32 texts of 128 positions, of which 20 are to be told: ours with every matrix
 * dense against ours with the encoder's in a pattern of a tenth of the connections. `bert/base` is one step of the largest
 * model by itself. Texts are drawn: what they are does not change what a step costs.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { bert, type BertSizeName } from "../src/models/bert.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import type { Plan } from "../src/program/plan.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import { patternNamed } from "../src/sparse/lookup.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { pretraining } from "../src/tasks/pretraining.ts";
import { inputNames, lossOf } from "../src/train/objective.ts";
import { Source } from "../tests/arbitraries.ts";
import { type BenchCase, comparison, relaxed, round } from "./case.ts";
import { alternate, time } from "./measure.ts";

const POSITIONS = 128, PLACES = 20, BATCH = 32, SPARSITY = 0.9;

/** Looks at each of the two: a step takes seconds. */
const ROUNDS = 5;

/** What is compared: sizes, and pieces of words. */
const MODELS = {
  "tiny-8k": ["tiny", 8192],
  "mini-8k": ["mini", 8192],
  "mini-30k": ["mini", 30522],
  "medium-8k": ["medium", 8192],
  "medium-30k": ["medium", 30522],
} as const satisfies Readonly<Record<string, readonly [BertSizeName, number]>>;

/** The patterns by name, each of the smaller models. */
const PATTERNS = ["block-16", "block-8", "block-4", "group-16", "fan-in"];

/** The benches of BERT. */
export function* bertCases(): Generator<BenchCase> {
  for (const [name, [size, vocabulary]] of Object.entries(MODELS)) {
    const patterns = name === "mini-8k" ? PATTERNS : PATTERNS.slice(0, 1);
    for (const pattern of patterns) {
      yield {
        name: `bert/step/${name}/${pattern}`,
        unit: "time of our dense step over that of the sparse one",
        open: relaxed,
        run: async (backend) => await compareSteps(backend, { size, vocabulary, pattern }),
      };
    }
  }
  yield {
    name: "bert/base/block-16",
    unit: "seconds of a step, 32 texts, 30,522 pieces",
    open: () => openWasm({ build: "relaxed" }),
    run: async (backend) => await measureBase(backend),
  };
}

interface Case {
  readonly size: BertSizeName;
  readonly vocabulary: number;
  readonly pattern: string;
}

async function compareSteps(
  backend: Backend,
  { size, vocabulary, pattern }: Case,
): Promise<ReturnType<typeof comparison>> {
  using dense = await Step.open(backend, { size, vocabulary, batch: BATCH });
  using sparse = await Step.open(backend, {
    ...{ size, vocabulary, batch: BATCH },
    pattern: named(pattern),
  });
  const found = comparison(
    await alternate(() => dense.run(), () => sparse.run(), ROUNDS),
  );
  const bytes = ({ plan }: Step) => plan.bytes.parameters + plan.bytes.moments + plan.bytes.indices;
  return {
    ...found,
    details: {
      ...found.details,
      denseBytes: dense.plan.bytes.total,
      ourBytes: sparse.plan.bytes.total,
      stateShare: round(bytes(sparse) / bytes(dense)),
    },
  };
}

async function measureBase(backend: Backend) {
  using step = await Step.open(backend, {
    ...{ size: "base", vocabulary: 30522, batch: BATCH },
    pattern: named("block-16"),
  });
  await step.run();
  const seconds = await time(() => step.run()) / 1000;
  const { total, parameters, moments, activations } = step.plan.bytes;
  return { ratio: seconds, details: { total, parameters, moments, activations, loss: step.loss } };
}

function named(pattern: string): (density: number) => PatternSpec {
  return (density) => {
    const spec = patternNamed(pattern, density);
    if (spec !== undefined) return spec;
    throw new RangeError(`Cannot bench the pattern "${pattern}": there is none of that name`);
  };
}

interface StepOptions {
  readonly size: BertSizeName;
  readonly vocabulary: number;
  readonly batch: number;
  readonly pattern?: (density: number) => PatternSpec;
}

/** A step on a device, whose plan says what it takes. */
class Step implements Disposable {
  readonly plan: Plan;
  /** Loss of the last step. */
  loss = NaN;
  readonly #run: () => Promise<number>;
  readonly #dispose: () => void;

  private constructor(plan: Plan, run: () => Promise<number>, dispose: () => void) {
    this.plan = plan;
    this.#run = run;
    this.#dispose = dispose;
  }

  /** @throws {Error} if other bytes are taken than the plan says. */
  static async open(
    backend: Backend,
    { size, vocabulary, batch, pattern }: StepOptions,
  ): Promise<Step> {
    const device = new Device(backend, "bench", 1, record);
    const sparse = pattern === undefined ? {} : { pattern, sparsity: SPARSITY };
    const model = bert({ size, vocabulary, positions: POSITIONS, ...sparse });
    const task = pretraining();
    const lossIn = lossOf({ model, task });
    const optimizer = adamw({ learningRate: 1e-4, weightDecay: 0.01, clipNorm: 1 });
    const inputs = drawn(vocabulary, batch);
    const specs = inputNames(task).map((name) => inputs[name].spec);
    const before = backend.allocatedBytes;
    const traced = device.trace(
      specs,
      (...given) => optimizer.update(lossIn(given, { mode: "train" })),
      { trustInputs: true },
    );
    const plan = device.plan([traced]);
    const program = await device.prepare(traced);
    const taken = backend.allocatedBytes - before;
    if (taken !== plan.bytes.total) {
      throw new Error(
        `Cannot bench BERT: it takes ${taken} bytes; its plan says ${plan.bytes.total}`,
      );
    }
    const data = inputNames(task).map((name) => inputs[name].data);
    let step = 0;
    const run = async (): Promise<number> => {
      program.run(data, { step: step++, totalSteps: 1000 }, batch);
      const [losses] = await program.scalars();
      return losses[losses.length - 1];
    };
    return new Step(plan, run, () => {
      program.dispose();
      for (const resource of traced.resources) if (device.has(resource)) device.free(resource);
    });
  }

  /** @throws {Error} if its loss is no number. */
  async run(): Promise<void> {
    this.loss = await this.#run();
    if (!Number.isFinite(this.loss)) throw new Error(`Cannot bench BERT: its loss is ${this.loss}`);
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

/** Inputs of a step by name. */
function drawn(vocabulary: number, batch: number) {
  const source = new Source(5);
  const whole = (length: number, below: number) => ({
    spec: { shape: [length, batch], type: "u32" as const },
    data: source.integers(length * batch, below),
  });
  const ones = (length: number) => ({
    spec: { shape: [length, batch], type: "f32" as const },
    data: new Float32Array(length * batch).fill(1),
  });
  const inputs: Readonly<Record<string, ReturnType<typeof whole> | ReturnType<typeof ones>>> = {
    tokens: whole(POSITIONS, vocabulary),
    segments: whole(POSITIONS, 2),
    mask: ones(POSITIONS),
    places: whole(PLACES, POSITIONS),
    words: whole(PLACES, vocabulary),
    weights: ones(PLACES),
    next: whole(1, 2),
  };
  return inputs;
}
