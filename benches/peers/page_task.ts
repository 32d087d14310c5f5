/**
 * What a page is asked to compare, and what it answers.
 *
 * @module
 */

/** What is asked for. */
export interface PageTask {
  /** Sizes of the network. */
  readonly sizes: readonly number[];
  /** Share of the connections that exist. */
  readonly density: number;
  /** Examples of a batch. */
  readonly examples: number;
  /** Rate of plain SGD. */
  readonly learningRate: number;
  /** What they run on. */
  readonly prefer: "wasm" | "webgpu";
  /** Threads of WASM. */
  readonly threads: number;
  /** Looks at each. */
  readonly rounds: number;
}

/** What one of them took. */
export interface PageResult {
  /** Which one. */
  readonly name: string;
  /** What it ran on. */
  readonly device: string;
  /** Milliseconds of a step, of each round. */
  readonly milliseconds: readonly number[];
  /** The losses of its first steps. */
  readonly losses: readonly number[];
}
