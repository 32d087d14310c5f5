/**
 * What a training needs of other processes: its rank among them, and three ways to agree. An engine such as MPI moves the bytes.
 *
 * @module
 */

/** What a rank has given to the others so far, and what that took. */
export interface Traffic {
  /** Bytes that this rank has sent; those of a broadcast are counted once. */
  readonly bytes: number;
  /** Seconds of its calls, waiting for slower ranks included. */
  readonly seconds: number;
}

/**
 * A group of processes that run the same program. Every rank makes the same calls in the same order; each call returns when this
 * rank has its part of the result, and keeps the event loop waiting until then.
 */
export interface Parallel {
  /** The engine, for people: `"Open MPI 4.1.4"`. */
  readonly engine: string;
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** What was sent so far. */
  readonly traffic: Traffic;
  /**
   * Puts the sum over all ranks into the place of each number. Numbers are added in the order of ranks, in f64, and rounded
   * once: the sum has the same bits on every rank, and for the same number of ranks every time.
   *
   * @param values As many on every rank.
   */
  allReduce(values: Float32Array): void;
  /**
   * Puts what one rank has into the place of what the others have. As many bytes on every rank.
   *
   * @param from That rank; 0 by default.
   */
  broadcast(data: Float32Array | Uint32Array | Uint8Array, from?: number): void;
  /** Waits until every rank is here. */
  barrier(): void;
  /**
   * Ends well: every rank has to call it before its process ends. Closing twice is closing once. After an error call
   * {@linkcode Parallel.abort} in its place: engines wait here for ranks that still wait for this one.
   */
  close(): void;
  /** Ends the processes of all ranks at once, wherever they are. */
  abort(code: number): never;
}
