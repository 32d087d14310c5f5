/**
 * `bert/...`: a whole step of pre-training BERT, 32 texts of 128 positions of which 20 are to be told: forward, backward, clipping,
 * AdamW. Ours has a tenth of the encoder's connections, in blocks of 16 x 16; PyTorch has all of them, with the same weights,
 * of which nine tenths are 0 at first, or keeps these 0 (`masked`), and so proves that both compute the same.
 *
 * @module
 */
import type { BertSizeName } from "../../src/models/bert.ts";
import { BERT_SIZES } from "../../src/models/bert.ts";
import { treeOfModel } from "../../src/nn/module.ts";
import { toDense } from "../../src/sparse/convert.ts";
import { block } from "../../src/sparse/patterns/mod.ts";
import {
  type BertShape,
  BertStep,
  CLIP_NORM,
  drawnInputs,
  LEARNING_RATE,
  WEIGHT_DECAY,
} from "../bert_step.ts";
import { spend } from "../measure.ts";
import type { Contender } from "./contender.ts";
import type { Match } from "./match.ts";
import { openBackend, type Ours } from "./ours.ts";
import { openPeer, type PeerTask } from "./process.ts";

const TEXTS = { positions: 128, places: 20, batch: 32 };

/** Looks at each: a step takes seconds, one of Medium many. */
const ROUNDS = 5, LONG_ROUNDS = 3;

/** Losses of a training that keeps the same zeros: the sixth shows five updates. */
const LOSSES = 6;

/** A model, and what the ratio to PyTorch in f32 should be. */
interface Model {
  readonly name: string;
  readonly size: BertSizeName;
  readonly vocabulary: number;
  readonly goal?: number;
}

const MODELS: readonly Model[] = [
  { name: "tiny-8k", size: "tiny", vocabulary: 8192 },
  { name: "mini-8k", size: "mini", vocabulary: 8192, goal: 1.7 },
  { name: "mini-30k", size: "mini", vocabulary: 30522, goal: 1.35 },
  { name: "medium-8k", size: "medium", vocabulary: 8192, goal: 2.4 },
  { name: "medium-30k", size: "medium", vocabulary: 30522, goal: 2.1 },
];

/** How PyTorch carries it out. */
interface Variant {
  readonly variant: string;
  /** How many of the first losses are the same, and within which share. */
  readonly losses: number;
  readonly tolerance?: number;
  /** The goal where the model's own does not count. */
  readonly goal?: number;
}

const VARIANTS: readonly Variant[] = [
  { variant: "dense", losses: 1 },
  // Eight bits of mantissa.
  { variant: "bf16", losses: 1, tolerance: 1e-2, goal: 1 },
  { variant: "onednn", losses: 1 },
];

/** The same training, of the smaller models. */
const MASKED: Variant = { variant: "masked", losses: LOSSES };

const OURS: readonly Ours[] = [
  { label: "wasm-relaxed", threads: 1 },
  { label: "wasm-relaxed", threads: 2 },
];

/** All comparisons. */
export function* bertMatches(): Generator<Match> {
  for (const model of MODELS) {
    for (const ours of OURS) {
      const small = model.size === "medium" || ours.threads > 1 ? [] : [MASKED];
      for (const variant of [...VARIANTS, ...small]) yield match(model, ours, variant);
    }
  }
  yield match(MODELS[1], { label: "wasm-plain", threads: 1 }, VARIANTS[0]);
}

function match(model: Model, ours: Ours, variant: Variant): Match {
  const { name, size, vocabulary } = model;
  const { label, threads } = ours;
  const { losses, tolerance } = variant;
  const goal = variant.goal ?? (variant.variant === "dense" ? model.goal : undefined);
  const shape = { size, vocabulary, ...TEXTS };
  let arrays: PeerTask["arrays"] = {};
  return {
    name: `bert/${name}/0.90/b32x128/${label}/threads-${threads}/torch-${variant.variant}`,
    ...(goal === undefined ? {} : { goal }),
    async ours() {
      const opened = await openBert(ours, { ...shape, pattern: block(16, { density: 0.1 }) });
      arrays = opened.arrays;
      return opened;
    },
    theirs: () =>
      openPeer("torch", {
        open: "bert",
        variant: variant.variant,
        threads,
        params: {
          ...{ layers: BERT_SIZES[size].layers, heads: BERT_SIZES[size].heads },
          ...{ learningRate: LEARNING_RATE, weightDecay: WEIGHT_DECAY, clipNorm: CLIP_NORM },
        },
        arrays,
      }),
    losses,
    ...(tolerance === undefined ? {} : { tolerance }),
    rounds: size === "medium" ? LONG_ROUNDS : ROUNDS,
  };
}

/** Ours, and what a peer begins with: parameters by their paths, masks of the sparse ones, inputs. */
async function openBert(
  ours: Ours,
  shape: BertShape,
): Promise<Contender & { readonly arrays: PeerTask["arrays"] }> {
  const backend = await openBackend(ours);
  const step = await BertStep.pretraining(backend, shape);
  return {
    versions: {},
    device: `${backend.name}: ${backend.info.description}`,
    arrays: await arraysOf(step, shape),
    async run(times) {
      let losses: readonly number[] = [];
      const spent = await spend(async () => {
        losses = await step.run(times);
      });
      return { ...spent, losses };
    },
    result: () => Promise.reject(new TypeError("Cannot give a result: losses are all")),
    close() {
      step[Symbol.dispose]();
      return Promise.resolve(backend.close());
    },
  };
}

async function arraysOf(
  { device, model }: BertStep,
  shape: BertShape,
): Promise<PeerTask["arrays"]> {
  const arrays: Record<string, readonly [Float32Array, readonly number[]]> = {};
  for (const [name, { spec, data }] of Object.entries(drawnInputs(shape))) {
    arrays[`input.${name}`] = [Float32Array.from(data), spec.shape];
  }
  const weights = new Map(model.weights.map((weight) => [weight.values, weight]));
  for (const [resource, path] of treeOfModel(model).parameters) {
    const numbers = await device.readFloats(resource);
    const weight = weights.get(resource);
    const pattern = weight?.sparse?.pattern;
    const rows = weight?.shape ?? [numbers.length];
    arrays[path] = [pattern === undefined ? numbers : toDense(pattern, numbers), rows];
    if (pattern === undefined) continue;
    arrays[`mask.${path}`] = [toDense(pattern, new Float32Array(numbers.length).fill(1)), rows];
  }
  return arrays;
}
