/**
 * The arrays of parameters that are spread over ranks, given to rank 0 one parameter at a time: it writes a checkpoint as one process
 * would, which any number of ranks reads.
 *
 * @module
 */
import type { RankSpread } from "../nn/spread.ts";
import { toldText } from "../parallel/gather.ts";
import type { Resource } from "../program/resource.ts";
import type { NamedTensor } from "./safetensors.ts";

/** What is said of an array before it comes. */
interface Announced {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: "f32" | "u32";
}

/**
 * The arrays of a parameter: read here where this rank has it, else told by the one that has. Every rank calls it for all parameters in
 * the same order.
 *
 * @param read Reads them, where they are.
 * @returns Nothing on ranks that have it not and write nothing.
 */
export async function arraysOnRanks(
  spread: RankSpread | undefined,
  parameter: Resource,
  read: () => Promise<NamedTensor[]>,
): Promise<NamedTensor[]> {
  const home = spread?.homes.get(parameter);
  if (spread === undefined || home === undefined) return await read();
  const { parallel } = spread;
  const own = parallel.rank === home ? await read() : [];
  // Rank 0 tells itself nothing.
  if (home === 0) return own;
  const text = JSON.stringify(own.map(({ name, shape, data }): Announced => ({
    ...{ name, shape },
    type: data instanceof Float32Array ? "f32" : "u32",
  })));
  const announced: readonly Announced[] = JSON.parse(toldText(parallel, text, home));
  const arrays = announced.map(({ name, shape, type }, i): NamedTensor => {
    const elements = shape.reduce((product, size) => product * size, 1);
    const data = own[i]?.data ??
      (type === "f32" ? new Float32Array(elements) : new Uint32Array(elements));
    parallel.broadcast(data, home);
    return { name, shape, data };
  });
  return parallel.rank === 0 ? arrays : own;
}

/** What is said of a parameter by the rank that has it, on every rank. */
export function saidOfParameter(
  spread: RankSpread | undefined,
  parameter: Resource,
  say: () => string,
): string {
  const home = spread?.homes.get(parameter);
  if (spread === undefined || home === undefined) return say();
  const { parallel } = spread;
  return toldText(parallel, parallel.rank === home ? say() : "", home);
}
