/**
 * Where a run stands, and the way of its losses from the device to events and checkpoints.
 *
 * @module
 */
import type { StepEvent } from "./events.ts";
import { requireFinite, type Suspects } from "./finite.ts";
import type { Terms } from "./terms.ts";
import type { StepProgram } from "./update.ts";

/** The loss of a step, and the number of examples that it is the mean of. */
export type Measured = readonly [loss: number, examples: number];

/** Where a call of {@linkcode Trainer.fit} stands, beside what lies on the device. Saved in checkpoints. */
export interface Run {
  /** Steps before it. */
  readonly first: number;
  /** Epochs of earlier runs: this one goes on with the orders of the data after theirs. */
  readonly firstEpoch: number;
  /** What it was begun with. */
  readonly terms: Terms;
  /** Epochs that ended. */
  ended: number;
  /** Steps carried out when losses were last reported. */
  reported: number;
  /** Sum of the losses of the present epoch that were reported, each times its examples. */
  sum: number;
  /** The number of these examples. */
  count: number;
  /** The same two of the batches that went into growth scores. */
  scored: [sum: number, count: number];
  /** Losses that were read for a checkpoint and are yet to be reported. */
  pending: Measured[];
  /** Norm of the gradient of the last step that was read; null before the first. */
  norm: number | null;
  /** Mean loss of the last epoch that ended; null before. */
  epochLoss: number | null;
}

/** The beginning of a run after `first` steps and `firstEpoch` epochs. */
export function newRun(first: number, firstEpoch: number, terms: Terms): Run {
  return {
    ...{ first, firstEpoch, terms, ended: 0, reported: first, sum: 0, count: 0 },
    ...{ scored: [0, 0], pending: [], norm: null, epochLoss: null },
  };
}

/** The losses of a run. */
export class RunLog {
  /** Where it stands. */
  readonly run: Run;
  readonly #program: StepProgram;
  readonly #suspects: Suspects;
  #divergence: unknown;
  #seen = 0;
  #since = performance.now();

  /** Goes on with a run; its steps are those of `program`, from now on. */
  constructor(run: Run, program: StepProgram, suspects: Suspects) {
    this.run = run;
    this.#program = program;
    this.#suspects = suspects;
    program.forget();
  }

  /** Counts examples that were trained with. */
  count(examples: number): void {
    this.#seen += examples;
  }

  /** Notes the loss of a batch that went into growth scores. */
  score(loss: number, examples: number): void {
    const { scored } = this.run;
    scored[0] += loss * examples;
    scored[1] += examples;
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
    const { losses, norms, examples } = scalars;
    losses.forEach((loss, i) => this.run.pending.push([loss, examples[i]]));
    this.run.norm = norms.at(-1) ?? this.run.norm;
  }

  /** What the steps since the last call say, if there were any. */
  async report(): Promise<
    Pick<StepEvent, "loss" | "losses" | "gradientNorm" | "examplesPerSecond"> | undefined
  > {
    await this.collect();
    const { run } = this;
    const measured = run.pending.splice(0);
    if (measured.length === 0) return undefined;
    for (const [loss, examples] of measured) {
      run.sum += loss * examples;
      run.count += examples;
    }
    const now = performance.now();
    const examplesPerSecond = this.#seen / (now - this.#since) * 1000;
    this.#seen = 0;
    this.#since = now;
    const losses = Float32Array.from(measured, ([loss]) => loss);
    const loss = losses[losses.length - 1];
    return { loss, losses, gradientNorm: run.norm ?? NaN, examplesPerSecond };
  }

  /** Ends an epoch, and gives the mean loss of its examples. */
  endEpoch(): number {
    const { run } = this;
    // Apart until here: how often losses are reported must not change the order in which they are added.
    const [sum, count] = run.scored;
    const loss = (run.sum + sum) / (run.count + count);
    run.epochLoss = loss;
    run.sum = run.count = 0;
    run.scored = [0, 0];
    run.ended++;
    return loss;
  }
}
