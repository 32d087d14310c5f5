/**
 * Whether a training fits on its device, as far as its plan tells: asked before anything is allocated or written.
 *
 * @module
 */
import { type BackendInfo, deviceBytes } from "../device/backend.ts";
import type { Plan } from "../program/plan.ts";
import type { Resource } from "../program/resource.ts";
import { ValidationError } from "./deps.ts";
import { grouped } from "./grouped.ts";

/**
 * Why a training cannot fit, if it cannot: names the bytes that are asked for and those that the device has.
 *
 * @param plan What a training takes.
 * @param parameters Parameters of its model, which must fit into one buffer each.
 */
export function lackOfRoom(
  { bytes: { total } }: Plan,
  parameters: readonly Resource[],
  { description, capacity }: BackendInfo,
): string | undefined {
  if (capacity === undefined) return undefined;
  const lack = (what: string, bytes: number, most: number): string =>
    `Cannot train on ${description}: ${what} ${grouped(bytes)} bytes, of which there are ` +
    `${grouped(most)}; expected a smaller model or batch, or a higher sparsity`;
  if (capacity.total !== undefined && total > capacity.total) {
    return lack("the plan takes", total, capacity.total);
  }
  const large = parameters.find(({ bytes }) => deviceBytes(bytes) > capacity.buffer);
  if (large === undefined) return undefined;
  return lack(`"${large.label}" takes a buffer of`, deviceBytes(large.bytes), capacity.buffer);
}

/**
 * Refuses what cannot fit.
 *
 * @throws {RangeError} that says what {@linkcode lackOfRoom} does.
 */
export function requireRoom(...of: Parameters<typeof lackOfRoom>): void {
  const lack = lackOfRoom(...of);
  if (lack !== undefined) throw new RangeError(lack);
}

/** Threads for each core beyond which there is only waiting. */
const THREADS_PER_CORE = 8;

/**
 * Refuses more threads than could be meant.
 *
 * @throws {ValidationError} naming the cores of this machine.
 */
export function requireCores(threads: number | undefined, cores: number): void {
  if (threads === undefined || threads <= THREADS_PER_CORE * cores) return;
  throw new ValidationError(
    `Option "--threads" (device.threads) is ${threads}, but there are ${cores} cores; expected at most ` +
      `${THREADS_PER_CORE * cores}.`,
  );
}
