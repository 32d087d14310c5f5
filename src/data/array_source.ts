/**
 * Named arrays in memory as a source of batches: tokens, masks, several features, whatever a task wants.
 *
 * @module
 */
import { sha256 } from "./digest.ts";
import { digestOf } from "./fingerprint.ts";
import type { SourcePreparation } from "./preparation.ts";
import {
  type ArraySpec,
  chosenIn,
  columnsOf,
  type MemorySource,
  requireBatches,
  sizeOf,
} from "./source.ts";

/** Bytes that are hashed at a time, so that no copy of a large array is made. */
const CHUNK = 1 << 24;

/** One array of all examples. */
export interface NamedArray {
  /** `[examples, ...shape]`, row-major. */
  readonly data: Float32Array | Uint32Array;
  /** Its shape without the axis of the examples; `[1]` by default. */
  readonly shape?: readonly number[];
  /** What its numbers are below, where they are numbers of things. */
  readonly below?: number;
}

/** What {@linkcode arraySource} takes. */
export interface ArraySourceParts<Name extends string> {
  /** The arrays by name. */
  readonly arrays: Readonly<Record<Name, NamedArray>>;
  /** Number of examples. */
  readonly examples: number;
  /** What was done to the raw data, for the checkpoint. */
  readonly preparation?: SourcePreparation;
  /** Name of the task that they are for. */
  readonly task?: string;
}

/**
 * A source of arrays that are in memory.
 *
 * @throws {RangeError} if an array has another length than its shape and the examples say, a number that is not finite, or one
 * that is not below what it says.
 * @example
 * ```ts
 * import { arraySource } from "@filigree/filigree";
 *
 * const source = arraySource({
 *   arrays: {
 *     tokens: { data: Uint32Array.of(1, 2, 0, 3, 4, 5), shape: [3], below: 6 },
 *     target: { data: Uint32Array.of(0, 1), below: 2 },
 *   },
 *   examples: 2,
 *   task: "class",
 * });
 * const [{ arrays }] = source.epoch(0, { batchSize: 2, seed: 0, shuffle: false });
 * // A row for each position, 32 columns each.
 * console.assert(arrays.tokens[0] === 1 && arrays.tokens[1] === 3 && arrays.tokens[32] === 2);
 * ```
 */
export function arraySource<Name extends string>(
  { arrays, examples, preparation = { kind: "arrays" }, task }: ArraySourceParts<Name>,
): MemorySource<Name> {
  const names = namesIn(arrays);
  for (const name of names) requireArray(name, arrays[name], examples);
  const inputs = recordOf(names, (name) => specOf(arrays[name]));
  return {
    ...{ inputs, examples, preparation, finite: true },
    ...(task === undefined ? {} : { task }),
    fingerprint: async () => await digestOfArrays(names.map((name) => [name, arrays[name]])),
    *epoch(number, options) {
      requireBatches({ inputs }, options.batchSize);
      const columns = columnsOf(options.batchSize);
      const filled = recordOf(names, (name) => roomFor(arrays[name], columns));
      for (const chosen of chosenIn(examples, number, options)) {
        for (const name of names) fill(filled[name], arrays[name].data, chosen, columns);
        yield { arrays: filled, examples: chosen.length };
      }
    },
    outside(name, least, most) {
      const { data } = arrays[name];
      const at = data.findIndex((value) => !(value >= least && value <= most));
      return at < 0 ? undefined : { what: placeOf(name, at, inputs[name]), value: data[at] };
    },
  };
}

/** Names of arrays, with their types. */
function namesIn<Name extends string>(arrays: Readonly<Record<Name, NamedArray>>): Name[] {
  const names: Name[] = [];
  for (const name in arrays) names.push(name);
  return names;
}

/** A record with a value for each name. */
function recordOf<Name extends string, Value>(
  names: readonly Name[],
  of: (name: Name) => Value,
): Record<Name, Value> {
  const record: Partial<Record<Name, Value>> = {};
  for (const name of names) record[name] = of(name);
  const isWhole = (some: Partial<Record<Name, Value>>): some is Record<Name, Value> =>
    names.every((name) => name in some);
  if (isWhole(record)) return record;
  throw new TypeError("Cannot make a source: two arrays have one name; expected different ones");
}

function specOf({ data, shape = [1], below }: NamedArray): ArraySpec {
  const type = data instanceof Float32Array ? "f32" : "u32";
  return { shape, type, ...(below === undefined ? {} : { below }) };
}

/** Where a number of an array is, in words. */
function placeOf(name: string, at: number, spec: ArraySpec): string {
  const size = sizeOf(spec);
  return `number ${at % size} of ${name} of example ${Math.floor(at / size)}`;
}

function requireArray(name: string, array: NamedArray, examples: number): void {
  const spec = specOf(array);
  const { data } = array;
  const expected = examples * sizeOf(spec);
  if (data.length !== expected || !(expected > 0)) {
    throw new RangeError(
      `Cannot make a source: ${name} has ${data.length} numbers; expected ${examples} examples x [${spec.shape}] = ` +
        `${expected}, above 0`,
    );
  }
  const { below = Infinity } = spec;
  const wrong = data.findIndex((value) => !Number.isFinite(value) || value >= below);
  if (wrong < 0) return;
  throw new RangeError(
    `Cannot make a source: ${placeOf(name, wrong, spec)} is ${data[wrong]}; expected ${
      below === Infinity ? "a finite number" : `a number below ${below}`
    }`,
  );
}

function roomFor(array: NamedArray, columns: number): Float32Array | Uint32Array {
  const elements = sizeOf(specOf(array)) * columns;
  return array.data instanceof Float32Array
    ? new Float32Array(elements)
    : new Uint32Array(elements);
}

/** Writes the rows of chosen examples as columns, and zeros behind them. */
function fill(
  target: Float32Array | Uint32Array,
  source: Float32Array | Uint32Array,
  chosen: Uint32Array,
  columns: number,
): void {
  const size = target.length / columns;
  for (let i = 0; i < size; i++) {
    const row = i * columns;
    for (let column = 0; column < chosen.length; column++) {
      target[row + column] = source[chosen[column] * size + i];
    }
    target.fill(0, row + chosen.length, row + columns);
  }
}

/** A digest of the arrays. */
async function digestOfArrays(arrays: readonly (readonly [string, NamedArray])[]): Promise<string> {
  const parts: string[] = [];
  for (const [name, array] of arrays) {
    const { buffer, byteOffset, byteLength } = array.data;
    parts.push(name, JSON.stringify(specOf(array)));
    for (let at = 0; at < byteLength; at += CHUNK) {
      const length = Math.min(CHUNK, byteLength - at);
      parts.push(await sha256(new Uint8Array(buffer, byteOffset + at, length)));
    }
  }
  return await digestOf(parts.join("\n"));
}
