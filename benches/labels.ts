/**
 * `labels/...`: a step of a head of many labels, 768 features, a batch of 128, AdamW: all logits, the loss over all labels, the
 * gradient of the features, that of the values, and the update, against our own dense head of as many labels; and what it takes of
 * memory, by the plan and by the allocator, which must agree to the byte, against arithmetic.
 *
 * @module
 */
import process from "node:process";
import { type Backend, deviceBytes } from "../src/device/backend.ts";
import { labelHead, type LabelOutput } from "../src/nn/label_head.ts";
import type { Module } from "../src/nn/module.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { labelLoss, type LabelLossName } from "../src/ops/label_loss.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import type { Bytes } from "../src/program/plan.ts";
import type { Program } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { dense, fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { type BenchCase, plain, relaxed, round } from "./case.ts";
import { median, spend, type Spent } from "./measure.ts";

/** Features, examples and labels of an example of a step. */
export const FEATURES = 768, EXAMPLES = 128, MOST = 5;

/** Labels of the comparison with a dense head, and those of LF-AmazonTitles-131K. */
const FEW = 16_385;
export const MANY = 131_073;

/** Of the head and of the features. */
export const LEARNING_RATE = 1e-3;

/** What heads are of, and connections of a label. */
export const PATTERNS: Readonly<
  Record<string, { readonly pattern: PatternSpec; readonly each: number }>
> = {
  "fan-in-32": { pattern: fanIn(32, { full: true }), each: 32 },
  "group-16-of-32": { pattern: groupFanIn(32, 16, { full: true }), each: 32 },
  "fan-in-128": { pattern: fanIn(128, { full: true }), each: 128 },
  "group-16-of-128": { pattern: groupFanIn(128, 16, { full: true }), each: 128 },
};

/** The benches of heads of many labels. */
export function* labelCases(): Generator<BenchCase> {
  for (const [name, { pattern }] of Object.entries(PATTERNS)) {
    for (const [build, open] of [["plain", plain], ["relaxed", relaxed]] as const) {
      yield {
        name: `labels/step/${name}/${build}`,
        unit: "times as fast as our dense head, one thread",
        open,
        run: (backend) => compareSteps(backend, pattern),
      };
    }
  }
  yield {
    name: "labels/satisfied/fan-in-32/plain",
    unit: "times as fast as the step with all of the gradient",
    open: plain,
    run: (backend) => compareSatisfied(backend, PATTERNS["fan-in-32"].pattern),
  };
  for (const [name, { pattern, each }] of Object.entries(PATTERNS)) {
    yield {
      name: `labels/memory/${name}`,
      unit: "bytes per connection",
      open: plain,
      run: (backend) => measureMemory(backend, pattern, each),
    };
  }
  for (const labels of [670_091, 2_812_281]) {
    yield {
      name: `labels/many/${labels}`,
      unit: `time of cores for a label over that in a step of ${MANY}, one thread`,
      open: plain,
      run: (backend) => compareMany(backend, labels),
    };
  }
}

/** Times the steps of a sparse and of a dense head, and of a sparse one of eight times as many labels. */
async function compareSteps(backend: Backend, pattern: PatternSpec) {
  const [own, twin] = [await stepOf(backend, FEW, pattern), await stepOf(backend, FEW, dense())];
  const [sparse, whole] = [await timesOf(own, 5), await timesOf(twin, 3)];
  own[Symbol.dispose]();
  twin[Symbol.dispose]();
  const many: Record<string, number> = {};
  for (const loss of ["bce", "squared-hinge", "softmax"] as const) {
    const step = await stepOf(backend, MANY, pattern, loss);
    many[`${loss}CpuMsOf${MANY}`] = round(await timesOf(step, 3));
    step[Symbol.dispose]();
  }
  const details = { denseCpuMs: round(whole), cpuMs: round(sparse), ...many };
  return { ratio: whole / sparse, details };
}

/** Steps of the squared hinge after which few negatives are left that are not satisfied. */
const LEARNT = 60;

/** Times the steps of the squared hinge at first, when all of the gradient is there, and when most of it is 0. */
async function compareSatisfied(backend: Backend, pattern: PatternSpec) {
  const step = await stepOf(backend, MANY, pattern, "squared-hinge", 1e-2);
  const first = await timesOf(step, 1);
  for (let i = 0; i < LEARNT; i++) await step.run();
  const last = await timesOf(step, 5);
  step[Symbol.dispose]();
  return { ratio: first / last, details: { firstCpuMs: round(first), lastCpuMs: round(last) } };
}

/** Times the steps of heads of 32 inputs, with many labels and with very many, whose bytes plan and allocator must agree on. */
async function compareMany(backend: Backend, labels: number) {
  const { pattern, each } = PATTERNS["fan-in-32"];
  const many = await stepOf(backend, MANY, pattern);
  const less = await timesOf(many, 3);
  many[Symbol.dispose]();
  const before = process.cpuUsage();
  const step = await stepOf(backend, labels, pattern);
  const { user, system } = process.cpuUsage(before);
  const more = await timesOf(step, 3);
  const { bytes } = step;
  step[Symbol.dispose]();
  const arithmetic = arithmeticOf(labels, each);
  return {
    ratio: more / labels / (less / MANY),
    details: {
      ...{ cpuMs: round(more), [`cpuMsOf${MANY}`]: round(less) },
      ...{ preparedCpuMs: round((user + system) / 1000), bytes, arithmetic },
      aboveArithmetic: round(bytes / arithmetic - 1),
    },
  };
}

/** Bytes of values, two moments and an index of two bytes; of a bias with its moments; of the features with theirs. */
function arithmeticOf(labels: number, each: number): number {
  return 14 * labels * each + 12 * labels + 3 * deviceBytes(4 * FEATURES * EXAMPLES);
}

/** Milliseconds of cores of a step. */
async function timesOf(step: Step, count: number): Promise<number> {
  const all: Spent[] = [];
  await step.run();
  for (let i = 0; i < count; i++) all.push(await spend(() => step.run()));
  return median(all.map(({ cpuMilliseconds }) => cpuMilliseconds));
}

/** A step that can be run again and again. */
interface Step extends Disposable {
  /** Bytes of all that it needs. */
  readonly bytes: number;
  run(): Promise<void>;
}

/** Labels of the examples, spread over all. */
export function givenLabels(labels: number): Uint32Array {
  const given = new Uint32Array(MOST * EXAMPLES);
  for (let i = 0; i < MOST; i++) {
    for (let c = 0; c < EXAMPLES; c++) {
      given[i * EXAMPLES + c] = Math.floor(labels * (i + (c * 37 % 101) / 101) / MOST);
    }
  }
  return given;
}

/** Features of the examples. */
export function givenFeatures(): Float32Array {
  return Float32Array.from({ length: FEATURES * EXAMPLES }, (_, i) => Math.sin(i * i));
}

/** Compiles a step, and checks that its loss is a number that falls. */
async function stepOf(
  backend: Backend,
  labels: number,
  pattern: PatternSpec,
  loss: LabelLossName = "bce",
  learningRate = LEARNING_RATE,
): Promise<Step> {
  const { device, program, resources, bytes } = await prepare(
    ...[backend, labels, pattern, loss, learningRate] as const,
  );
  const given = givenLabels(labels);
  let step = 0;
  const run = async (): Promise<void> => {
    program.run([given], { step: step++, totalSteps: 1000 });
    await backend.settled();
  };
  for (let i = 0; i < 3; i++) await run();
  const [losses] = await program.scalars();
  if (!(losses[2] < losses[0])) throw new Error(`The loss does not fall: ${losses.join(", ")}`);
  return {
    ...{ run, bytes: bytes.total },
    [Symbol.dispose]() {
      program[Symbol.dispose]();
      for (const resource of resources) if (device.has(resource)) device.free(resource);
    },
  };
}

/** Compiles a step of features that are parameters too, so that their gradient is computed. */
export async function prepare(
  backend: Backend,
  labels: number,
  pattern: PatternSpec,
  loss: LabelLossName,
  learningRate = LEARNING_RATE,
): Promise<{
  readonly device: Device;
  readonly head: Module<Tensor, LabelOutput>;
  readonly program: Program;
  /** What the plan says that it takes, and the allocator too. */
  readonly bytes: Bytes;
  readonly resources: readonly Resource[];
}> {
  const before = backend.allocatedBytes;
  const device = new Device(backend, "bench", 1, record);
  const head = labelHead(FEATURES, labels, { pattern });
  const features = new Resource({
    ...{ label: "features", type: "f32", length: FEATURES * EXAMPLES, category: "parameters" },
    ...{ trainable: true },
    initial: givenFeatures,
  });
  const optimizer = adamw({ learningRate, weightDecay: 0, flush: 1e-30 });
  const traced = device.trace([{ shape: [MOST, EXAMPLES], type: "u32" }], (given) => {
    const x = given.trace.resource(features, [FEATURES, EXAMPLES]);
    const over = loss === "softmax" ? "sum" : "mean";
    return optimizer.update(labelLoss(x, head(x).head, given, { loss, over }));
  });
  const { bytes } = device.plan([traced]);
  const program = await device.prepare(traced);
  const measured = backend.allocatedBytes - before;
  if (measured !== bytes.total) {
    throw new Error(`The plan says ${bytes.total} bytes, the allocator ${measured}`);
  }
  return { device, head, program, bytes, resources: traced.resources };
}

/** Bytes of training a head, which plan and allocator must agree on, per connection. */
async function measureMemory(backend: Backend, pattern: PatternSpec, each: number) {
  const { bytes, program } = await prepare(backend, MANY, pattern, "bce");
  program[Symbol.dispose]();
  const connections = MANY * each;
  const kept = bytes.parameters + bytes.moments + bytes.indices;
  return {
    ratio: bytes.total / connections,
    details: {
      total: bytes.total,
      kept,
      ofAStep: bytes.total - kept,
      gradients: bytes.gradients,
      activations: bytes.activations,
      arithmetic: arithmeticOf(MANY, each),
    },
  };
}
