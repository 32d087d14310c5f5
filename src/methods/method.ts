/**
 * What a method is: how a pattern changes while it trains. A method is scores (what to drop, what
 * to grow), under the pattern's constraint, on a schedule. Trainers know this file only.
 *
 * @module
 */
import type { Rewirer } from "../sparse/rewirer.ts";
import type { Candidates, RewiredLayer, RewireResult } from "../sparse/rewiring.ts";

export type { RewireResult } from "../sparse/rewiring.ts";

/** The shape of a sparse layer. */
export interface LayerShape {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Most connections that may exist. */
  readonly budget: number;
}

/** A sparse layer as it is when it is rewired. Nothing in it is changed. */
export interface LayerState extends RewiredLayer {
  /** Whether a row may be emptied; no for the last layer, whose rows are the answers. */
  readonly mayAblate: boolean;
  /** `[capacity]`: gradient of the weights. Given to methods that grow by gradient. */
  readonly gradient?: Float32Array;
  /**
   * The `count` inactive inputs of largest gradient of every row, ties to the lower input; more if
   * more are at hand. Given to methods that grow by gradient; they call it again with a larger
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
  /** Share of the connections to replace, as {@linkcode Method.fraction} said. */
  readonly fraction: number;
}

/** How patterns change. Made by `staticPattern`, `set`, `rigl` or `srigl`. */
export interface Method {
  /** The field's name of the method. */
  readonly name: string;
  /** Steps between rewirings. */
  readonly every: number;
  /** What new connections are chosen by; with "gradient", layers come with gradients and candidates. */
  readonly growth: "none" | "random" | "gradient";
  /**
   * Share of the connections to replace at `step` (from 0) of `totalSteps`; 0 = do not rewire.
   * Whether `step` is a multiple of `every` is for the caller to see.
   */
  fraction(step: number, totalSteps: number): number;
  /** How many growth candidates per row are worth fetching at first. */
  candidates(layer: LayerShape, fraction: number): number;
  /**
   * The layer with the share `context.fraction` of its connections replaced.
   *
   * @throws {RangeError} if a weight or a gradient is NaN.
   */
  rewire(layer: LayerState, context: RewireContext): Promise<RewireResult>;
}
