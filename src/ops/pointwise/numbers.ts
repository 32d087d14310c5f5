/**
 * The number of every pointwise operation, by its name; 0 is none. Written by `deno task generate` from the folder.
 *
 * @module
 */

/** Numbers by names. */
export const NUMBERS: Readonly<Record<string, number>> = {
  gelu: 1,
  gelu_tanh: 2,
  relu: 3,
  scaled: 4,
  tanh: 5,
};
