/**
 * `labels/...`: a step of a head of many labels, 768 features, a batch of 128, AdamW: all logits, the loss over all labels, the
 * gradient of the features, that of the values, and the update, against our own dense head of as many labels; and what it takes of
 * memory, by the plan and by the allocator, which must agree to the byte, against arithmetic.
 *
 * @module
 */
import { type Backend, deviceBytes } from "../src/device/backend.ts";
import { labelHead } from "../src/nn/label_head.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { labelLoss, type LabelLossName } from "../src/ops/label_loss.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import type { Program, TracedProgram } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import { dense, fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { type BenchCase, plain, relaxed, round } from "./case.ts";
import { median, spend, type Spent } from "./measure.ts";

const FEATURES = 768, EXAMPLES = 128, MOST = 5;

/** Labels of the comparison with a dense head, and those of LF-AmazonTitles-131K. */
const FEW = 16_385, MANY = 131_073;

const PATTERNS: Readonly<Record<string, { readonly pattern: PatternSpec; readonly each: number }>> =
  {
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
  for (const [name, { pattern, each }] of Object.entries(PATTERNS)) {
    yield {
      name: `labels/memory/${name}`,
      unit: "bytes per connection",
      open: plain,
      run: (backend) => measureMemory(backend, pattern, each),
    };
  }
}

/** Times the steps of a sparse and of a dense head, and of a sparse one of eight times as many labels. */
async function compareSteps(backend: Backend, pattern: PatternSpec) {
  const [own, twin] = [await stepOf(backend, FEW, pattern), await stepOf(backend, FEW, dense())];
  const [sparse, whole] = [await timesOf(own, 5), await timesOf(twin, 3)];
  own[Symbol.dispose]();
  twin[Symbol.dispose]();
  const hinge = await stepOf(backend, MANY, pattern, "hinge");
  const many = await stepOf(backend, MANY, pattern);
  const details = {
    denseCpuMs: round(whole),
    cpuMs: round(sparse),
    [`cpuMsOf${MANY}`]: round(await timesOf(many, 3)),
    [`hingeCpuMsOf${MANY}`]: round(await timesOf(hinge, 3)),
  };
  many[Symbol.dispose]();
  hinge[Symbol.dispose]();
  return { ratio: whole / sparse, details };
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
  run(): Promise<void>;
}

/** Compiles a step, and checks that its loss is a number that falls. */
async function stepOf(
  backend: Backend,
  labels: number,
  pattern: PatternSpec,
  loss: LabelLossName = "logistic",
): Promise<Step> {
  const { device, program, resources } = await prepare(backend, labels, pattern, loss);
  const given = new Uint32Array(MOST * EXAMPLES);
  for (let i = 0; i < MOST; i++) {
    for (let c = 0; c < EXAMPLES; c++) {
      given[i * EXAMPLES + c] = Math.floor(labels * (i + (c * 37 % 101) / 101) / MOST);
    }
  }
  let step = 0;
  const run = async (): Promise<void> => {
    program.run([given], { step: step++, totalSteps: 1000 });
    await backend.settled();
  };
  for (let i = 0; i < 3; i++) await run();
  const [losses] = await program.scalars();
  if (!(losses[2] < losses[0])) throw new Error(`The loss does not fall: ${losses.join(", ")}`);
  return {
    run,
    [Symbol.dispose]() {
      program[Symbol.dispose]();
      for (const resource of resources) if (device.has(resource)) device.free(resource);
    },
  };
}

/** Compiles a step of features that are parameters too, so that their gradient is computed. */
async function prepare(
  backend: Backend,
  labels: number,
  pattern: PatternSpec,
  loss: LabelLossName,
): Promise<{
  readonly device: Device;
  readonly program: Program;
  readonly traced: TracedProgram;
  readonly resources: readonly Resource[];
}> {
  const device = new Device(backend, "bench", 1, record);
  const head = labelHead(FEATURES, labels, { pattern });
  const features = new Resource({
    ...{ label: "features", type: "f32", length: FEATURES * EXAMPLES, category: "parameters" },
    ...{ trainable: true },
    initial: () => Float32Array.from({ length: FEATURES * EXAMPLES }, (_, i) => Math.sin(i * i)),
  });
  const optimizer = adamw({ learningRate: 1e-3, flush: 1e-30 });
  const traced = device.trace([{ shape: [MOST, EXAMPLES], type: "u32" }], (given) => {
    const x = given.trace.resource(features, [FEATURES, EXAMPLES]);
    return optimizer.update(labelLoss(x, head(x).head, given, { loss, over: "mean" }));
  });
  const program = await device.prepare(traced);
  return { device, program, traced, resources: traced.resources };
}

/** Bytes of training a head, which plan and allocator must agree on, per connection. */
async function measureMemory(backend: Backend, pattern: PatternSpec, each: number) {
  const before = backend.allocatedBytes;
  const { device, traced, program } = await prepare(backend, MANY, pattern, "logistic");
  const { bytes } = device.plan([traced]);
  const measured = backend.allocatedBytes - before;
  if (measured !== bytes.total) {
    throw new Error(`The plan says ${bytes.total} bytes, the allocator ${measured}`);
  }
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
      // Values, two moments and an index of two bytes; a bias with its moments; the features with theirs.
      arithmetic: 14 * connections + 12 * MANY + 3 * deviceBytes(4 * FEATURES * EXAMPLES),
    },
  };
}
