/**
 * The plan for many nodes: what a step takes of time and memory by a model whose constants were measured, beside the points of one,
 * two and four ranks that it is checked with. Prints the tables of `docs/results/scale.md`; nothing is trained.
 *
 * ```sh
 * deno run -A benches/scale.ts             # with the constants below
 * deno run -A benches/scale.ts --measure   # takes those of BERT and of a head anew: minutes, 4 GB
 * ```
 *
 * The points are lines of `mpirun -n RANKS deno run -A benches/ranks.ts --width 2048 --layers 3 --batch BATCH`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openWasm } from "../src/device/wasm/backend.ts";
import { block } from "../src/sparse/patterns/mod.ts";
import { BertStep } from "./bert_step.ts";
import { EXAMPLES, FEATURES, givenLabels, PATTERNS, prepare } from "./labels.ts";
import { median, spend } from "./measure.ts";

/** The least processor time of a step, without waiting, of three runs of 12: `leastCpuMs`. */
interface Point {
  readonly ranks: number;
  readonly batch: number;
  readonly cpuMs: number;
}

/** Of a network of 25,165,824 weights at 95 %; the model is fitted to the first two. */
const POINTS: readonly Point[] = [
  { ranks: 1, batch: 64, cpuMs: 42.3 },
  { ranks: 1, batch: 256, cpuMs: 174.5 },
  { ranks: 1, batch: 128, cpuMs: 109.6 },
  { ranks: 2, batch: 256, cpuMs: 101.2 },
  { ranks: 4, batch: 256, cpuMs: 62.4 },
];

/** Values that its ranks exchange. */
const VALUES = 1_298_513;

/** What was measured on one thread of WASM: seconds of processor time, bytes as planned. */
const MEASURED = {
  /** Of a value that is summed over two ranks: both copies, the sum, and what Open MPI does: `sumCpuMs` over the values. */
  secondsOfAValue: 5.9e-9,
  /** Of a message between two ranks: half of a sum of 64 bytes. */
  secondsOfAMessage: 10e-6,
  /** A step of BERT-Base at 90 % in blocks of 16 x 16: 32 texts of 128 positions. */
  bert: { seconds: 22.92, bytes: 3_354_921_984, values: 33_361_724 },
  /** A step of a head of 768 features, 32 of them for each label: 128 examples, by AdamW. */
  head: { labels: 131_072, seconds: 0.379, bytes: 62_999_712 },
};

/** Values that a sum takes at a time, each by messages of its own: `AT_A_TIME` of `src/parallel/ordered_sum.ts`. */
const AT_A_TIME = 1 << 22;

/** A network between machines: bits a second. */
const NETWORKS = { "1 Gbit/s": 1e9, "10 Gbit/s": 1e10, "100 Gbit/s": 1e11 } as const;

/** Seconds of a sum over ranks, whose machines have a core each. */
function sumSeconds(values: number, ranks: number, bitsPerSecond: number): number {
  if (ranks === 1) return 0;
  const messages = 2 * (ranks - 1) * Math.ceil(values / AT_A_TIME);
  return values * MEASURED.secondsOfAValue +
    2 * (ranks - 1) / ranks * 32 * values / bitsPerSecond + messages * MEASURED.secondsOfAMessage;
}

/** What an example and an update take, of two batches on one rank. */
function fitted(): { readonly example: number; readonly update: number } {
  const [a, b] = POINTS;
  const example = (b.cpuMs - a.cpuMs) / (b.batch - a.batch);
  return { example, update: Math.max(0, a.cpuMs - example * a.batch) };
}

/** The model beside what was measured. On one machine bytes move at the speed of what the constant of a value holds. */
function* checks(): Generator<readonly string[]> {
  const { example, update } = fitted();
  for (const { ranks, batch, cpuMs } of POINTS) {
    const sum = 1000 * sumSeconds(VALUES, ranks, Infinity);
    const model = example * batch / ranks + update + sum;
    const off = 100 * (model / cpuMs - 1);
    yield [`${ranks}`, `${batch}`, written(cpuMs), written(model), `${off.toFixed(0)} %`];
  }
}

/** Ranks that plans are for: a node each, of which one core works. */
const RANKS = [1, 4, 16, 64] as const;

/** Steps of 32 texts on each rank. Several ranks hold sums of gradients, and the message that they make of these. */
function* bertPlan(): Generator<readonly string[]> {
  const { seconds, values, bytes } = MEASURED.bert;
  for (const ranks of RANKS) {
    const steps = Object.values(NETWORKS).map((bits) => seconds + sumSeconds(values, ranks, bits));
    const texts = steps.map((step) => 32 * ranks / step);
    yield [
      ...[
        `${ranks}`,
        `${32 * ranks}`,
        gigabytes(bytes + (ranks > 1 ? 8 * values : 0)),
        ...steps.map((step) => step.toFixed(2)),
      ],
      ...[texts[1].toFixed(1), `${(100 * seconds / steps[1]).toFixed(0)} %`],
    ];
  }
}

/** Labels of the plan. */
const LABELS = 3_000_000;

/**
 * Steps of a head whose labels are spread over ranks: all of them have the features of the batch, and sum the gradient of these.
 * Whose features they are is not in it.
 */
function* headPlan(): Generator<readonly string[]> {
  const { labels, seconds, bytes } = MEASURED.head;
  for (const ranks of RANKS) {
    const share = LABELS / ranks / labels;
    const steps = Object.values(NETWORKS).map((bits) =>
      share * seconds + sumSeconds(FEATURES * EXAMPLES, ranks, bits)
    );
    const efficiency = 100 * LABELS / labels * seconds / ranks / steps[1];
    const own = steps.map((step) => step.toFixed(3));
    yield [`${ranks}`, gigabytes(share * bytes), ...own, `${efficiency.toFixed(0)} %`];
  }
}

/** Takes the constants of models anew. */
async function measured(): Promise<Pick<typeof MEASURED, "bert" | "head">> {
  return { bert: await measuredBert(), head: await measuredHead() };
}

async function measuredBert(): Promise<typeof MEASURED["bert"]> {
  const backend = await openWasm({ threads: 1, build: "relaxed" });
  const shape = {
    size: "base",
    vocabulary: 30_522,
    batch: 32,
    positions: 128,
    places: 20,
  } as const;
  using step = await BertStep.pretraining(backend, {
    ...shape,
    pattern: block(16, { density: 0.1 }),
  });
  await step.run();
  const { cpuMilliseconds } = await spend(async () => void await step.run());
  const trained = step.model.parameters.filter(({ trainable }) => trainable);
  const values = trained.reduce((sum, { length }) => sum + length, 0);
  return { seconds: cpuMilliseconds / 1000, bytes: step.plan.bytes.total, values };
}

async function measuredHead(): Promise<typeof MEASURED["head"]> {
  const backend = await openWasm({ threads: 1, build: "plain" });
  const { labels } = MEASURED.head;
  const { pattern } = PATTERNS["fan-in-32"];
  const { program, bytes } = await prepare(backend, labels, pattern, "bce");
  const given = [givenLabels(labels)];
  const taken: number[] = [];
  for (let step = 0; step < 6; step++) {
    const spent = await spend(() => program.run(given, { step, totalSteps: 1000 }));
    // The first one warms up.
    if (step > 0) taken.push(spent.cpuMilliseconds / 1000);
  }
  return { labels, seconds: median(taken), bytes: bytes.total };
}

function written(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(3)} GB`;
}

function print(titles: readonly string[], rows: Iterable<readonly string[]>): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  console.log(
    [line(titles), line(titles.map(() => "---:")), ...[...rows].map(line), ""].join("\n"),
  );
}

const { values: flags } = parseArgs({ options: { measure: { type: "boolean", default: false } } });
if (flags.measure) {
  console.log(JSON.stringify(await measured(), null, 2));
} else {
  const networks = Object.keys(NETWORKS);
  print(["ranks", "batch", "measured", "model", "model / measured - 1"], checks());
  print(
    [
      "ranks",
      "texts of a step",
      "memory of a rank",
      ...networks,
      "texts a second, 10 Gbit/s",
      "of which computes",
    ],
    bertPlan(),
  );
  print(["ranks", "memory of a rank", ...networks, "efficiency, 10 Gbit/s"], headPlan());
}
