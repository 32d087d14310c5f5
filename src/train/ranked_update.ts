/**
 * The programs of an update by several ranks: each adds up the gradients of its examples, the sums are exchanged, and each updates
 * its model in the same way.
 *
 * @module
 */
import { writtenResources } from "../program/effects.ts";
import type { Program } from "../program/program.ts";
import type { Clock } from "../program/trace.ts";
import { Exchange, type ExchangeParts } from "./exchange.ts";
import type { StepInputs } from "./objective.ts";
import { type StepProgram, UpdateLog, type UpdateScalars } from "./update.ts";

/** The compiled programs of an update by several ranks. */
export class RankedUpdate implements StepProgram {
  readonly #add: Program;
  readonly #apply: Program;
  readonly #exchange: Exchange;
  readonly #log: UpdateLog;
  /** Examples of this rank in the step so far. */
  #examples = 0;

  /**
   * Wraps what was compiled of a `TracedUpdate` whose sums are exchanged.
   *
   * @param parts What is exchanged, but for what batches change beside the sums.
   */
  constructor(add: Program, apply: Program, parts: Omit<ExchangeParts, "states">) {
    this.#add = add;
    this.#apply = apply;
    const states = writtenResources(add.traced)
      .filter(({ category, trainable }) => category === "parameters" && !trainable);
    this.#exchange = new Exchange({ ...parts, states });
    this.#log = new UpdateLog(apply);
  }

  get takes(): Program {
    return this.#add;
  }

  run(inputs: StepInputs, clock: Clock, examples: number): void | Promise<void> {
    const { before, counts = true } = clock.part ?? { before: 0 };
    // Sums begin anew with the batch that nothing is before; that is another rank's.
    if (this.#examples === 0 && before > 0) this.#exchange.clear();
    const running = this.#add.run(inputs, clock, examples);
    if (counts) this.#examples += examples;
    return running;
  }

  async end(clock: Clock, examples: number, stop: boolean): Promise<boolean> {
    const share = this.#examples / examples;
    this.#examples = 0;
    const stops = await this.#exchange.sum(share, stop);
    this.#apply.run(NOTHING, clock, 1);
    this.#log.note(clock, examples);
    return stops;
  }

  read(): Promise<UpdateScalars> {
    return this.#log.read();
  }

  forget(): void {
    this.#log.forget();
  }
}

/** A program has an input. */
const NOTHING: readonly [Float32Array] = [new Float32Array(32)];
