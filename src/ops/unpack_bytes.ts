/**
 * Numbers of bytes, which programs are given four in a word.
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { unpackBytes as kernel } from "./kernels/unpack_bytes.ts";

/** What the table of {@linkcode unpackBytes} is called on a device. */
export const BYTE_TABLE = "numbers of bytes";

/**
 * The numbers that bytes stand for: number i of an example is what the table has for byte `i % 4`, from the lowest, of its word
 * `floor(i / 4)`. Nothing is differentiated.
 *
 * @param words u32 `[words, examples]`.
 * @param shape The shape of the numbers, without the axis of the examples.
 * @param table `[parts, 256]`: what bytes stand for in each of equal parts of the numbers.
 * @returns f32 `[...shape, examples]`, 0 in columns of padding.
 * @throws {TypeError} if there are more or fewer words than the numbers take, or they do not divide into the parts.
 */
export function unpackBytes(words: Tensor, shape: readonly number[], table: Float32Array): Tensor {
  const { trace, paddedExamples: columns } = words;
  const rows = shape.reduce((product, size) => product * size, 1);
  const part = rows / (table.length / 256);
  if (words.type !== "u32" || words.rows !== Math.ceil(rows / 4) || !Number.isInteger(part)) {
    throw new TypeError(
      `Cannot unpack ${words.type} [${words.shape}] to [${shape}] by a table of ${table.length} numbers: expected ` +
        `${Math.ceil(rows / 4)} words of u32, and 256 numbers for each of equal parts`,
    );
  }
  const numbers = new Resource({
    ...{ label: BYTE_TABLE, type: "f32", length: table.length, category: "program" },
    initial: () => table,
  });
  const y = trace.activation([...shape, words.shape[words.shape.length - 1]]);
  trace.emit(kernel, [words, trace.resource(numbers), trace.step, y], { rows, columns, part });
  return y;
}
