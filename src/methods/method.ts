/**
 * What a method is: how a pattern changes while it trains. A method is scores (what to drop, what
 * to grow), under the pattern's constraint, on a schedule. Trainers know this file only.
 *
 * @module
 */
import type { Pattern, TransposedView } from "../sparse/pattern.ts";
import type { Candidates, Rewirer } from "../sparse/rewiring.ts";

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
export interface LayerState {
  /** Name of the layer; appears in errors. */
  readonly name: string;
  /** Its connections. */
  readonly pattern: Pattern;
  /** `[capacity]`: their weights. */
  readonly values: Float32Array;
  /** Optimizer state that travels with a connection: any number of arrays `[capacity]`. */
  readonly moments: readonly Float32Array[];
  /** Whether a row may be emptied; no for the last layer, whose rows are the answers. */
  readonly mayAblate: boolean;
  /** `[capacity]`: gradient of the weights. Given to methods that grow by gradient. */
  readonly gradient?: Float32Array;
  /**
   * The `count` inactive inputs of largest gradient of every row, ties to the lower input. Given to
   * methods that grow by gradient; they call it again with a larger `count` when they need to.
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

/** A layer after a rewiring. */
export interface RewireResult {
  /** The new connections; same budget and capacity. */
  readonly pattern: Pattern;
  /** The new connections by columns. */
  readonly view: TransposedView;
  /** Weights: survivors bit for bit, grown connections 0. */
  readonly values: Float32Array;
  /** Optimizer state: survivors bit for bit, grown connections 0. */
  readonly moments: Float32Array[];
  /** Connections that did not survive. One that is grown again at once counts here and in `grown`. */
  readonly dropped: number;
  /** Connections added. */
  readonly grown: number;
  /** Rows that were live and are now empty. */
  readonly ablated: number;
  /** Rows that were empty and are now live. */
  readonly revived: number;
}

/** How patterns change. Made by `fixed`, `set`, `rigl` or `srigl`. */
export interface Method {
  /** The field's name of the method. */
  readonly name: string;
  /** Steps between rewirings. */
  readonly every: number;
  /** What new connections are chosen by; with "gradient", layers come with gradients and candidates. */
  readonly growth: "none" | "random" | "gradient";
  /** Share of the connections to replace at `step` (from 0) of `totalSteps`; 0 = do not rewire. */
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
