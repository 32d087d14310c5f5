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
import { areaOf, type Geometry } from "../src/sparse/geometry.ts";
import { type NmSpec, segmentsOf } from "../src/sparse/patterns/nm.ts";
import type { PatternSpec, SparseSpec } from "../src/sparse/spec.ts";
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
  pattern: SparseSpec,
): Promise<Memory> {
  const sparse = await train(backend, size, pattern);
  const dense = await train(backend, size);
  const weightsAndBiases = sparse.weights.flatMap(({ geometry: { capacity, unit } }) => [
    4 * capacity * areaOf(unit),
    4 * size,
  ]);
  const [first, second] = sparse.weights.map(({ geometry }) => geometry);
  const expected = {
    parameters: sum(weightsAndBiases),
    moments: 2 * sum(weightsAndBiases),
    // The first layer needs no gradient of its input, and so no lists by columns.
    indices: sum([...listBytes(first), ...listBytes(second), ...viewBytes(second)]),
    // Never two of them at once.
    permuted: Math.max(0, ...permutedBytes(second).map(deviceBytes)),
  };
  for (const [category, bytes] of Object.entries(expected)) {
    check(`plan of ${category}`, sparse.bytes[category as keyof Bytes], bytes);
  }
  check("allocator (sparse)", sparse.allocated, sparse.bytes.total);
  check("allocator (dense)", dense.allocated, dense.bytes.total);
  return { total: sparse.allocated, sparse: state(sparse.bytes), dense: state(dense.bytes) };
}

/** Spans, and 16 bits for each slot; the bits of a place where there are segments. */
function listBytes({ spec, lists, inputs, capacity }: Geometry): number[] {
  const bits = isNm(spec) ? segmentsOf(spec, inputs).bits : 16;
  return [8 * lists, Math.ceil(capacity * bits / 8)];
}

/** The same by columns, with the place of each unit; groups of rows do without. */
function viewBytes({ spec, entries, viewCapacity }: Geometry): number[] {
  return spec.kind === "groupFanIn" ? [] : [8 * entries, 2 * viewCapacity, 4 * viewCapacity];
}

/** The values by columns; where there are segments, the inputs that the places stand for. */
function permutedBytes({ spec, capacity, viewCapacity, unit }: Geometry): number[] {
  return [
    ...(spec.kind === "groupFanIn" ? [] : [4 * viewCapacity * areaOf(unit)]),
    ...(isNm(spec) ? [2 * capacity] : []),
  ];
}

function isNm(spec: SparseSpec): spec is NmSpec {
  return spec.kind === "nm";
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
