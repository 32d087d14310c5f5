/**
 * Small trained models of every operation, with the examples that they were trained with: what tests of exports share.
 *
 * @module
 */
import { Batcher } from "../src/data/batcher.ts";
import type { ClassDataset } from "../src/data/dataset.ts";
import { prepareLike, type SourcePreparation } from "../src/data/preparation.ts";
import { srigl } from "../src/methods/srigl.ts";
import { convnet } from "../src/models/convnet.ts";
import { mlp } from "../src/models/mlp.ts";
import { vit } from "../src/models/vit.ts";
import {
  averagePool,
  batchNorm,
  conv2d,
  dropout,
  flatten,
  gelu,
  image,
  layerNorm,
  linear,
  maxPool,
  type Module,
  relu,
  residual,
  rmsNorm,
  sequential,
} from "../src/nn/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { type Device, matrix } from "../src/program/device.ts";
import { fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "./arbitraries.ts";

/** What is trained. */
export interface Example {
  /** A new model. */
  readonly model: () => Module;
  /** What it is trained with. */
  readonly data: ClassDataset;
}

const EXAMPLES = 48;
const CLASSES = 3;
const IMAGE = { channels: 2, height: 8, width: 6 };

function examples(seed: number, inputs: number, kind: "bytes" | "floats"): ClassDataset {
  const source = new Source(seed);
  const labels = Uint8Array.from({ length: EXAMPLES }, (_, i) => i % CLASSES);
  const floats = source.floats(EXAMPLES * inputs);
  const signal = (x: number, i: number): number => x + labels[Math.floor(i / inputs)];
  const features = kind === "floats"
    ? floats.map(signal)
    : Uint8Array.from(floats, (x, i) => 90 + 40 * signal(x, i));
  return { features, labels, examples: EXAMPLES, inputs, classes: CLASSES };
}

/** Every operation, names that come twice, a layer that is used twice. */
function everything(): Module {
  const shared = conv2d(4, 4, { padding: 1, pattern: groupFanIn(16, 4) });
  return sequential(
    image(IMAGE),
    conv2d(2, 4, { kernel: [3, 1], padding: 1, pattern: fanIn(3) }),
    relu(),
    residual(sequential(shared, batchNorm(4), relu(), shared)),
    maxPool({ size: 3, stride: [2, 1], padding: 1 }),
    residual(
      conv2d(4, 6, { stride: 2, padding: 1, pattern: nm(2, 4) }),
      conv2d(4, 6, { kernel: 1, stride: 2 }),
    ),
    batchNorm(6),
    gelu(),
    layerNorm(6),
    averagePool({ size: 2, stride: 1, padding: 1 }),
    flatten(),
    linear(6 * 3 * 5, 5, { pattern: fanIn(4) }),
    layerNorm(5, { bias: false }),
    gelu({ form: "tanh" }),
    dropout(0.1),
    rmsNorm(5),
    linear(5, 4, { bias: false, pattern: fanIn(2) }),
    linear(4, CLASSES),
  );
}

/** Both ways to pool, and everything that is random in training. */
function visionTransformers(): Module {
  const size = { layers: 2, features: 8, heads: 2, intermediate: 12 };
  const common = { image: IMAGE, classes: CLASSES, size, patch: 2, sparsity: 0.5 };
  return residual(
    vit({ ...common, dropPath: 0.2, dropout: 0.1 }),
    vit({ ...common, pooling: "mean" }),
  );
}

/** By name. */
export const TRAINED: Readonly<Record<string, Example>> = {
  "a perceptron of bytes": {
    model: () => mlp({ sizes: [20, 24, 16, CLASSES], sparsity: 0.85 }),
    data: { ...examples(1, 20, "bytes"), normalization: { mean: 0.4, deviation: 0.3 } },
  },
  "a convnet of pictures": {
    model: () => convnet({ image: IMAGE, classes: CLASSES, widths: [4, 6], sparsity: 0.5 }),
    data: {
      ...examples(2, 96, "bytes"),
      image: IMAGE,
      normalization: [{ mean: 0.4, deviation: 0.3 }, { mean: 0.5, deviation: 0.2 }],
    },
  },
  "vision transformers": {
    model: visionTransformers,
    data: { ...examples(4, 96, "bytes"), image: IMAGE },
  },
  "a model of every operation and of floats": {
    model: everything,
    data: { ...examples(3, 96, "floats"), image: IMAGE },
  },
};

/** Trains a model for a few steps and saves it. */
export async function trainAndSave(
  device: Device,
  { model, data }: Example,
  path: string,
): Promise<Module> {
  const made = model();
  await device.place(made.parameters);
  const optimizer = adamw({ learningRate: 0.02 });
  using trainer = new Trainer({ device, model: made, optimizer, method: srigl({ every: 3 }) });
  for await (const _ of trainer.fit(data, { epochs: 4, batchSize: 16 }));
  await trainer.save(path);
  return made;
}

/** The outputs of a model for examples that are prepared for it: `[examples, outputs]`. */
export async function outputsOn(
  device: Device,
  model: Module,
  data: ClassDataset,
  preparation: SourcePreparation,
): Promise<number[][]> {
  const { inputs, examples: batchSize } = data;
  using program = await device.compile([matrix(inputs, batchSize)], (x) => model(x));
  const like = prepareLike(data, preparation);
  const [batch] = new Batcher(like, { batchSize, seed: 0, shuffle: false }).epoch(0);
  program.run([batch.arrays.features], { step: 0, totalSteps: 0 }, batchSize);
  const outputs = await program.floats(0);
  const columns = Math.ceil(batchSize / 32) * 32;
  return Array.from(
    { length: batchSize },
    (_, example) =>
      Array.from(
        { length: outputs.length / columns },
        (_, row) => outputs[row * columns + example],
      ),
  );
}
