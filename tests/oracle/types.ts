/**
 * What an oracle is: a kernel in float64 with the obvious loops, told by the same names as the
 * kernel, that says how far a float32 result may lie from its own.
 *
 * @module
 */

/** Content of a buffer on the host. */
export type HostArray = Float32Array | Uint32Array;

/** Content of every binding by name, before the call. */
export type Inputs = Readonly<Record<string, HostArray>>;

/** What a written binding holds after the call. */
export interface Expected {
  /** The result in float64. */
  readonly value: Float64Array;
  /** How far from it each element may lie; 0 asks for equality. */
  readonly bound: Float64Array;
}

/** Content of every written binding by name, after the call. */
export type Outputs = Readonly<Record<string, Expected>>;

/** A kernel in float64. f32 parameters arrive rounded to float32. */
export type Oracle = (inputs: Inputs, params: Readonly<Record<string, number>>) => Outputs;

/** A result without any error yet. */
export function expected(length: number): { value: Float64Array; bound: Float64Array } {
  return { value: new Float64Array(length), bound: new Float64Array(length) };
}

/** The present content of a binding, to be met exactly: what a kernel must leave alone. */
export function unchanged(array: HostArray): { value: Float64Array; bound: Float64Array } {
  return { value: Float64Array.from(array), bound: new Float64Array(array.length) };
}
