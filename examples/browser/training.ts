/**
 * The training of the page: what the command line makes of the same choices, so that both write the same checkpoint.
 *
 * @module
 */
import {
  adamw,
  block,
  cht,
  cosine,
  type Dataset,
  type Device,
  dynsparse,
  fanIn,
  groupFanIn,
  type Method,
  mlp,
  type Module,
  nm,
  outputsOf,
  type PatternSpec,
  patternStatistics,
  preparationOf,
  rigl,
  set,
  sparseRate,
  srigl,
  staticPattern,
  toDense,
  Trainer,
} from "@filigree/filigree";
import type { LayerMask, Score, Settings } from "./messages.ts";

/** Most steps between two rewirings, or of a warm-up; how many of either a shorter run has, as of the command line. */
const MOST = 100, REWIRINGS = 10, WARMUPS = 20;

/** The learning rate of a dense network. */
const RATE = 1e-3;

/** Methods by name. */
const METHODS: Readonly<Record<string, (schedule: { readonly every: number }) => Method>> = {
  ...{ srigl, rigl, set, cht, dynsparse },
  static: () => staticPattern(),
};

/** A network in training. */
export interface Training {
  readonly model: Module;
  readonly trainer: Trainer;
  /** Sizes of its layers. */
  readonly network: string;
}

/** Makes a network for a data set, and what trains it. */
export function trainingOf(device: Device, data: Dataset, settings: Settings): Training {
  const { hidden, sparsity, seed } = settings;
  const sizes = [data.inputs, ...hidden, outputsOf(preparationOf(data).target)];
  const model = mlp({ sizes, sparsity, pattern: (density) => patternOf(settings, density) });
  const method = sparsity === 0 ? undefined : METHODS[settings.method];
  const steps = settings.epochs * Math.ceil(data.examples / settings.batch);
  const partOf = (parts: number): number => Math.max(1, Math.min(MOST, Math.floor(steps / parts)));
  const learningRate = cosine(sparseRate(RATE, sparsity), { warmup: partOf(WARMUPS) });
  const trainer = new Trainer({
    ...{ device, model, seed },
    optimizer: adamw({ learningRate, weightDecay: 0, decayAll: false }),
    ...(method === undefined ? {} : { method: method({ every: partOf(REWIRINGS) }) }),
  });
  return { model, trainer, network: sizes.join("-") };
}

/** The pattern of a layer. */
function patternOf({ pattern }: Settings, density: number): PatternSpec {
  switch (pattern) {
    case "group-4":
      return groupFanIn({ density }, 4);
    case "group-16":
      return groupFanIn({ density }, 16);
    case "block-4":
      return block(4, { density });
    case "block-1":
      return block(1, { density });
    case "1:4":
      return nm(1, 4);
    case "2:4":
      return nm(2, 4);
    default:
      return fanIn({ density });
  }
}

/** The connections of the sparse layers of a model. */
export function masksOf({ weights }: Module): LayerMask[] {
  return weights.flatMap(({ label, sparse }) => {
    if (sparse === undefined) return [];
    const { rows, inputs } = sparse;
    const ones = new Float32Array(sparse.values.length).fill(1);
    return [{ label, rows, inputs, mask: Uint8Array.from(toDense(sparse.pattern, ones)) }];
  });
}

/** Connections of a model; those of what is dense are all. */
export function connectionsOf({ weights }: Module): number {
  const dense = weights.filter(({ sparse }) => sparse === undefined)
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return weights.reduce(
    (sum, { sparse }) =>
      sum + (sparse === undefined ? 0 : patternStatistics(sparse.pattern).connections),
    dense,
  );
}

/** What a network gave on examples. */
export function scoreOf({ accuracy, loss }: Readonly<Record<string, number>>): Score {
  return accuracy === undefined ? { loss } : { accuracy, loss };
}
