/**
 * The growth scores of a model's patterns: the program that computes them, made again when more candidates are wanted. Of several
 * ranks the first one scores the whole batch, as a process by itself would, and the others are told.
 *
 * @module
 */
import type { Parallel } from "../parallel/parallel.ts";
import type { Device } from "../program/device.ts";
import type { PlaceOptions } from "../program/placement.ts";
import type { InputSpec, TracedProgram } from "../program/program.ts";
import type { Clock } from "../program/trace.ts";
import { partsOf } from "../sparse/cells.ts";
import type { SparseWeight } from "../sparse/weight.ts";
import { GrowthProbe, type GrowthScores, traceGrowthProbe } from "./growth_probe.ts";
import type { StepInputs, StepLoss } from "./objective.ts";

/** What {@linkcode Scoring} is made of. */
export interface ScoringParts {
  /** Where the model lies. */
  readonly device: Device;
  /** Seed of what is random in a step. */
  readonly seed: number;
  /** What parameters begin with that have no memory yet. */
  readonly beginning?: PlaceOptions;
  /** The ranks; one process by itself if absent. */
  readonly parallel?: Parallel | undefined;
}

/** A batch to score, and where the training stands. */
export interface ScoredBatch {
  /** The whole batch, on every rank. */
  readonly inputs: StepInputs;
  /** Where the training stands. */
  readonly clock: Clock;
  /** Examples of the batch. */
  readonly examples: number;
}

/** The growth scores of patterns. */
export class Scoring implements Disposable {
  readonly #parts: ScoringParts;
  /** Candidates per list or segment that are fetched for each weight. */
  readonly #counts: Map<SparseWeight, number>;
  #specs: readonly InputSpec[] = [];
  #loss: StepLoss | undefined;
  #probe: GrowthProbe | undefined;
  #disposed = false;

  /** Compiles nothing yet. */
  constructor(parts: ScoringParts, counts: ReadonlyMap<SparseWeight, number>) {
    this.#parts = parts;
    this.#counts = new Map(counts);
  }

  /** Gives the program back. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#probe?.dispose();
    this.#probe = undefined;
  }

  /** Whether patterns grow by scores at all. */
  get wanted(): boolean {
    return this.#counts.size > 0 && this.#loss !== undefined;
  }

  /** The program that scores batches, before it is compiled; none where nothing grows by scores. */
  plan(
    specs: readonly InputSpec[],
    loss: StepLoss,
    counts: ReadonlyMap<SparseWeight, number>,
  ): TracedProgram[] {
    const { device, seed } = this.#parts;
    return counts.size === 0 ? [] : [traceGrowthProbe(device, specs, loss, counts, seed).traced];
  }

  /** Compiles what batches of a shape are scored with. */
  async prepare(specs: readonly InputSpec[], loss: StepLoss): Promise<void> {
    const same = specs.every((spec, i) => String(spec.shape) === String(this.#specs[i]?.shape));
    if (same && specs.length === this.#specs.length && loss === this.#loss) return;
    this.#specs = specs;
    this.#loss = loss;
    try {
      await this.#compile();
    } catch (error) {
      this.#specs = [];
      throw error;
    }
  }

  /** Scores a batch, and gives its loss. */
  async score(batch: ScoredBatch): Promise<number> {
    this.#run(batch);
    return (await this.#told(async () => [Float32Array.of(await this.#need().loss())]))[0][0];
  }

  /** Reads the scores of a matrix, of the last batch that was scored. */
  async read(weight: SparseWeight): Promise<GrowthScores> {
    const count = this.#counts.get(weight) ?? 0;
    const [gradient, score, entries] = await this.#told(async () => {
      const { gradient, score, input } = await this.#need().read(weight);
      return [gradient, score, new Float32Array(input.buffer)];
    });
    return { gradient, count, input: new Uint32Array(entries.buffer), score };
  }

  /** The scores of a matrix with at least `count` candidates, scored again where there were fewer. */
  async atLeast(
    count: number,
    weight: SparseWeight,
    scores: GrowthScores,
    batch: ScoredBatch,
  ): Promise<GrowthScores> {
    if (count <= scores.count) return scores;
    if ((this.#counts.get(weight) ?? 0) < count) {
      // At least doubled, so that the number of compilations stays small.
      const { segment } = partsOf(weight.geometry);
      this.#counts.set(weight, Math.min(segment, Math.max(count, 2 * scores.count)));
      await this.#compile();
    }
    this.#run(batch);
    return await this.read(weight);
  }

  /** Whether this process computes scores. */
  get #scores(): boolean {
    return (this.#parts.parallel?.rank ?? 0) === 0;
  }

  #run({ inputs, clock, examples }: ScoredBatch): void {
    if (this.#scores) this.#need().run(inputs, clock, examples);
  }

  /** What the process gives that computes scores. */
  async #told(read: () => Promise<Float32Array[]>): Promise<Float32Array[]> {
    const { parallel } = this.#parts;
    if (parallel === undefined) return await read();
    const own = this.#scores ? await read() : [];
    const lengths = new Uint32Array(3);
    lengths.set(own.map(({ length }) => length));
    parallel.broadcast(lengths);
    return Array.from(lengths, (length, i) => {
      const array = own[i] ?? new Float32Array(length);
      parallel.broadcast(array);
      return array;
    });
  }

  #need(): GrowthProbe {
    if (this.#probe !== undefined) return this.#probe;
    throw new ReferenceError(
      "Cannot score growth: nothing was compiled for it; expected to be prepared before",
    );
  }

  async #compile(): Promise<void> {
    const { device, beginning, seed } = this.#parts;
    const loss = this.#loss;
    this.#probe?.dispose();
    this.#probe = undefined;
    if (this.#counts.size === 0 || loss === undefined || !this.#scores) return;
    const { traced, outputs } = traceGrowthProbe(device, this.#specs, loss, this.#counts, seed);
    const program = await device.prepare(traced, beginning);
    if (this.#disposed) {
      program.dispose();
      throw new ReferenceError(
        "Cannot compile growth scores: the topology was disposed of; expected one that was not",
      );
    }
    this.#probe = new GrowthProbe(program, new Map(this.#counts), outputs);
  }
}
