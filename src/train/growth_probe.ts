/**
 * The growth probe: a second program of the same model that computes, for one batch, the gradient
 * of the active values and the growth candidates of every sparse matrix, and updates nothing.
 *
 * @module
 */
import { add } from "../ops/kernels/add.ts";
import { convGrowthCandidates } from "../ops/kernels/conv_growth_candidates.ts";
import { growthCandidates } from "../ops/kernels/growth_candidates.ts";
import {
  type GradientOperands,
  type GradientPart,
  observeGradients,
} from "../ops/gradient_observer.ts";
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

/** A growth probe before it is compiled. */
export interface TracedProbe {
  readonly traced: TracedProgram;
  /** How many outputs it has for each matrix: gradient, entries and scores, of each part. */
  readonly outputs: readonly number[];
}

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
): TracedProbe {
  const outputs: number[] = [];
  const traced = device.trace(specs, (...inputs) => {
    const [{ trace }] = inputs;
    const parts = new Map<SparseWeight, ScoredPart[]>();
    const gathering = new OperandGathering((weight, operands) => {
      const candidates = recordCandidates(weight, operands, counts.get(weight) ?? 0);
      const { part } = operands;
      parts.set(weight, [...parts.get(weight) ?? [], { part, candidates }]);
    });
    observeGradients(trace, (matrix, operands) => {
      for (const weight of counts.keys()) if (weight === matrix) gathering.take(weight, operands);
    });
    const measured = loss(inputs, { mode: "score", seed });
    const gradients = differentiate(measured, add);
    gathering.finish();
    const scores = [...counts.keys()].map((weight) => {
      const whole = gradients.get(trace.resource(weight.values));
      const scored = (parts.get(weight) ?? []).flatMap(({ part, candidates }) => {
        // Of parts the gradient that the candidates' is of: what multiplies the loss is left out of both.
        const gradient = part?.gradient ?? whole;
        return gradient === undefined ? [] : [gradient, ...candidates];
      });
      if (scored.length > 0) return scored;
      throw new TypeError(
        `Cannot score the growth of "${weight.label}": the loss does not depend on it; ` +
          "expected a model that uses every weight that it lists, or a method that does not grow by gradient",
      );
    });
    outputs.push(...scores.map(({ length }) => length));
    return [measured, ...scores.flat()];
  }, { trustInputs: true });
  return { traced, outputs };
}

/** What is scored of some rows of a matrix, or of all. */
interface ScoredPart {
  readonly part: GradientPart | undefined;
  readonly candidates: readonly Tensor[];
}

/** Records the growth candidates of a matrix and gives their entries and scores. */
function recordCandidates(
  weight: SparseWeight,
  { dy, x, windows, part }: GradientOperands,
  count: number,
): readonly Tensor[] {
  const { trace } = x;
  const { inputs, unit, spec, geometry } = weight;
  const matrix = part?.matrix ?? weight;
  const { rows, lists } = matrix;
  const { perList, segment } = partsOf(geometry);
  const parts = Math.ceil(rows / unit.height) * perList;
  const input = trace.transient([parts * count], "outputs", "u32");
  const score = trace.transient([parts * count], "outputs");
  const tensors = [...listsOf(trace, matrix), dy, x, input, score];
  const search = { wide: Number(lists.wide), count, segment, norm: normOf(spec) };
  if (windows === undefined) {
    const shape = { rows, inputs, columns: x.columns, ...unit };
    trace.emit(growthCandidates, tensors, { ...shape, ...search });
  } else {
    const size = { unitHeight: unit.height, unitWidth: unit.width };
    trace.emit(convGrowthCandidates, tensors, { ...windows, ...size, ...search });
  }
  return [input, score];
}

/** A compiled growth probe. */
export class GrowthProbe {
  readonly #program: Program;
  readonly #counts: CandidateCounts;
  readonly #outputs: TracedProbe["outputs"];

  /** Wraps a program that {@linkcode traceGrowthProbe} traced with the same counts, and the outputs that it has. */
  constructor(program: Program, counts: CandidateCounts, outputs: TracedProbe["outputs"]) {
    this.#program = program;
    this.#counts = counts;
    this.#outputs = outputs;
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
    const number = [...this.#counts.keys()].indexOf(weight);
    let place = this.#outputs.slice(0, number).reduce((sum, each) => sum + each, 0);
    const end = place + this.#outputs[number];
    const gradients: Float32Array[] = [], inputs: Uint32Array[] = [], scores: Float32Array[] = [];
    for (; place < end; place += 3) {
      const [gradient, input, score] = await Promise.all([
        this.#program.floats(place),
        this.#program.words(place + 1),
        this.#program.floats(place + 2),
      ]);
      gradients.push(gradient);
      inputs.push(input);
      scores.push(score);
    }
    return {
      gradient: joined(gradients, (length) => new Float32Array(length)),
      count: this.#counts.get(weight) ?? 0,
      input: joined(inputs, (length) => new Uint32Array(length)),
      score: joined(scores, (length) => new Float32Array(length)),
    };
  }

  /** Gives the program's memory back. */
  dispose(): void {
    this.#program.dispose();
  }
}

/** Arrays one behind the other; one alone is itself. */
function joined<A extends Float32Array | Uint32Array>(
  arrays: readonly A[],
  make: (length: number) => A,
): A {
  if (arrays.length === 1) return arrays[0];
  const all = make(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
