/**
 * The head of many labels, from a hundred thousand to millions, as a layer.
 *
 * @module
 */
import {
  LABEL_CHUNK,
  type LabelFeatures,
  type LabelHead,
  type LabelShard,
} from "../ops/label_head.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Resource } from "../program/resource.ts";
import { geometryOf } from "../sparse/geometry.ts";
import { areaOf } from "../ops/matrix.ts";
import { isDense } from "../sparse/lookup.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { PreferredInputs } from "../sparse/draw.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { makeBias, makeWeight, requireSizes, type WeightOptions } from "./parameters.ts";
import type { Weight } from "./tree.ts";

/** Options of {@linkcode labelHead}. */
export interface LabelHeadOptions extends Pick<WeightOptions, "init"> {
  /**
   * Which connections may exist; all of them by default. Lists are full, such as `fanIn(32, { full: true })` and
   * `groupFanIn(32, 16, { full: true })`.
   */
  readonly pattern?: PatternSpec;
  /**
   * Labels of a piece, which has buffers of its own: a multiple of 1024; by default as many as 128 MiB hold, and where the head is spread
   * over ranks, or could be, at most a sixty-fourth of all, rounded up to that, whatever the number of ranks.
   */
  readonly shard?: number;
  /**
   * What all biases begin with; 0 by default. Nearly no label applies to an example: below 0 the first steps need not learn that
   * of every label.
   */
  readonly bias?: number;
  /**
   * Inputs that the label of each row begins with, at most as many as it has; what is missing is drawn at random, as all of them are
   * by default. For a constant fan-in of single connections.
   */
  readonly preferred?: PreferredInputs;
  /**
   * Ranks of which each has some pieces of the head, with their moments: labels that no single machine holds. All ranks take the same
   * whole batches; losses, the gradient of the features and rankings are those of all labels. One process has all by default.
   */
  readonly spread?: Parallel;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** What a head of labels gives: what losses and rankings of its labels are made of. */
export interface LabelOutput {
  /** `[features, examples]`, as the head was given them, or sparse features by their numbers. */
  readonly features: LabelFeatures;
  /** What makes logits of these. */
  readonly head: LabelHead;
}

/** Most bytes of the values of a piece: what every adapter binds. */
const SHARD_BYTES = 2 ** 27;

/**
 * A head with a row of weights and a bias for each label. It computes no logits, of which there are too many: it gives the
 * features and itself to `labelLoss` and `labelTop`, which take some labels at a time. Weights begin as those of `linear`.
 *
 * A head of more labels than a buffer holds has several weights and biases: `weight` and `bias`, `weight.2` and `bias.2`, and so
 * on, each with a pattern of its own. These pieces are what ranks have where it is spread over them: every rank describes the whole head
 * and has memory for its own pieces.
 *
 * @param inputs Features.
 * @param labels Labels.
 * @throws {RangeError} if a size is not a whole number above 0, or the pattern cannot be had; or there are more ranks than
 * pieces.
 * @example
 * ```ts
 * import { groupFanIn, nn } from "@filigree/filigree";
 *
 * const head = nn.labelHead(768, 131_073, { pattern: groupFanIn(32, 16, { full: true }) });
 * console.assert(head.weights.length === 1 && head.weights[0].shape[0] === 131_073);
 * ```
 */
export function labelHead(
  inputs: number,
  labels: number,
  options: LabelHeadOptions = {},
): Module<LabelFeatures, LabelOutput> {
  const { pattern = dense(), name = "labelHead" } = options;
  requireSizes(`head of labels "${name}"`, { inputs, labels });
  const shard = options.shard ?? shardOf(inputs, labels, pattern, options.spread !== undefined);
  if (!(shard > 0 && shard % LABEL_CHUNK === 0)) {
    throw new RangeError(
      `Cannot make head of labels "${name}" in pieces of ${shard}: expected a multiple of ${LABEL_CHUNK}`,
    );
  }
  const own: Record<string, Resource | Weight> = {};
  const shards: Required<LabelShard>[] = [];
  for (let first = 0; first < labels; first += shard) {
    const rows = Math.min(shard, labels - first);
    const number = first === 0 ? "" : `.${1 + first / shard}`;
    const { init, preferred } = options;
    const { matrix, known } = makeWeight(`${name}.weight${number}`, rows, inputs, pattern, {
      ...(init === undefined ? {} : { init }),
      ...(preferred === undefined ? {} : {
        preferred: { ...preferred, offsets: preferred.offsets.subarray(first, first + rows + 1) },
      }),
    });
    const bias = makeBias(`${name}.bias${number}`, rows, options.bias);
    own[`weight${number}`] = known;
    own[`bias${number}`] = bias;
    shards.push({ weight: matrix, bias, first });
  }
  const { spread: parallel } = options;
  const homes = homesOf(name, shards, parallel);
  const head: LabelHead = { shards };
  const here = parallel === undefined || parallel.size === 1 ? head : {
    shards: shards.filter(({ bias }) => homes.get(bias) === parallel.rank),
    spread: { parallel, labels },
  };
  return makeModule(
    (features: LabelFeatures, { alone }) => ({ features, head: alone ? head : here }),
    {
      ...(here === head || parallel === undefined ? {} : { spread: { parallel, homes } }),
      ...recordOf(labelHeadLayer, { inputs, labels, shard }),
      name,
      own,
    },
  );
}

/** Pieces of a head that may be spread over ranks: as many ranks it may have at most, and each then has nearly as much as another one. */
const SPREAD_PIECES = 64;

/** The rank that has each weight and each bias: ranks have pieces that follow each other. */
function homesOf(
  name: string,
  shards: readonly LabelShard[],
  { size }: Pick<Parallel, "size"> = { size: 1 },
): Map<Resource, number> {
  if (shards.length < size) {
    throw new RangeError(
      `Cannot spread head of labels "${name}" over ${size} ranks: it has ${shards.length} pieces; expected one for each rank, such as by ` +
        "fewer labels in a shard",
    );
  }
  return new Map(shards.flatMap(({ weight, bias }, i) => {
    const home = Math.floor(i * size / shards.length);
    return [[weight.values, home], [bias, home]] as const;
  }));
}

/** Labels whose values fit into a buffer that every adapter has. */
function shardOf(inputs: number, labels: number, pattern: PatternSpec, spread: boolean): number {
  const area = (rows: number): number => {
    if (isDense(pattern)) return rows * inputs;
    const { capacity, unit } = geometryOf(pattern, rows, inputs);
    return capacity * areaOf(unit);
  };
  const each = 4 * area(Math.min(labels, LABEL_CHUNK)) / Math.min(labels, LABEL_CHUNK);
  const chunks = Math.max(Math.floor(SHARD_BYTES / (each * LABEL_CHUNK)), 1);
  const most = spread ? Math.ceil(labels / (SPREAD_PIECES * LABEL_CHUNK)) : Infinity;
  return LABEL_CHUNK * Math.min(chunks, most);
}

/** The head of many labels as checkpoints know it. */
export const labelHeadLayer: LayerDefinition<Module<LabelFeatures, LabelOutput>> = defineLayer({
  kind: "labelHead",
  settings: {
    inputs: { type: "integer", least: 1, description: "Features" },
    labels: { type: "integer", least: 1, description: "Labels" },
    shard: { type: "integer", least: 1, description: "Labels of a piece" },
  },
  make({ settings: { inputs, labels, shard }, name, weight }) {
    return labelHead(inputs, labels, { pattern: weight("weight").pattern, shard, name });
  },
  exported: {
    shape() {
      throw new TypeError(
        "Cannot export the model: a head of labels gives no tensor; expected a checkpoint to be read by loadModel",
      );
    },
  },
});
