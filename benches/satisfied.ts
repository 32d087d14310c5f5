/**
 * What it saves that negatives which a margin has satisfied cost no work: the step of a trained head of many labels by the squared
 * hinge, as it is and with all of the gradient, in turn, on batches of the data that it was trained with. One thread of WASM,
 * milliseconds of cores. A line of JSON for each batch, then one of all.
 *
 * ```sh
 * deno run -A benches/satisfied.ts runs/wordnet --batches 3 --rounds 7
 * ```
 *
 * With all of the gradient means that 1e-30 is added to it: nothing of it is 0 then, so that no kernel leaves anything out, and what
 * is learnt is the same. As it is, 0 is added. Parameters and moments are put back before each step; after it those of both forms must
 * be the same, and so must the losses. Behind an encoder the step is that of the head and of the gradient of the features. The
 * addition is in the times of both.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { readRun } from "../src/cli/runs.ts";
import { rankingPreparationIn } from "../src/cli/xmc/data.ts";
import { openRanking, rankerOf } from "../src/cli/xmc/open.ts";
import { isSource } from "../src/data/source.ts";
import { pathsIn } from "../src/nn/module.ts";
import { createDevice } from "../src/ops/device.ts";
import { add } from "../src/ops/kernels/add.ts";
import { LABEL_LOSS } from "../src/ops/kernels/constants.ts";
import { fill } from "../src/ops/kernels/fill.ts";
import { labelLosses, lossBlocks } from "../src/ops/kernels/label_losses.ts";
import { rowSum } from "../src/ops/kernels/row_sum.ts";
import { spmmTransposedAdd } from "../src/ops/kernels/spmm_transposed_add.ts";
import {
  chunkGradient,
  chunkLogits,
  LABEL_CHUNK,
  type LabelChunk,
  labelChunks,
  type LabelFeatures,
} from "../src/ops/label_head.ts";
import { areaOf } from "../src/ops/matrix.ts";
import type { Moments } from "../src/optim/moments.ts";
import type { Optimizer } from "../src/optim/optimizer.ts";
import type { Device } from "../src/program/device.ts";
import type { InputSpec, Program, TracedProgram } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import { Tensor } from "../src/program/trace.ts";
import { restoreCheckpoint } from "../src/train/checkpoint.ts";
import { preparationIn } from "../src/train/description.ts";
import { arraysOf, specsOf, type StepInputs } from "../src/train/objective.ts";
import type { Ranker } from "../src/train/rank.ts";
import { round } from "./case.ts";
import { median, spend } from "./measure.ts";

/** What is added to a gradient so that nothing of it is 0: it changes no sum of what matters. */
const NEXT_TO_NOTHING = 1e-30;

/** What a number may be off by then. */
const TOLERANCE = 1e-15;

/** Arrays of a batch. */
const INPUTS = ["tokens", "weights", "labels"];

/** What a head and its step are made of. */
interface Parts {
  readonly device: Device;
  readonly model: Ranker;
  readonly optimizer: Optimizer;
  readonly specs: readonly InputSpec[];
}

/** A form of the step. */
interface Form {
  readonly program: Program;
  readonly traced: TracedProgram;
}

/** What a step leaves. */
interface Left {
  readonly loss: number;
  /** Parameters and moments. */
  readonly state: readonly Float32Array[];
}

/** What both forms learn. */
interface Learnt {
  readonly moments: Moments;
  /** The numbers before a head, where there are any. */
  readonly features: Resource | undefined;
}

/** A batch. */
interface Given {
  readonly inputs: StepInputs;
  readonly examples: number;
}

if (import.meta.main) {
  const { values, positionals: [run] } = parseArgs({
    allowPositionals: true,
    options: {
      batches: { type: "string", default: "3" },
      rounds: { type: "string", default: "7" },
    },
  });
  if (run === undefined) {
    throw new RangeError("Cannot time the head of a run: none is given; expected its folder");
  }
  await compare(run, { batches: Number(values.batches), rounds: Number(values.rounds) });
}

/** Times both forms on the first batches of a run's data, and prints what they took. */
async function compare(
  run: string,
  { batches, rounds }: { readonly batches: number; readonly rounds: number },
): Promise<void> {
  const { config, checkpoint } = await readRun(run);
  const like = rankingPreparationIn(checkpoint.path, preparationIn(checkpoint));
  const { data: { train }, optimizer } = await openRanking(config, { like });
  const { model } = rankerOf(config, like);
  if (!isSource(train)) throw new TypeError("Cannot time a head: its data are no source");
  using device = await createDevice({ prefer: "wasm", threads: 1, build: "plain" });
  await restoreCheckpoint(checkpoint, { device, model }, { weightsOnly: true });
  const { batch: batchSize } = config.train;
  const specs = specsOf("time a head", INPUTS, train.inputs, batchSize);
  const timed = await timerOf({ device, model, optimizer, specs }, rounds);
  const all: Awaited<ReturnType<typeof timed>>[] = [];
  for await (const batch of train.epoch(0, { batchSize, seed: 1, shuffle: true })) {
    const { examples } = batch;
    const found = await timed({ inputs: arraysOf(INPUTS, batch), examples });
    console.log(JSON.stringify({ run, ...found }));
    if (all.push(found) === batches) break;
  }
  const ratio = median(all.map((each) => each.ratio));
  console.log(JSON.stringify({ run, batches: all.length, rounds, ratio }));
}

/** Compiles both forms, and gives what times them with a batch. */
async function timerOf(parts: Parts, rounds: number) {
  const { device } = parts;
  const features = await featuresOf(parts);
  const logits = await logitsOf(parts);
  const learnt = learntBy(parts, features?.resource);
  const whole = await formOf(parts, learnt, NEXT_TO_NOTHING);
  const skipping = await formOf(parts, learnt, 0);
  const state = whole.traced.resources.filter(({ category }) =>
    category === "parameters" || category === "moments"
  );
  const first = new Map<Resource, Float32Array>();
  for (const each of state) first.set(each, await device.readFloats(each));

  async function stepOf({ program }: Form, given: Given): Promise<number> {
    for (const [resource, data] of first) device.write(resource, data);
    const { cpuMilliseconds } = await spend(async () => {
      program.run(given.inputs, { step: 1000, totalSteps: 2000 }, given.examples);
      await device.backend.settled();
    });
    return cpuMilliseconds;
  }

  async function leftBy(form: Form, given: Given): Promise<Left> {
    await stepOf(form, given);
    const [losses] = await form.program.scalars();
    return {
      loss: losses[losses.length - 1],
      state: await Promise.all(state.map((each) => device.readFloats(each))),
    };
  }

  return async (given: Given) => {
    if (features !== undefined) {
      features.program.run(given.inputs, { step: 0, totalSteps: 0 }, given.examples);
      first.set(features.resource, await features.program.floats(0));
    }
    const left = await leftBy(skipping, given);
    requireSame(await leftBy(whole, given), left);
    const spent: [number, number][] = [];
    for (let i = 0; i < rounds; i++) {
      spent.push([await stepOf(whole, given), await stepOf(skipping, given)]);
    }
    const [wholeMs, skippingMs] = [0, 1].map((form) => median(spent.map((each) => each[form])));
    return {
      loss: left.loss,
      ratio: round(wholeMs / skippingMs),
      ...{ wholeMs: round(wholeMs), skippingMs: round(skippingMs) },
      ...(await activityOf(logits, given)),
    };
  };
}

/** Refuses steps that are not the same. */
function requireSame(a: Left, b: Left): void {
  const differs = a.state.some((values, i) =>
    values.some((value, at) => !(Math.abs(value - b.state[i][at]) <= TOLERANCE))
  );
  if (differs || a.loss !== b.loss) {
    throw new Error(`The forms differ: losses ${a.loss} and ${b.loss}, what they leave ${differs}`);
  }
}

/** What computes the numbers before a head, and what holds them; nothing where it stands on features. */
async function featuresOf({ device, model, specs }: Parts) {
  let length = 0;
  const program = await device.compile(specs, (tokens, weights) => {
    const { features } = model({ tokens, weights });
    if (!(features instanceof Tensor)) return tokens;
    length = features.elements;
    return features;
  });
  if (length === 0) {
    program[Symbol.dispose]();
    return undefined;
  }
  const resource = new Resource({
    ...{ label: "features", type: "f32", length, category: "parameters", trainable: true },
  });
  return { program, resource };
}

/** What computes all logits. */
async function logitsOf({ device, model, specs }: Parts): Promise<Program> {
  return await device.compile(specs, (tokens, weights) => {
    const { features, head } = model({ tokens, weights });
    return labelChunks(head, LABEL_CHUNK).map((chunk) => chunkLogits(chunk, features));
  });
}

/** How much of the gradient of a batch is not 0, but for labels that apply: of all numbers, of vectors of four, of labels. */
async function activityOf(program: Program, { inputs, examples }: Given) {
  program.run(inputs, { step: 0, totalSteps: 0 }, examples);
  const found = { numbers: 0, vectors: 0, labels: 0 };
  let labels = 0;
  for (const [i, { rows, columns }] of program.traced.outputs.entries()) {
    const logits = await program.floats(i);
    for (let row = 0; row < rows; row++) {
      const before = found.numbers;
      for (let at = row * columns; at < row * columns + examples; at += 4) {
        const active = logits.subarray(at, at + 4).filter((logit) => logit > -1).length;
        found.numbers += active;
        found.vectors += Number(active > 0);
      }
      found.labels += Number(found.numbers > before);
    }
    labels += rows;
  }
  return {
    activeNumbers: found.numbers / (labels * examples),
    activeVectors: found.vectors / (labels * examples / 4),
    activeLabels: found.labels / labels,
  };
}

/** The moments of what is learnt, the numbers before a head too. */
function learntBy({ model, optimizer }: Parts, features: Resource | undefined): Learnt {
  const pathOf = pathsIn(model);
  const own = features === undefined ? [] : [features];
  const moments = optimizer.begin(
    [...model.parameters, ...own],
    (each) => each === features ? each.label : pathOf(each),
  );
  return { moments, features };
}

/** Compiles a step that adds some number to all of the gradient of the logits. */
async function formOf(
  { device, model, optimizer, specs }: Parts,
  { moments, features }: Learnt,
  added: number,
): Promise<Form> {
  const traced = device.trace(specs, (tokens, weights, labels) => {
    const { features: own, head } = model({ tokens, weights });
    const x = own instanceof Tensor && features !== undefined
      ? labels.trace.resource(features, own.shape)
      : own;
    const loss = lossOf(x, labelChunks(head, LABEL_CHUNK), { labels, added });
    return optimizer.update(loss, { moments });
  });
  return { traced, program: await device.prepare(traced) };
}

/** What the chunks of a head share. */
interface Shared {
  readonly x: LabelFeatures;
  readonly labels: Tensor;
  /** What is added to the gradient of the logits of a chunk. */
  readonly more: Tensor;
  /** The gradient of the numbers before the head, where there are any. */
  readonly dx: Tensor | undefined;
}

/** Records the squared hinge as `labelLoss` does, and adds a number to its gradient. */
function lossOf(
  x: LabelFeatures,
  chunks: readonly LabelChunk[],
  { labels, added }: { readonly labels: Tensor; readonly added: number },
): Tensor {
  const { trace, columns } = labels;
  const more = filled(trace.transient([LABEL_CHUNK * columns], "activations"), added);
  const dx = x instanceof Tensor ? filled(trace.activation(x.shape), 0) : undefined;
  const recorded = chunks.map((chunk) => recordChunk(chunk, { x, labels, more, dx }));
  const loss = recorded.map((each) => each.loss).reduce((sum, each) => {
    const next = trace.transient([], "activations");
    trace.emit(add, [sum, each, next], { length: 1 });
    return next;
  });
  trace.differentiable({
    inputs: [...(x instanceof Tensor ? [x] : []), ...recorded.flatMap(({ learnt }) => learnt)],
    output: loss,
    backward: () => [...(dx ? [dx] : []), ...recorded.flatMap(({ gradients }) => gradients)],
  });
  return loss;
}

function recordChunk(chunk: LabelChunk, { x, labels, more, dx }: Shared) {
  const { trace, columns } = labels;
  const { first, count, weight, bias } = chunk;
  if (weight.kind === "dense" || areaOf(weight.unit) > 1) {
    throw new RangeError(
      `Cannot time a head with "${weight.values.label}": it is dense, or of groups; expected single connections`,
    );
  }
  const logits = chunkLogits(chunk, x);
  const parts = trace.transient([lossBlocks(count)], "activations");
  const biasGradient = trace.transient([count], "gradients");
  const { one, step } = trace;
  trace.emit(labelLosses, [logits, labels, one, one, step, parts, biasGradient], {
    ...{ rows: count, columns, first, most: labels.rows },
    ...{ kind: LABEL_LOSS.hinge, weighted: 0, scale: 1 },
  });
  const dlogits = trace.activation(logits.shape);
  trace.emit(add, [logits, more, dlogits], { length: count * columns });
  const gradients = [chunkGradient(chunk, dlogits, x), biasGradient];
  if (dx !== undefined) {
    const { rows, inputs, values, lists: { span, index, capacity, wide } } = weight;
    const matrix = [span, index, values].map((each) => trace.resource(each));
    trace.emit(spmmTransposedAdd, [...matrix, dlogits, dx], {
      ...{ rows, inputs, columns, capacity, wide: Number(wide) },
    });
  }
  const loss = trace.transient([], "activations");
  trace.emit(rowSum, [parts, loss], { rows: 1, columns: parts.elements });
  return { loss, gradients, learnt: [weight.values, bias].map((each) => trace.resource(each)) };
}

function filled(tensor: Tensor, value: number): Tensor {
  tensor.trace.emit(fill, [tensor], { length: tensor.elements, to: 0, value });
  return tensor;
}
