/**
 * The update of a model of which ranks have parts, such as the labels of a head: each takes whole batches and changes what it has. What
 * they tell each other of a batch is in the programs; here is what they tell of a step.
 *
 * @module
 */
import type { RankSpread } from "../nn/spread.ts";
import type { Transform } from "../optim/gradients.ts";
import { measureNorm } from "../optim/transforms.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Program } from "../program/program.ts";
import type { Clock } from "../program/trace.ts";
import type { StepInputs } from "./objective.ts";
import type { StepProgram, UpdateProgram, UpdateScalars } from "./update.ts";

/**
 * Measures the norm of a rank's share of the gradients: of what it has alone, and on rank 0 of what every rank has too. The squares of
 * all ranks add up to that of the norm.
 */
export function normOfRank(spread: RankSpread | undefined): Transform {
  if (spread === undefined || spread.parallel.rank === 0) return (gradients) => gradients;
  return (gradients) => {
    const own = [...gradients.of].filter(([parameter]) => spread.homes.has(parameter.whole));
    return { ...gradients, norm: measureNorm({ ...gradients, of: new Map(own) }).norm };
  };
}

/** The compiled programs of an update by ranks that have parts of the model. */
export class SpreadUpdate implements StepProgram {
  readonly #update: UpdateProgram;
  readonly #parallel: Parallel;

  /** Wraps the programs of this rank. */
  constructor(update: UpdateProgram, parallel: Parallel) {
    this.#update = update;
    this.#parallel = parallel;
  }

  get takes(): Program {
    return this.#update.takes;
  }

  run(inputs: StepInputs, clock: Clock, examples: number): void | Promise<void> {
    return this.#update.run(inputs, clock, examples);
  }

  end(_clock: Clock, _examples: number, stop: boolean): boolean {
    const stops = Float32Array.of(Number(stop));
    this.#parallel.allReduce(stops);
    return stops[0] > 0;
  }

  /** Reads the scalars of the updates since the last call; every rank does at the same step. */
  async read(): Promise<UpdateScalars> {
    const scalars = await this.#update.read();
    const squares = scalars.norms.map((norm) => norm * norm);
    this.#parallel.allReduce(squares);
    return { ...scalars, norms: squares.map(Math.sqrt) };
  }

  forget(): void {
    this.#update.forget();
  }
}
