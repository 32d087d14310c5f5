/**
 * `memory/...`: device bytes of training two sparse layers, by the allocator, by the plan and by arithmetic, against the same
 * layers dense. Allocator and plan must agree to the byte, and so must plan and arithmetic.
 *
 * @module
 */
import { type Backend, deviceBytes } from "../src/device/backend.ts";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import type { Bytes } from "../src/program/plan.ts";
import { fanIn, type PatternSpec } from "../src/sparse/spec.ts";
import type { SparseWeight } from "../src/sparse/weight.ts";

/** What {@linkcode measureMemory} found, in bytes. */
export interface Memory {
  /** Everything that training the sparse layers takes, activations included. */
  readonly total: number;
  /** Weights, moments, gradients and indices of the sparse layers. */
  readonly sparse: number;
  /** The same of the dense layers. */
  readonly dense: number;
}

const COLUMNS = 32;

/**
 * Counts the bytes of training two square layers of `size` with AdamW.
 *
 * @throws {Error} if allocator, plan and arithmetic disagree.
 */
export async function measureMemory(
  backend: Backend,
  size: number,
  sparsity: number,
): Promise<Memory> {
  const sparse = await train(backend, size, fanIn({ density: 1 - sparsity }));
  const dense = await train(backend, size);
  const [first, second] = sparse.weights;
  const { lists: { capacity } } = first;
  // The first layer needs no gradient of its input.
  const view = second.transposed?.capacity ?? 0;
  const weightsAndBiases = [4 * capacity, 4 * capacity, 4 * size, 4 * size];
  const expected = {
    parameters: sum(weightsAndBiases),
    moments: 2 * sum(weightsAndBiases),
    // Spans and 16-bit inputs of both layers; the second one's by columns too, with the place of each value.
    indices: sum([8 * size, 8 * size, 2 * capacity, 2 * capacity, 8 * size, 2 * view, 4 * view]),
    permuted: sum([4 * view]),
  };
  for (const [category, bytes] of Object.entries(expected)) {
    check(`plan of ${category}`, sparse.bytes[category as keyof Bytes], bytes);
  }
  check("allocator (sparse)", sparse.allocated, sparse.bytes.total);
  check("allocator (dense)", dense.allocated, dense.bytes.total);
  return { total: sparse.allocated, sparse: state(sparse.bytes), dense: state(dense.bytes) };
}

interface Trained {
  readonly bytes: Bytes;
  readonly allocated: number;
  readonly weights: readonly SparseWeight[];
}

/** Compiles a training step and counts; gives everything back. */
async function train(backend: Backend, size: number, pattern?: PatternSpec): Promise<Trained> {
  const before = backend.allocatedBytes;
  const device = new Device(backend, "bench", 1, record);
  const options = pattern === undefined ? {} : { pattern };
  const model = sequential(linear(size, size, options), relu(), linear(size, size, options));
  const optimizer = adamw({ learningRate: 1e-3 });
  const traced = device.trace(
    [matrix(size, COLUMNS), labels(COLUMNS)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  const { bytes } = device.plan([traced]);
  const program = await device.prepare(traced);
  const allocated = backend.allocatedBytes - before;
  program.dispose();
  for (const resource of traced.resources) if (device.has(resource)) device.free(resource);
  return {
    bytes,
    allocated,
    weights: model.weights.flatMap(({ sparse }) => sparse === undefined ? [] : [sparse]),
  };
}

/** Bytes of the layers themselves, without what depends on the batch. */
function state({ parameters, moments, gradients, indices, permuted }: Bytes): number {
  return parameters + moments + gradients + indices + permuted;
}

/** Buffers of these lengths, each rounded up as every allocation is. */
function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, bytes) => total + deviceBytes(bytes), 0);
}

function check(what: string, got: number, expected: number): void {
  if (got !== expected) {
    throw new Error(`Cannot report memory: ${what} says ${got} bytes; expected ${expected}`);
  }
}
