/**
 * Models whose checkpoints of the version before are kept in `tests/checkpoints`, and what is done with them. The files were
 * written with this file by the version before modules were a tree (commit d4b0b4d): each in the middle of a run, with what came of
 * the rest of the run, so that a resumed run is compared with it bit for bit.
 *
 * @module
 */
import {
  adamw,
  block,
  convnet,
  type Device,
  fanIn,
  groupFanIn,
  mlp,
  nm,
  nn,
  rigl,
  set,
  sgd,
  srigl,
  Trainer,
} from "../mod.ts";

/** What is trained, and how. */
export type OldModel = nn.Module;

const EXAMPLES = 24;
const INPUTS = 32;
const CLASSES = 3;
const IMAGE = { channels: 2, height: 4, width: 4 };

/** The examples of all models, of whole numbers alone, so that every machine has the same. */
export const OLD_DATA = {
  features: Uint8Array.from(
    { length: EXAMPLES * INPUTS },
    (_, i) => (i * 7919 + 31 * (i % 97)) % 251,
  ),
  labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => (i * 5 + (i >> 2)) % CLASSES),
  examples: EXAMPLES,
  inputs: INPUTS,
  classes: CLASSES,
  image: IMAGE,
  normalization: { mean: 0.5, deviation: 0.3 },
};

const SIZES = [INPUTS, 16, 8, CLASSES];
const UNIFORM = { sizes: SIZES, sparsity: 0.5, distribution: "uniform" } as const;

/** A convolution that is used twice, layers without names, every kind of layer. */
function everything(): OldModel {
  const shared = nn.conv2d(4, 4, { padding: 1 });
  return nn.sequential(
    nn.image(IMAGE),
    nn.conv2d(2, 4, { kernel: [3, 1], padding: 1, pattern: fanIn(3) }),
    nn.relu(),
    nn.residual(nn.sequential(shared, nn.batchNorm(4), nn.relu(), shared)),
    nn.maxPool({ size: 2, stride: [2, 1], padding: 1 }),
    nn.residual(
      nn.conv2d(4, 3, { stride: 2, padding: 1, name: "narrow" }),
      nn.conv2d(4, 3, { kernel: 1, stride: 2, bias: false }),
    ),
    nn.averagePool({ size: 2, stride: 1, padding: 1 }),
    nn.residual(nn.sequential(nn.relu())),
    nn.flatten(),
    nn.linear(45, 5, { pattern: fanIn(4) }),
    nn.relu(),
    nn.linear(5, 4, { bias: false, pattern: fanIn(2) }),
    nn.linear(4, CLASSES),
  );
}

/** A linear layer that is applied twice, and one of another name. */
function shared(): OldModel {
  const twice = nn.linear(8, 8, { pattern: fanIn(3), name: "twice" });
  return nn.sequential(
    nn.linear(INPUTS, 8, { pattern: fanIn(4), name: "first" }),
    nn.relu(),
    twice,
    nn.relu(),
    twice,
    nn.linear(8, CLASSES, { name: "last" }),
  );
}

const adam = () => adamw({ learningRate: 1e-2, weightDecay: 1e-4 });
const momentum = () => sgd({ learningRate: 0.05, momentum: 0.9, clipNorm: 1 });

/** By the name of the file. */
export const OLD_MODELS = {
  "fan-in": () => ({ model: mlp(UNIFORM), optimizer: adam(), method: srigl({ every: 3 }) }),
  "groups": () => ({
    model: mlp({ ...UNIFORM, pattern: (density: number) => groupFanIn({ density }, 4) }),
    optimizer: adam(),
    method: rigl({ every: 3 }),
  }),
  "blocks": () => ({
    model: mlp({
      ...{ ...UNIFORM, sizes: [INPUTS, 16, 8, 4] },
      pattern: (density: number) => block(4, { density }),
    }),
    optimizer: momentum(),
    method: set({ every: 3 }),
  }),
  "2-4": () => ({
    model: mlp({ ...UNIFORM, pattern: () => nm(2, 4) }),
    optimizer: adam(),
    method: rigl({ every: 3 }),
  }),
  "dense": () => ({ model: mlp({ sizes: [INPUTS, 6, CLASSES] }), optimizer: momentum() }),
  "convnet": () => ({
    model: convnet({ image: IMAGE, classes: CLASSES, widths: [3, 4], sparsity: 0.5 }),
    optimizer: momentum(),
    method: rigl({ every: 3 }),
  }),
  "shared": () => ({ model: shared(), optimizer: adam(), method: set({ every: 3 }) }),
  "everything": () => ({ model: everything(), optimizer: adam(), method: srigl({ every: 3 }) }),
} as const;

/** A name in {@linkcode OLD_MODELS}. */
export type OldName = keyof typeof OLD_MODELS;

/** A trainer of a new model. */
export function trainerOf(name: OldName, device: Device): Trainer {
  return new Trainer({ device, ...OLD_MODELS[name](), seed: 3 });
}

/** What the rest of a run says: losses of its steps, its patterns, and what the model is worth then. */
export interface Rest {
  /** Losses of the steps, as they are read. */
  readonly losses: readonly number[];
  /** Hash of all patterns. */
  readonly hash: string;
  /** Loss and accuracy on the data. */
  readonly evaluation: Readonly<Record<string, number>>;
}

/** Trains, to the end of the run; may save after a step. */
export async function trainRest(
  trainer: Trainer,
  save?: { readonly path: string; readonly step: number },
): Promise<Rest> {
  const losses: number[] = [];
  for await (const event of trainer.fit(OLD_DATA, { epochs: 4, batchSize: 8, logEvery: 1 })) {
    if (event.kind !== "step") continue;
    losses.push(event.loss);
    if (event.step === save?.step) {
      await trainer.save(save.path);
      losses.length = 0;
    }
  }
  const { hash } = trainer.topology;
  return { losses, hash, evaluation: { ...await trainer.evaluate(OLD_DATA) } };
}

/** What a model says of the examples: all scores. */
export async function scoresOf(trainer: Trainer): Promise<number[][]> {
  const scores: number[][] = [];
  for await (const prediction of trainer.predict(OLD_DATA)) {
    scores.push("scores" in prediction ? [...prediction.scores] : []);
  }
  return scores;
}
