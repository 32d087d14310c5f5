/**
 * The trainings of `benches/against.ts`, in terms that both checkouts know.
 *
 * @module
 */

import type { nn, TrainerParts } from "../mod.ts";

/** What a checkout exports. */
export type Library = typeof import("../mod.ts");

type FitArguments = Parameters<InstanceType<Library["Trainer"]>["fit"]>;

/** Numbers of one training. */
export interface TrainingParts extends Pick<TrainerParts, "optimizer" | "method" | "loss"> {
  /** What is trained. */
  readonly model: nn.Module;
  /** Examples. */
  readonly data: ReturnType<typeof pictures> | ReturnType<typeof numbers>;
  /** How long, and how large the batches are. */
  readonly fit: FitArguments[1];
}

/** A training, made with the parts of a checkout. */
export type TrainingCase = (library: Library) => TrainingParts;

/** A number in [0, 1) of a counter, the same everywhere. */
function noise(counter: number): number {
  let x = Math.imul(counter + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/** Bytes as of pictures in ten classes that can be learnt. */
function pictures(examples: number, side = 28) {
  const inputs = side * side;
  const labels = Uint8Array.from({ length: examples }, (_, i) => i % 10);
  const features = Uint8Array.from(
    { length: examples * inputs },
    (_, i) =>
      255 *
      (noise(i) < 0.3 + 0.4 * noise(labels[Math.floor(i / inputs)] * inputs + i % inputs) ? 1 : 0),
  );
  const image = { channels: 1, height: side, width: side };
  return { features, labels, examples, inputs, classes: 10, image };
}

/** Floats with numbers to predict. */
function numbers(examples: number) {
  const [inputs, outputs] = [64, 4];
  const features = Float32Array.from({ length: examples * inputs }, (_, i) => noise(i) - 0.5);
  const targets = Float32Array.from(
    { length: examples * outputs },
    (_, i) => features[Math.floor(i / outputs) * inputs + i % outputs] ** 2,
  );
  return { features, targets, outputs, examples, inputs };
}

const SIZES = [784, 512, 512, 10];

/** A perceptron on pictures, rewired every 20 steps. */
function perceptron(
  of: (library: Library) => Partial<Parameters<Library["mlp"]>[0]>,
  parts: (library: Library) => Pick<TrainerParts, "optimizer" | "method">,
  fit: Partial<FitArguments[1]> = {},
): TrainingCase {
  return (library) => ({
    model: library.mlp({ sizes: SIZES, sparsity: 0.95, ...of(library) }),
    ...parts(library),
    data: pictures(6400),
    fit: { epochs: 4, batchSize: 128, ...fit },
  });
}

function momentum({ sgd }: Library) {
  return sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 });
}

function adam({ adamw, cosine }: Library) {
  return adamw({ learningRate: cosine(2e-3, { warmup: 20 }), clipNorm: 1 });
}

/** The trainings by name. */
export const CASES: Readonly<Record<string, TrainingCase>> = {
  "fan-in/static": perceptron(() => ({}), (l) => ({ optimizer: adam(l) })),
  "fan-in/set": perceptron(
    () => ({}),
    (l) => ({ optimizer: adam(l), method: l.set({ every: 20 }) }),
  ),
  "fan-in/rigl": perceptron(
    () => ({}),
    (l) => ({ optimizer: momentum(l), method: l.rigl({ every: 20 }) }),
  ),
  "fan-in/srigl": perceptron(
    () => ({}),
    (l) => ({ optimizer: adam(l), method: l.srigl({ every: 20 }) }),
  ),
  "dense": perceptron(() => ({ sparsity: 0 }), (l) => ({ optimizer: adam(l) }), { epochs: 1 }),
  "group/rigl": perceptron(
    (l) => ({ pattern: (density) => l.groupFanIn({ density }, 16) }),
    (l) => ({ optimizer: adam(l), method: l.rigl({ every: 20 }) }),
  ),
  "block/rigl": perceptron(
    (l) => ({ pattern: (density) => l.block(16, { density }) }),
    (l) => ({ optimizer: adam(l), method: l.rigl({ every: 20 }) }),
  ),
  "unstructured/set": perceptron(
    (l) => ({ pattern: (density) => l.block(1, { density }) }),
    (l) => ({ optimizer: momentum(l), method: l.set({ every: 20 }) }),
  ),
  "nm/rigl": perceptron(
    (l) => ({ pattern: () => l.nm(2, 4), sparsity: 0.5 }),
    (l) => ({ optimizer: adam(l), method: l.rigl({ every: 20 }) }),
    { epochs: 1 },
  ),
  "accumulate": perceptron(() => ({}), (l) => ({ optimizer: adam(l) }), {
    accumulate: 2,
    batchSize: 64,
  }),
  "regression": (library) => ({
    model: library.mlp({ sizes: [64, 256, 4], sparsity: 0.8 }),
    optimizer: adam(library),
    method: library.set({ every: 20 }),
    loss: library.mse,
    data: numbers(6400),
    fit: { epochs: 6, batchSize: 64 },
  }),
  "convnet/srigl": (library) => ({
    model: library.convnet({
      ...{ image: { channels: 1, height: 28, width: 28 }, classes: 10 },
      ...{ widths: [16, 32], stride: 2, sparsity: 0.9 },
    }),
    optimizer: momentum(library),
    method: library.srigl({ every: 20 }),
    data: pictures(1280),
    fit: {
      epochs: 6,
      batchSize: 64,
      augment: [library.randomFlip(), library.randomCrop({ padding: 2 })],
    },
  }),
};
