/**
 * What a profile says of a training beside the kernels of its steps: the shares of the time in which the device waits for
 * batches, and of rewiring.
 *
 * @module
 */
import {
  measureRewiring,
  measureWaiting,
  type Rewiring,
  type Waiting,
  type WaitingOptions,
} from "../profile/training.ts";
import type { Device } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import type { Trainer } from "../train/trainer.ts";

/** What is measured. */
export interface BesideOptions extends WaitingOptions {
  /** Steps between two rewirings of the training. */
  readonly every: number;
  /** A trainer of the same model that rewires between any two steps; undefined if its patterns stay as they are. */
  rewired(device: Device): Trainer | undefined;
}

/** What was found. */
export interface Beside {
  /** Batches: seconds of a step, and the share of them in which the device has none. */
  readonly waiting: Waiting & { readonly share: number };
  /** Rewirings, and their share of the time of a training that rewires so often; absent where patterns stay as they are. */
  readonly rewiring?: Rewiring & { readonly share: number; readonly every: number };
}

/** Measures both. Afterwards the program is disposed of: the trainer takes the memory that it had. */
export async function measureBeside(
  device: Device,
  program: Program,
  { rewired, every, ...options }: BesideOptions,
): Promise<Beside> {
  const found = await measureWaiting(device, program, options);
  const waiting = { ...found, share: found.waitSeconds / found.stepSeconds };
  program.dispose();
  using trainer = rewired(device);
  if (trainer === undefined) return { waiting };
  const measured = await measureRewiring(trainer, options.source, options.batchSize);
  const { seconds } = measured;
  const share = seconds / (seconds + every * found.stepSeconds);
  return { waiting, rewiring: { ...measured, share, every } };
}

/** A line for each. */
export function besideLines(found: Beside | undefined): string[] {
  if (found === undefined) return [];
  const { waiting, rewiring } = found;
  const { waitSeconds, stepSeconds, steps } = waiting;
  const line = `waiting for batches ${percent(waiting.share)} of the time, ` +
    `${milliseconds(waitSeconds)} of ${milliseconds(stepSeconds)} (mean of ${steps} steps)`;
  if (rewiring === undefined) return [line];
  const { every, seconds, rewirings } = rewiring;
  return [
    line,
    `rewiring ${percent(rewiring.share)} of the time, ${milliseconds(seconds)} ` +
    `every ${every} steps (median of ${rewirings})`,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(2)} ms`;
}
