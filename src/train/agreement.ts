/**
 * Whether all ranks have the same: a difference that nobody sees would train another model on each of them.
 *
 * @module
 */
import { sha256 } from "../data/digest.ts";
import type { AnyModule } from "../nn/module.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Device } from "../program/device.ts";
import type { Resource } from "../program/resource.ts";
import { patternHash } from "../sparse/statistics.ts";

/** Ranks have different models, data or settings. */
export class RanksDifferError extends Error {
  /** The name of the class. */
  override readonly name: string = "RanksDifferError";
}

/** Another rank was asked to stop, and all stop after the same step. */
export class RankStoppedError extends Error {
  /** The name of the class. */
  override readonly name: string = "RankStoppedError";
}

/**
 * Compares a digest with that of rank 0, on all ranks.
 *
 * @param what What it is of, for the error: "the data".
 * @throws {RanksDifferError} on every rank if one has another.
 */
export async function requireSameOnAll(
  parallel: Parallel,
  what: string,
  digest: string,
): Promise<void> {
  const { rank, size } = parallel;
  const own = new TextEncoder().encode(await sha256(new TextEncoder().encode(digest)));
  const first = own.slice();
  parallel.broadcast(first);
  const differs = new Float32Array(size);
  differs[rank] = Number(own.some((byte, i) => byte !== first[i]));
  parallel.allReduce(differs);
  const others = [...differs.keys()].filter((r) => differs[r] > 0);
  if (others.length === 0) return;
  throw new RanksDifferError(
    `Cannot go on with ${size} ranks: on rank${others.length === 1 ? "" : "s"} ${
      others.join(", ")
    } ${what} differ from those of rank 0; expected the same program, data, options and kind of processor on every rank`,
  );
}

/** A digest of all patterns and parameters of a model that every rank has, as they are on a device. */
export async function modelDigest(device: Device, model: AnyModule): Promise<string> {
  const { homes } = model.spread ?? { homes: new Map<Resource, number>() };
  const patterns = model.weights.flatMap(({ sparse }) =>
    sparse === undefined || !sparse.drawn || homes.has(sparse.values)
      ? []
      : [patternHash(sparse.pattern)]
  );
  const parameters: string[] = [];
  for (const parameter of model.parameters) {
    if (!device.has(parameter) || homes.has(parameter)) continue;
    const { buffer } = await device.read(parameter);
    parameters.push(await sha256(new Uint8Array(buffer)));
  }
  return [...patterns, ...parameters].join();
}
