/**
 * The batches of an epoch, one ahead of the device: the next one is made while the device works on the present one.
 *
 * @module
 */
import type { Batch, EpochOptions, Source } from "../data/source.ts";

/** What {@linkcode Ahead} has of a batch that was made before it was wanted. */
type Made =
  | { readonly batch: Batch | undefined }
  | { readonly fault: unknown };

/**
 * Takes batches one after the other. An array that is filled in the call is filled when {@linkcode makeNext} says that the
 * device has work: by then the arrays of the present batch were copied to it, so that they are free. What is waited for, such
 * as a disk, is asked for before the present batch is handed out.
 */
export class Ahead {
  readonly #sync: Iterator<Batch> | undefined;
  readonly #async: AsyncIterator<Batch> | undefined;
  readonly #batchSize: number;
  #made: Made | undefined;
  #coming: Promise<Made> | undefined;
  /** Examples that are still to come. */
  #left: number;

  /** Begins an epoch of a source, without the batches that its options skip. */
  constructor(source: Pick<Source, "epoch" | "examples">, number: number, options: EpochOptions) {
    const { batchSize, skip = 0 } = options;
    this.#batchSize = batchSize;
    this.#left = Math.max(0, source.examples - skip * batchSize);
    const batches = source.epoch(number, options);
    if (Symbol.asyncIterator in batches) this.#async = batches[Symbol.asyncIterator]();
    else this.#sync = batches[Symbol.iterator]();
  }

  /**
   * The next batch, or undefined after the last; a promise only of a source that is waited for.
   *
   * @throws {RangeError} if the source gives more or fewer examples than it says: means would be of others than they claim,
   * and a run that goes on would skip others.
   * @throws What the source has thrown while it made this batch.
   */
  next(): Batch | undefined | Promise<Batch | undefined> {
    if (this.#async !== undefined) return this.#awaited(this.#async);
    const made = this.#made ?? this.#fill();
    this.#made = undefined;
    return this.#counted(opened(made));
  }

  /** Says that the device has work and the arrays of the present batch are free. */
  makeNext(): void {
    if (this.#sync !== undefined) this.#made ??= this.#fill();
  }

  /** Ends it before the last batch: a source closes its files. */
  async close(): Promise<void> {
    // What was asked for has to come first; nobody wants to know any more why it did not.
    await this.#coming;
    this.#coming = this.#made = undefined;
    this.#sync?.return?.();
    await this.#async?.return?.();
  }

  #fill(): Made {
    try {
      const { value, done } = this.#sync?.next() ?? { value: undefined, done: true };
      return { batch: done === true ? undefined : value };
    } catch (fault) {
      return { fault };
    }
  }

  async #awaited(batches: AsyncIterator<Batch>): Promise<Batch | undefined> {
    const batch = opened(await (this.#coming ?? ask(batches)));
    this.#coming = batch === undefined ? undefined : ask(batches);
    return this.#counted(batch);
  }

  #counted(batch: Batch | undefined): Batch | undefined {
    const expected = Math.min(this.#left, this.#batchSize);
    const { examples } = batch ?? { examples: 0 };
    if (examples !== expected || (batch !== undefined && expected === 0)) {
      const found = batch === undefined
        ? "the epoch has no batch left"
        : `the epoch has a batch of ${examples} examples`;
      throw new RangeError(
        `Cannot go on: ${found}; expected ${
          expected === 0 ? "none any more" : `one of ${expected}`
        }, as many as the examples of the source and the batches that were skipped make`,
      );
    }
    this.#left -= examples;
    return batch;
  }
}

async function ask(batches: AsyncIterator<Batch>): Promise<Made> {
  try {
    const { value, done } = await batches.next();
    return { batch: done === true ? undefined : value };
  } catch (fault) {
    return { fault };
  }
}

function opened(made: Made): Batch | undefined {
  if ("fault" in made) throw made.fault;
  return made.batch;
}
