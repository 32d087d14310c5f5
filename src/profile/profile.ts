/**
 * The profile of a program: how long each of its kernel calls takes, and how near that is to what the device can do.
 *
 * @module
 */
import type { LayerWeight } from "../nn/tree.ts";
import type { Device } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { bandwidthFor, type Roofs } from "./roofs.ts";
import { type CallWork, workOf } from "./work.ts";

/** One kernel call. */
export interface ProfiledCall extends Omit<CallWork, "denseFlops"> {
  /** Median seconds. */
  readonly seconds: number;
  /** Seconds that the roofs allow: the longer of its arithmetic at the peak and its bytes at the bandwidth. */
  readonly roofSeconds: number;
  /** Which of the two is the longer. */
  readonly bound: "arithmetic" | "bandwidth";
}

/** See the module comment. */
export interface Profile {
  /** The calls, in their order. */
  readonly calls: readonly ProfiledCall[];
  /** Median seconds of a whole step as it runs in training. */
  readonly stepSeconds: number;
  /** Steps that were measured call by call. */
  readonly steps: number;
}

/** What {@linkcode profileProgram} runs a program with. */
export interface ProfileOptions {
  /** An array per input of the program, padded columns included. */
  readonly inputs: readonly (Float32Array | Uint32Array)[];
  /** The weight matrices of the model. */
  readonly weights: readonly LayerWeight[];
  /** What the device can do. */
  readonly roofs: Roofs;
  /** Seconds to spend. Default 2. */
  readonly seconds?: number;
}

/** Rounds among which the time is divided. */
const ROUNDS = 10;

/** Steps that are not measured: the runtime still compiles. */
const WARM_UP = 3;

/**
 * Measures a program. It really trains: its parameters change.
 *
 * @throws {TypeError} if the device cannot measure.
 */
export async function profileProgram(
  device: Device,
  program: Program,
  { inputs, weights, roofs, seconds = 2 }: ProfileOptions,
): Promise<Profile> {
  // Waiting may take longer than a step, so that many go together.
  const run = async (steps: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) program.run(inputs);
    await device.backend.settled();
    return (performance.now() - start) / 1000 / steps;
  };
  await run(WARM_UP);
  for (let i = 0; i < WARM_UP; i++) await program.measure(inputs);
  const together = Math.max(1, Math.round(seconds / ROUNDS / 2 / await run(WARM_UP)));
  const whole: number[] = [];
  const measured: (readonly number[])[] = [];
  // In turn, so that what else the machine does takes as much from the one as from the other.
  for (let round = 0; round < ROUNDS; round++) {
    whole.push(await run(together));
    for (let i = 0; i < together; i++) measured.push(await program.measure(inputs));
  }
  const calls = workOf(program.traced, weights).map(
    ({ parameter: _, denseFlops: __, ...work }, i) => {
      const { roofSeconds, bound } = underRoofs(work, roofs);
      return { ...work, seconds: median(measured.map((times) => times[i])), roofSeconds, bound };
    },
  );
  return { calls, stepSeconds: median(whole), steps: measured.length };
}

/** The least time that a call can take on a device. */
export function underRoofs(
  { flops = 0, bytes }: Pick<CallWork, "flops" | "bytes">,
  roofs: Roofs,
): Pick<ProfiledCall, "roofSeconds" | "bound"> {
  const arithmetic = flops / roofs.peak;
  const bandwidth = bytes / bandwidthFor(roofs, bytes);
  return arithmetic > bandwidth
    ? { roofSeconds: arithmetic, bound: "arithmetic" }
    : { roofSeconds: bandwidth, bound: "bandwidth" };
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
