/**
 * The updates of a trainer, compiled at first use: for each task and size of batches, by one process or by several ranks.
 *
 * @module
 */
import type { ArraySpec } from "../data/source.ts";
import { GradientSums } from "../optim/gradient_sums.ts";
import type { InputSpec, Program, TracedProgram } from "../program/program.ts";
import type { Holdings } from "./holdings.ts";
import { type Chosen, specsOf } from "./objective.ts";
import { RankedUpdate } from "./ranked_update.ts";
import { SpreadUpdate } from "./spread_update.ts";
import { type Sharing, StepShare, type StepSize } from "./step_share.ts";
import {
  computationOf,
  type StepProgram,
  type TracedUpdate,
  traceUpdate,
  type UpdateParts,
  UpdateProgram,
} from "./update.ts";

/** What {@linkcode Updates} are made of. */
export interface UpdatesParts
  extends Omit<UpdateParts, "loss" | "sums" | "exchanged" | "alone" | "ranks">, Sharing {
  /** Who gives the programs back. */
  readonly holdings: Holdings;
}

/** What is updated by. */
export interface Wanted extends StepSize {
  /** What is learnt. */
  readonly chosen: Chosen;
  /** The arrays of batches. */
  readonly inputs: Readonly<Record<string, ArraySpec>>;
  /** Whether f32 inputs are known to be finite; true by default. */
  readonly trustInputs?: boolean;
}

/** An update that was compiled. */
export interface CompiledUpdate {
  /** The program of a step. */
  readonly program: StepProgram;
  /** A digest of what a step computes, whatever the number of ranks that compute it. */
  readonly computation: string;
}

/** The updates of a trainer. */
export class Updates {
  readonly #parts: UpdatesParts;
  readonly #sums = new GradientSums();
  readonly #compiled = new Map<string, CompiledUpdate>();

  /** Takes no memory yet. */
  constructor(parts: UpdatesParts) {
    this.#parts = parts;
  }

  /** The program of a step, compiled at first use. */
  async program(wanted: Wanted): Promise<CompiledUpdate> {
    const { batchSize } = this.share(wanted);
    const { chosen: { name }, accumulate, trustInputs } = wanted;
    const key = JSON.stringify([name, this.#specs(wanted, batchSize), accumulate > 1, trustInputs]);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = await this.#compile(wanted);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** The programs that {@linkcode Updates.program} compiles, and those that a step of this process runs, one after the other. */
  plan(wanted: Wanted): { readonly all: TracedProgram[]; readonly step: TracedProgram[] } {
    const { add, last } = this.#trace(wanted, this.#newSums());
    const adding = add === undefined ? [] : [add];
    const { size } = this.#parts.parallel ?? { size: 1 };
    const adds = size === 1 ? wanted.accumulate - 1 : Math.ceil(wanted.accumulate / size);
    return { all: [...adding, last], step: [...Array(adds).fill(adding).flat(), last] };
  }

  /** What this process does of the batches of a step. */
  share(size: StepSize): StepShare {
    return new StepShare(size, this.#parts);
  }

  async #compile(wanted: Wanted): Promise<CompiledUpdate> {
    const sums = this.#newSums();
    const traced = this.#trace(wanted, sums);
    const { add, last } = traced;
    // In the order of the plan.
    const compiled = await this.#parts.holdings.prepare(...add === undefined ? [] : [add], last);
    const program = this.#stepOf(compiled.at(-2), compiled[compiled.length - 1], sums);
    const isAlone = program instanceof UpdateProgram;
    const alone = isAlone ? traced : this.#trace(wanted, this.#sums, "alone");
    return { program, computation: await computationOf(alone) };
  }

  #stepOf(
    first: Program | undefined,
    apply: Program,
    { resources: sums }: GradientSums,
  ): StepProgram {
    const { parallel, device, model: { spread } } = this.#parts;
    if (parallel !== undefined && first !== undefined) {
      return new RankedUpdate(first, apply, { device, parallel, sums });
    }
    const update = new UpdateProgram(first, apply);
    return spread === undefined ? update : new SpreadUpdate(update, spread.parallel);
  }

  /** Sums that are exchanged are those of one program; the others follow each other. */
  #newSums(): GradientSums {
    return this.#parts.parallel === undefined ? this.#sums : new GradientSums();
  }

  #trace(
    wanted: Wanted,
    sums: GradientSums,
    by: "alone" | "ranks" = "ranks",
  ): TracedUpdate {
    const { chosen: { loss }, accumulate, trustInputs } = wanted;
    const parallel = by === "ranks" ? this.#parts.parallel : undefined;
    const { batchSize, together } = new StepShare(wanted, { ...this.#parts, parallel });
    const trusted = trustInputs === undefined ? {} : { trustInputs };
    const parts = {
      ...{ ...this.#parts, sums, loss, ...trusted },
      ...{ exchanged: parallel !== undefined, alone: by === "alone", ranks: together },
    };
    return traceUpdate(parts, this.#specs(wanted, batchSize), accumulate);
  }

  #specs({ chosen, inputs }: Wanted, batchSize: number): InputSpec[] {
    return specsOf("train", chosen.names, inputs, batchSize);
  }
}
