/**
 * What a rank does of the batches of a step: whole batches where every rank gets as many, else a share of the examples of each.
 *
 * @module
 */
import { type Share, shareOf, Shares } from "../data/share.ts";
import { type Batch, columnsOf } from "../data/source.ts";
import type { Parallel } from "../parallel/parallel.ts";

/** The ranks that share batches. */
export interface Sharing {
  /** The ranks; one process by itself if absent. */
  readonly parallel: Parallel | undefined;
  /** Whether batch norms go by the batch of all ranks where each has a share of it. */
  readonly syncBatchNorm: boolean;
}

/** The batches of a step. */
export interface StepSize {
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Batches in a step. */
  readonly accumulate: number;
}

/** What a rank does of a batch. */
export interface Portion {
  /** Its examples. */
  readonly batch: Batch;
  /** Examples of the batch before them. */
  readonly begin: number;
  /** Whether they are a part of the step. */
  readonly counts: boolean;
}

/** Shares out the batches of steps among ranks. The same number of examples in a step, whatever the number of ranks. */
export class StepShare {
  /** Most examples of a portion: what programs are made for. */
  readonly batchSize: number;
  /** The ranks that tell each other something of every batch, so that each takes part in it; none where batches need nothing. */
  readonly together: Parallel | undefined;
  readonly #columns: number;
  readonly #parallel: Parallel | undefined;
  readonly #whole: boolean;
  readonly #shares: Shares;

  /** Takes no memory yet. */
  constructor({ batchSize, accumulate }: StepSize, { parallel, syncBatchNorm }: Sharing) {
    const { size } = parallel ?? { size: 1 };
    this.#parallel = parallel;
    this.#columns = columnsOf(batchSize);
    this.#whole = accumulate % size === 0;
    this.together = syncBatchNorm && !this.#whole ? parallel : undefined;
    this.batchSize = this.#whole ? batchSize : Math.ceil(batchSize / size);
    this.#shares = new Shares(this.batchSize);
  }

  /**
   * What this rank does of a batch; nothing where other ranks do all of it and need nothing of this one.
   *
   * @param number Batches of the step before it.
   */
  of(batch: Batch, number: number): Portion | undefined {
    const { rank, size } = this.#parallel ?? { rank: 0, size: 1 };
    if (this.#whole) {
      return number % size === rank ? { batch, begin: 0, counts: true } : undefined;
    }
    const share = shareOf(batch.examples, rank, size);
    if (share.begin < share.end) return this.#take(batch, share, true);
    return this.together === undefined ? undefined : this.idle(batch);
  }

  /**
   * What a rank does for which a step has no example, or a batch that every rank takes part in: one that counts for nothing, since
   * what a step changes beside the gradients is changed on every rank.
   */
  idle(batch: Batch): Portion {
    return this.#whole
      ? { batch, begin: 0, counts: false }
      : this.#take(batch, { begin: 0, end: 1 }, false);
  }

  #take(batch: Batch, share: Share, counts: boolean): Portion {
    const { begin } = share;
    return { batch: this.#shares.take(batch, share, this.#columns), begin, counts };
  }
}
