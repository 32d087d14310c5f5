/**
 * What a method is: how a pattern changes while it trains. A method is scores (what to drop, what
 * to grow), under the pattern's constraint, on a schedule. Trainers know this file only.
 *
 * @module
 */
import type { Tensor, Trace } from "../program/trace.ts";
import type { Geometry } from "../sparse/geometry.ts";
import type { MaskState } from "../sparse/mask.ts";
import type { Rewirer } from "../sparse/rewirer.ts";
import type { Candidates, RewiredLayer, RewireResult } from "../sparse/rewiring.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import type { SparseWeight } from "../sparse/weight.ts";

export type { RewireResult } from "../sparse/rewiring.ts";

/** A sparse layer as it is when it is rewired. */
export interface LayerState extends RewiredLayer {
  /** Whether a row may be emptied; no for the last layer, whose rows are the answers. */
  readonly mayAblate: boolean;
  /** As long as the weights: their gradient. Given to methods that grow by gradient. */
  readonly gradient?: Float32Array;
  /**
   * The `count` inactive units of largest gradient of every list, or of every segment of an N:M pattern, ties to the
   * lower entry; more if more are at hand. Given to methods that grow by gradient; they call it again with a larger
   * `count` when they need to.
   */
  candidates?(count: number): Promise<Candidates>;
}

/** What a rewiring depends on besides the layer. */
export interface RewireContext {
  /** Carries out the selections. */
  readonly rewirer: Rewirer;
  /** Seed of the run. */
  readonly seed: number;
  /** Step of the training, for random growth. */
  readonly step: number;
  /** Number of the layer, for random growth. */
  readonly layer: number;
  /** Share of the units to replace, as {@linkcode Method.fraction} said. */
  readonly fraction: number;
  /** Score below which units are dropped, as {@linkcode Method.threshold} said. */
  readonly threshold?: number;
}

/** A sparse weight in the program of a step, as hooks see it. */
export interface SteppedWeight {
  /** Where the hook records kernel calls. */
  readonly trace: Trace;
  /** The weight: its values, its lists, and its view where it has a dense master. */
  readonly weight: SparseWeight;
  /** Its name in the model. */
  readonly label: string;
}

/** A weight under a mask, and where its training stands. */
export interface Masking {
  /** What it is trained towards: of each m, n. */
  readonly ratio: Pick<MaskState, "n" | "m">;
  /** Steps before this one. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** What the mask was in the step before, or is in the beginning. */
  readonly before: MaskState;
  /** Reads the values of the weight, `[rows, inputs]`: for what changes rarely. */
  values(): Promise<Float32Array>;
  /** Puts others in their place. */
  replace(values: Float32Array): void;
  /** `[rows, inputs]`. */
  readonly shape: readonly [number, number];
  /** Whether segments lie along the outputs; false by default. */
  readonly outputs?: boolean;
}

/** Patterns that a method cannot change. */
export interface PatternRefusal {
  /** Whether a sparse pattern is one of them. */
  of(spec: PatternSpec): boolean;
  /** Why, after the name of the pattern: `whose rows have no common fan-in`. */
  readonly why: string;
  /** What it takes: `fan-in, group-N or N:M`. */
  readonly takes: string;
}

/** How patterns change. Made by `staticPattern`, `set`, `rigl` or `srigl`. */
export interface Method {
  /** The field's name of the method. */
  readonly name: string;
  /** Steps between rewirings. */
  readonly every: number;
  /** Parts of the run, where they say when it rewires. */
  readonly updates?: number;
  /** Everything else that tells it from others of its name: what must stay the same when a run goes on. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What new connections are chosen by; with "gradient", layers come with gradients and candidates. */
  readonly growth: "none" | "random" | "gradient";
  /**
   * Share of the units (connections, group slots, blocks) to replace at `step` (from 0) of `totalSteps`; 0 = do not rewire.
   * Where a threshold decides how many, the most that may be.
   * Whether `step` is a multiple of `every` is for the caller to see.
   */
  fraction(step: number, totalSteps: number): number;
  /** Score below which units are dropped at a step, where that decides how many are. */
  threshold?(step: number, totalSteps: number): number;
  /** How many growth candidates per list, or per segment, are worth fetching at first. */
  candidates(geometry: Geometry, fraction: number): number;
  /** The patterns that it does not know how to change; none where absent. */
  readonly refuses?: PatternRefusal;
  /** Whether it takes patterns that may repeat inputs in a row; those of distinct inputs alone where absent. */
  readonly repeats?: boolean;
  /** The storage that its weights must have; any whose values move with the connections, or stay, where absent. */
  readonly storage?: StorageName;
  /** A bit for each slot that the forward reads before the first rewiring, where the storage chooses. */
  choose?(layer: RewiredLayer, rewirer: Rewirer): Uint32Array;
  /**
   * Records what happens to a weight before a batch goes through the model: in every training program, for every batch. What it
   * writes the forward reads.
   */
  beforeForward?(stepped: SteppedWeight): void;
  /**
   * Records what becomes of the gradient of a weight before it is measured and clipped, and gives it: once per update, of the
   * gradients of all its batches together.
   */
  gradient?(stepped: SteppedWeight, gradient: Tensor): Tensor;
  /** Records what happens to a weight after the optimizer's update: once per update. */
  afterUpdate?(stepped: SteppedWeight): void;
  /** What the mask of a weight is at a step, of a storage that masks; the trainer asks before every step. */
  mask?(masking: Masking): MaskState | Promise<MaskState>;
  /**
   * Share of the weights under a mask that the forward of a step reads, where that is not what `mask` says: where segments are
   * chosen by their values.
   */
  readShare?(masking: Pick<Masking, "ratio" | "step" | "totalSteps">): number;
  /** The step from which on AdamW leaves second moments as they are; none where absent. */
  frozenFrom?(totalSteps: number): number;
  /**
   * The layer with the share `context.fraction` of its units replaced.
   *
   * @throws {RangeError} if a weight or a gradient is NaN.
   */
  rewire(layer: LayerState, context: RewireContext): Promise<RewireResult>;
}
