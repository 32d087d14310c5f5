/**
 * A comparison as the command takes it.
 *
 * @module
 */
import type { Contender } from "./contender.ts";

/** Ours against one of theirs at one task. */
export interface Match {
  /** Name of the figure, stable between versions. */
  readonly name: string;
  /** What the ratio should be at least, where there is such a goal. */
  readonly goal?: number;
  /** Opens ours; always before theirs, which may need its weights. */
  ours(): Promise<Contender>;
  /** Opens theirs. */
  theirs(): Promise<Contender>;
  /**
   * Checks a result, of ours and of theirs.
   *
   * @throws {Error} if it is wrong.
   */
  check?(result: Float32Array): void;
  /** Tasks `step` and `bert`: how many of the first losses must be the same; instead of `check`. */
  readonly losses?: number;
  /** The share of a loss within which they are the same; a thousandth by default. */
  readonly tolerance?: number;
  /** Whether bytes are compared instead of times: the last number of each result. */
  readonly bytes?: boolean;
  /** Looks at each of the two; 15 by default. */
  readonly rounds?: number;
}
