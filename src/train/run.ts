/**
 * Where a run stands, and the way of its losses from the device to events and checkpoints.
 *
 * @module
 */
import type { StepEvent } from "./events.ts";
import { requireFinite, type Suspects } from "./finite.ts";
import type { UpdateProgram } from "./update.ts";

/** Where a call of {@linkcode Trainer.fit} stands, beside what lies on the device. Saved in checkpoints. */
export interface Run {
  /** Steps before it. */
  readonly first: number;
  /** Sum of the losses of the present epoch that were reported. */
  sum: number;
  /** Their number. */
  count: number;
  /** Losses that were read for a checkpoint and are yet to be reported. */
  pending: number[];
  /** Norm of the gradient of the last step that was read. */
  norm: number;
  /** Mean loss of the last epoch that ended. */
  epochLoss: number;
}

/** The beginning of a run after `first` steps. */
export function newRun(first: number): Run {
  return { first, sum: 0, count: 0, pending: [], norm: NaN, epochLoss: NaN };
}

/** The losses of a run. */
export class RunLog {
  /** Where it stands. */
  readonly run: Run;
  readonly #program: UpdateProgram;
  readonly #suspects: Suspects;
  #divergence: unknown;
  #seen = 0;
  #since = performance.now();

  /** Goes on with a run; its steps are those of `program`. */
  constructor(run: Run, program: UpdateProgram, suspects: Suspects) {
    this.run = run;
    this.#program = program;
    this.#suspects = suspects;
  }

  /** Counts examples that were trained with. */
  count(examples: number): void {
    this.#seen += examples;
  }

  /**
   * Reads the losses that lie on the device.
   *
   * @throws {DivergenceError} if one of this run, now or before, is not finite: nothing is reported or saved then.
   */
  async collect(): Promise<void> {
    if (this.#divergence !== undefined) throw this.#divergence;
    const scalars = await this.#program.read();
    try {
      await requireFinite(scalars, this.#suspects);
    } catch (error) {
      this.#divergence = error;
      throw error;
    }
    this.run.pending.push(...scalars.losses);
    this.run.norm = scalars.norms.at(-1) ?? this.run.norm;
  }

  /** What the steps since the last call say, if there were any. */
  async report(): Promise<
    Pick<StepEvent, "loss" | "losses" | "gradientNorm" | "examplesPerSecond"> | undefined
  > {
    await this.collect();
    const { run } = this;
    const losses = Float32Array.from(run.pending.splice(0));
    if (losses.length === 0) return undefined;
    for (const loss of losses) run.sum += loss;
    run.count += losses.length;
    const now = performance.now();
    const examplesPerSecond = this.#seen / (now - this.#since) * 1000;
    this.#seen = 0;
    this.#since = now;
    const loss = losses[losses.length - 1];
    return { loss, losses, gradientNorm: run.norm, examplesPerSecond };
  }

  /** Ends an epoch, and gives the mean of its losses. */
  endEpoch(): number {
    const { run } = this;
    run.epochLoss = run.sum / run.count;
    run.sum = run.count = 0;
    return run.epochLoss;
  }
}
