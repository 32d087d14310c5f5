/**
 * The growth probe: a second program of the same model that computes, for one batch, the gradient
 * of the active values and the growth candidates of every sparse matrix, and updates nothing.
 *
 * @module
 */
import { add, convGrowthCandidates, growthCandidates } from "../ops/kernels/mod.ts";
import { type GradientOperands, observeGradients } from "../ops/gradient_observer.ts";
import { OperandGathering } from "./growth_operands.ts";
import type { StepInputs, StepLoss } from "./objective.ts";
import { listsOf } from "../ops/products.ts";
import type { Device } from "../program/device.ts";
import { differentiate } from "../program/differentiate.ts";
import type { InputSpec, Program, TracedProgram } from "../program/program.ts";
import type { Clock, Tensor } from "../program/trace.ts";
import { partsOf } from "../sparse/cells.ts";
import { normOf } from "../sparse/geometry.ts";
import type { Candidates } from "../sparse/growth_pool.ts";
import type { SparseWeight } from "../sparse/weight.ts";

/** What one batch says of a sparse matrix: its growth candidates, and more. */
export interface GrowthScores extends Candidates {
  /** As long as the values: the gradient of each. */
  readonly gradient: Float32Array;
}

/** Candidates of each list, or of each segment of an N:M pattern, that a probe fetches for each sparse matrix. */
export type CandidateCounts = ReadonlyMap<SparseWeight, number>;

/**
 * Traces the program of a probe.
 *
 * @throws {TypeError} if the loss does not depend on one of the matrices.
 */
export function traceGrowthProbe(
  device: Device,
  specs: readonly InputSpec[],
  loss: StepLoss,
  counts: CandidateCounts,
  seed: number = 0,
): TracedProgram {
  return device.trace(specs, (...inputs) => {
    const [{ trace }] = inputs;
    const scores = new Map<SparseWeight, readonly Tensor[]>();
    const gathering = new OperandGathering((weight, operands) =>
      scores.set(weight, recordCandidates(weight, operands, counts.get(weight) ?? 0))
    );
    observeGradients(trace, (matrix, operands) => {
      for (const weight of counts.keys()) if (weight === matrix) gathering.take(weight, operands);
    });
    const measured = loss(inputs, { mode: "score", seed });
    const gradients = differentiate(measured, add);
    gathering.finish();
    const outputs = [...counts.keys()].flatMap((weight) => {
      const gradient = gradients.get(trace.resource(weight.values));
      const candidates = scores.get(weight);
      if (gradient !== undefined && candidates !== undefined) return [gradient, ...candidates];
      throw new TypeError(
        `Cannot score the growth of "${weight.label}": the loss does not depend on it; ` +
          "expected a model that uses every weight that it lists, or a method that does not grow by gradient",
      );
    });
    return [measured, ...outputs];
  }, { trustInputs: true });
}

/** Records the growth candidates of a matrix and gives their entries and scores. */
function recordCandidates(
  weight: SparseWeight,
  { dy, x, windows }: GradientOperands,
  count: number,
): readonly Tensor[] {
  const { trace } = x;
  const { rows, inputs, lists, unit, spec, geometry } = weight;
  const { count: parts, segment } = partsOf(geometry);
  const input = trace.transient([parts * count], "outputs", "u32");
  const score = trace.transient([parts * count], "outputs");
  const tensors = [...listsOf(trace, weight), dy, x, input, score];
  const wide = Number(lists.wide);
  if (windows === undefined) {
    const shape = { rows, inputs, columns: x.columns, ...unit, segment, norm: normOf(spec) };
    trace.emit(growthCandidates, tensors, { ...shape, wide, count });
  } else {
    trace.emit(convGrowthCandidates, tensors, { ...windows, wide, count });
  }
  return [input, score];
}

/** A compiled growth probe. */
export class GrowthProbe {
  readonly #program: Program;
  readonly #counts: CandidateCounts;

  /** Wraps a program that {@linkcode traceGrowthProbe} traced with the same counts. */
  constructor(program: Program, counts: CandidateCounts) {
    this.#program = program;
    this.#counts = counts;
  }

  /** Whether the probe fetches at least this many candidates of a matrix. */
  reaches(weight: SparseWeight, count: number): boolean {
    return (this.#counts.get(weight) ?? 0) >= count;
  }

  /** Computes the scores of one batch. */
  run(inputs: StepInputs, clock: Clock, examples: number): void {
    this.#program.run(inputs, clock, examples);
  }

  /** Reads the loss of the batch of the last run. */
  async loss(): Promise<number> {
    const [losses] = await this.#program.scalars();
    return losses[losses.length - 1];
  }

  /** Reads the scores of one matrix. */
  async read(weight: SparseWeight): Promise<GrowthScores> {
    const place = [...this.#counts.keys()].indexOf(weight) * 3;
    const [gradient, input, score] = await Promise.all([
      this.#program.floats(place),
      this.#program.words(place + 1),
      this.#program.floats(place + 2),
    ]);
    return { gradient, count: this.#counts.get(weight) ?? 0, input, score };
  }

  /** Gives the program's memory back. */
  dispose(): void {
    this.#program.dispose();
  }
}
