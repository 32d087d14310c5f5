/**
 * The sum over ranks in an order of our own. What engines offer adds in orders that depend on the number of elements, on the
 * place of an element and on the network: Open MPI 4.1 gives equal numbers unequal sums within one call.
 *
 * @module
 */

/** How bytes come from every rank to every other one. */
export interface Exchange {
  /** Number of this process. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /**
   * Sends part `r` of `values` to rank `r`, and receives this rank's part from everybody, one behind the other.
   *
   * @param begins Where each part begins, and the end of the last one, in elements.
   */
  scatter(values: Float32Array, begins: readonly number[], received: Float32Array): void;
  /** Sends this rank's part to everybody, and receives all parts into `values`. */
  gather(part: Float32Array, begins: readonly number[], values: Float32Array): void;
}

/** Elements that are summed at a time, for which memory is kept. */
const AT_A_TIME = 1 << 22;

/** Elements whose sums lie in a cache as long as one rank after the other is added. */
const BLOCK = 1 << 12;

/**
 * Sums over ranks. Each rank adds the part that is its own over all ranks, in their order, in f64, rounds it once, and gives it to
 * the others: the same bits everywhere, whatever the number of elements. As many bytes as a ring.
 */
export class OrderedSum {
  readonly #exchange: Exchange;
  readonly #totals = new Float64Array(BLOCK);
  /** Kept from one sum to the next: memory that was never touched costs more than what is done with it. */
  #received = new Float32Array(0);
  #own = new Float32Array(0);

  /** Takes no memory yet. */
  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /**
   * Puts the sums into the place of the numbers.
   *
   * @returns Bytes that this rank has sent.
   */
  sum(values: Float32Array): number {
    const { size } = this.#exchange;
    const most = Math.ceil(Math.min(values.length, AT_A_TIME) / size);
    if (most > this.#own.length) {
      this.#received = new Float32Array(most * size);
      this.#own = new Float32Array(most);
    }
    let bytes = 0;
    for (let begin = 0; begin < values.length; begin += AT_A_TIME) {
      bytes += this.#sum(values.subarray(begin, begin + AT_A_TIME));
    }
    return bytes;
  }

  #sum(values: Float32Array): number {
    const { rank, size } = this.#exchange;
    const begins = Array.from(
      { length: size + 1 },
      (_, r) => Math.floor(r * values.length / size),
    );
    const count = begins[rank + 1] - begins[rank];
    const received = this.#received.subarray(0, count * size);
    this.#exchange.scatter(values, begins, received);
    const own = this.#own.subarray(0, count);
    this.#addInOrder(received, own);
    this.#exchange.gather(own, begins, values);
    return 4 * (values.length - count + count * (size - 1));
  }

  /** Adds what lies in `of`, one part behind the other. */
  #addInOrder(of: Float32Array, sum: Float32Array): void {
    const totals = this.#totals;
    const { length } = sum;
    const last = of.length - length;
    for (let begin = 0; begin < length; begin += BLOCK) {
      const count = Math.min(BLOCK, length - begin);
      totals.fill(0, 0, count);
      for (let at = begin; at < last; at += length) {
        for (let i = 0; i < count; i++) totals[i] += of[at + i];
      }
      for (let i = 0; i < count; i++) sum[begin + i] = totals[i] + of[last + begin + i];
    }
  }
}
