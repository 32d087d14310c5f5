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

/** Elements that are summed at a time: what is received of the others needs as much memory again. */
const AT_A_TIME = 1 << 24;

/**
 * Each rank adds the part that is its own over all ranks, in their order, in f64, rounds it once, and gives it to the others:
 * the same bits everywhere, whatever the number of elements. As many bytes as a ring.
 *
 * @returns Bytes that this rank has sent.
 */
export function orderedSum(values: Float32Array, exchange: Exchange): number {
  let bytes = 0;
  for (let begin = 0; begin < values.length; begin += AT_A_TIME) {
    bytes += sumOf(values.subarray(begin, begin + AT_A_TIME), exchange);
  }
  return bytes;
}

function sumOf(values: Float32Array, exchange: Exchange): number {
  const { rank, size } = exchange;
  const begins = Array.from(
    { length: size + 1 },
    (_, r) => Math.floor(r * values.length / size),
  );
  const own = begins[rank + 1] - begins[rank];
  const received = new Float32Array(own * size);
  exchange.scatter(values, begins, received);
  const part = new Float32Array(own);
  addInOrder(received, part);
  exchange.gather(part, begins, values);
  return 4 * (values.length - own + own * (size - 1));
}

/** Adds what lies in `of`, one part behind the other. */
function addInOrder(of: Float32Array, sum: Float32Array): void {
  const { length } = sum;
  for (let i = 0; i < length; i++) {
    let total = 0;
    for (let at = i; at < of.length; at += length) total += of[at];
    sum[i] = total;
  }
}
