/**
 * What the gradient of a sparse matrix is the product of, where the model applies the matrix several times: the gradient is
 * the sum over the applications, which is one product of all their columns side by side.
 *
 * @module
 */
import { add } from "../ops/kernels/add.ts";
import { permute } from "../ops/kernels/permute.ts";
import { NONE } from "../ops/kernels/constants.ts";
import type { GradientOperands } from "../ops/gradient_observer.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor, Trace } from "../program/trace.ts";
import type { SparseWeight } from "../sparse/weight.ts";

/** Gathers the operands of the applications of each matrix of a trace. */
export class OperandGathering {
  readonly #seen = new Map<SparseWeight, GradientOperands[]>();
  readonly #record: (weight: SparseWeight, operands: GradientOperands) => void;

  /** Hands a matrix's operands to `record`, once. */
  constructor(record: (weight: SparseWeight, operands: GradientOperands) => void) {
    this.#record = record;
  }

  /** Takes the operands of one application; with those of the last one the matrix is complete. Parts are handed on as they come. */
  take(weight: SparseWeight, operands: GradientOperands): void {
    if (operands.part !== undefined) return this.#record(weight, operands);
    const all = [...this.#seen.get(weight) ?? [], operands];
    this.#seen.set(weight, all);
    if (all.length < applications(operands.x.trace, weight)) return;
    this.#seen.delete(weight);
    this.#record(weight, sideBySide(weight.label, all));
  }

  /** Records what is left: of matrices with applications that the loss does not depend on. */
  finish(): void {
    for (const [weight, all] of this.#seen) this.#record(weight, sideBySide(weight.label, all));
    this.#seen.clear();
  }
}

function applications(trace: Trace, { values }: SparseWeight): number {
  const tensor = trace.resource(values);
  return trace.tape.filter(({ inputs }) => inputs.includes(tensor)).length;
}

/**
 * Operands whose product is the sum of the products of all.
 *
 * @throws {TypeError} if they are of images of different sizes.
 */
function sideBySide(label: string, all: readonly GradientOperands[]): GradientOperands {
  const [first] = all;
  if (all.length === 1) return first;
  const { windows } = first;
  if (all.some((other) => JSON.stringify(other.windows) !== JSON.stringify(windows))) {
    throw new TypeError(
      `Cannot score the growth of "${label}": the model applies it to images of different sizes; ` +
        "expected equal ones, or a method that does not grow by gradient",
    );
  }
  const runOf = (tensor: Tensor): number =>
    windows === undefined ? tensor.columns : tensor.paddedExamples;
  const joined = {
    dy: join(all.map(({ dy }) => dy), runOf),
    x: join(all.map(({ x }) => x), runOf),
  };
  if (windows === undefined) return joined;
  return { ...joined, windows: { ...windows, columns: windows.columns * all.length } };
}

/** Tensors with the columns of the next behind those of the one before, in every row: runs of as many as `runOf` says. */
function join(tensors: readonly Tensor[], runOf: (tensor: Tensor) => number): Tensor {
  const [first] = tensors;
  const { trace, elements } = first;
  const runs = tensors.map(runOf);
  const rows = elements / runs[0];
  const columns = runs.reduce((sum, run) => sum + run);
  const wide = runs[0] === first.columns ? [rows, columns] : [...first.shape.slice(0, -1), columns];
  const spread = tensors.map((tensor, at) => {
    const place = places(rows, runs, at);
    const out = trace.activation(wide);
    trace.emit(permute, [trace.resource(place), tensor, out], { length: out.elements });
    return out;
  });
  return spread.reduce((sum, each) => {
    const out = trace.activation(wide);
    trace.emit(add, [sum, each, out], { length: out.elements });
    return out;
  });
}

/** Where the wide tensor takes its elements from: those of application `at`, and nothing elsewhere. */
function places(rows: number, runs: readonly number[], at: number): Resource {
  const columns = runs.reduce((sum, run) => sum + run);
  const before = runs.slice(0, at).reduce((sum, run) => sum + run, 0);
  return new Resource({
    label: "places of an application",
    type: "u32",
    length: rows * columns,
    category: "program",
    initial: () => {
      const slots = new Uint32Array(rows * columns).fill(NONE);
      for (let row = 0; row < rows; row++) {
        const first = row * columns + before;
        for (let i = 0; i < runs[at]; i++) slots[first + i] = row * runs[at] + i;
      }
      return slots;
    },
  });
}
