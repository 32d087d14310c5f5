/**
 * What every rank has, told to all of them.
 *
 * @module
 */
import type { Parallel } from "./parallel.ts";

/**
 * The arrays of all ranks, in their order, bit for bit.
 *
 * @param own As many elements on every rank.
 */
export function gathered<A extends Float32Array | Uint32Array>(parallel: Parallel, own: A): A[];
export function gathered(
  parallel: Parallel,
  own: Float32Array | Uint32Array,
): (Float32Array | Uint32Array)[] {
  return Array.from({ length: parallel.size }, (_, rank) => {
    const array = own.slice();
    parallel.broadcast(array, rank);
    return array;
  });
}

/** The text that one rank has, told to all of them. */
export function toldText(parallel: Parallel, text: string, from: number): string {
  const own = new TextEncoder().encode(text);
  const length = Uint32Array.of(own.length);
  parallel.broadcast(length, from);
  const bytes = parallel.rank === from ? own : new Uint8Array(length[0]);
  parallel.broadcast(bytes, from);
  return new TextDecoder().decode(bytes);
}
