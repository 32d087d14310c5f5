/**
 * What is learnt of positions, whoever stands there.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { bias } from "./kernels/bias.ts";
import { copyColumns } from "./kernels/copy_columns.ts";
import { fill } from "./kernels/fill.ts";
import { rowSum } from "./kernels/row_sum.ts";
import type { DenseMatrix } from "./matrix.ts";

/**
 * Adds what belongs to a position to every example: `y[f, p, e] = x[f, p, e] + table[f, p]`. The gradient of the table is the
 * sum over the examples, in their order.
 *
 * @param x `[features, positions, examples]`
 * @param table `[features, positions]`; one of more positions is used as far as x goes, and learns nothing of the others.
 * @returns The shape of `x`.
 * @throws {TypeError} if the features differ, or x has more positions than the table.
 * @example
 * ```ts
 * import { addPositions, createDevice, Resource } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const values = new Resource({
 *   ...{ label: "positions", type: "f32", length: 3, category: "parameters" },
 *   initial: () => new Float32Array([10, 20, 30]),
 * });
 * using program = await device.compile(
 *   [{ shape: [1, 2, 32], type: "f32" }],
 *   (x) => addPositions(x, { kind: "dense", rows: 1, inputs: 3, values }),
 * );
 * program.run([new Float32Array(2 * 32).fill(1)]);
 * const sums = await program.floats(0);
 * console.assert(sums[0] === 11 && sums[32] === 21);
 * ```
 */
export function addPositions(x: Tensor, table: DenseMatrix): Tensor {
  const { trace, shape: [features, positions] } = x;
  const { rows, inputs, values } = table;
  if (x.shape.length !== 3 || features !== rows || positions > inputs) {
    throw new TypeError(
      `Cannot add the positions of a table [${rows}, ${inputs}] to x [${x.shape}]: expected x [${rows}, positions, examples] ` +
        `with ${inputs} positions at most`,
    );
  }
  const learnt = trace.resource(values);
  const whole = positions === inputs;
  const shape = { rows: features * positions, columns: x.paddedExamples };
  const run = { rows: features, count: positions, begin: 0, to: 0 };
  const each = whole ? learnt : trace.transient([shape.rows], "permuted");
  if (!whole) {
    trace.emit(copyColumns, [learnt, each], { ...run, columns: inputs, intoColumns: positions });
  }
  const y = trace.activation(x.shape);
  trace.emit(bias, [x, each, y], shape);
  trace.differentiable({
    inputs: [x, learnt],
    output: y,
    backward(dy) {
      const sums = trace.transient([shape.rows], "gradients");
      trace.emit(rowSum, [dy, sums], shape);
      if (whole) return [dy, sums];
      const gradient = trace.transient([values.length], "gradients");
      trace.emit(fill, [gradient], { length: values.length, to: 0, value: 0 });
      trace.emit(copyColumns, [sums, gradient], {
        ...{ ...run, columns: positions, intoColumns: inputs },
      });
      return [dy, gradient];
    },
  });
  return y;
}
