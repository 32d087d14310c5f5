/**
 * The share of each batch that one of several ranks works on.
 *
 * @module
 */
import { type Batch, columnsOf } from "./source.ts";

/** Which examples of a batch are meant. */
export interface Share {
  /** The first one. */
  readonly begin: number;
  /** The one after the last. */
  readonly end: number;
}

/** The examples of rank `rank` of `size`, of as many: shares differ by one at most, and are empty where there are too few. */
export function shareOf(examples: number, rank: number, size: number): Share {
  const at = (part: number): number => Math.floor(part * examples / size);
  return { begin: at(rank), end: at(rank + 1) };
}

/** Takes some examples out of batches, into arrays that the next call overwrites. */
export class Shares {
  readonly #columns: number;
  readonly #arrays = new Map<string, Float32Array | Uint32Array>();

  /**
   * Takes no memory yet.
   *
   * @param batchSize Most examples of a share.
   */
  constructor(batchSize: number) {
    this.#columns = columnsOf(batchSize);
  }

  /** Some examples of a batch as a batch of their own; columns behind them are 0. */
  take({ arrays }: Batch, { begin, end }: Share, batchColumns: number): Batch {
    const taken = Object.entries(arrays).map(([name, whole]) => {
      const rows = whole.length / batchColumns;
      const part = this.#array(name, whole, rows);
      for (let row = 0; row < rows; row++) {
        const first = row * batchColumns;
        part.set(whole.subarray(first + begin, first + end), row * this.#columns);
      }
      return [name, part];
    });
    return { arrays: Object.fromEntries(taken), examples: end - begin };
  }

  /** An array of zeros, the same one every time. */
  #array(name: string, like: Float32Array | Uint32Array, rows: number): Float32Array | Uint32Array {
    const length = rows * this.#columns;
    let array = this.#arrays.get(name);
    if (array?.length !== length) {
      array = like instanceof Float32Array ? new Float32Array(length) : new Uint32Array(length);
      this.#arrays.set(name, array);
    }
    return array.fill(0);
  }
}
