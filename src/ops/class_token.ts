/**
 * A position in front of the others that is learnt, the same for every example.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { bias } from "./kernels/bias.ts";
import { copyColumns } from "./kernels/copy_columns.ts";
import { fill } from "./kernels/fill.ts";
import { rowSum } from "./kernels/row_sum.ts";

/**
 * Puts a learnt position in front of every sequence, where what is known of the whole can be gathered (Devlin et al. 2019;
 * Dosovitskiy et al. 2021). The gradient of the token is the sum over the examples, in their order.
 *
 * @param x `[features, positions, examples]`, f32.
 * @param token A number for each feature.
 * @returns `[features, positions + 1, examples]`.
 * @throws {TypeError} if the features differ, or `x` is no such tensor.
 * @example
 * ```ts
 * import { classToken, createDevice, Resource } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const token = new Resource({
 *   ...{ label: "token", type: "f32", length: 1, category: "parameters" },
 *   initial: () => new Float32Array([7]),
 * });
 * using program = await device.compile(
 *   [{ shape: [1, 2, 32], type: "f32" }],
 *   (x) => classToken(x, token),
 * );
 * program.run([new Float32Array(2 * 32).fill(1)]);
 * const y = await program.floats(0);
 * console.assert(y.length === 3 * 32 && y[0] === 7 && y[32] === 1);
 * ```
 */
export function classToken(x: Tensor, token: Resource): Tensor {
  const { trace, shape: [features, positions, examples], columns, paddedExamples: count } = x;
  if (x.shape.length !== 3 || x.type !== "f32" || token.length !== features) {
    throw new TypeError(
      `Cannot put a token of ${token.length} features in front of ${x.type} [${x.shape}]: ` +
        `expected f32 [${token.length}, positions, examples]`,
    );
  }
  const learnt = trace.resource(token);
  const first = { rows: features, columns: count };
  const head = trace.activation([features, examples]);
  trace.emit(fill, [head], { length: head.elements, to: 0, value: 0 });
  const tokens = trace.activation([features, examples]);
  trace.emit(bias, [head, learnt, tokens], first);
  const y = trace.activation([features, positions + 1, examples]);
  const wide = y.columns;
  const heads = { rows: features, count, begin: 0, to: 0 };
  const rest = { rows: features, count: columns };
  trace.emit(copyColumns, [tokens, y], { ...heads, columns: count, intoColumns: wide });
  trace.emit(copyColumns, [x, y], { ...rest, begin: 0, columns, to: count, intoColumns: wide });
  trace.differentiable({
    inputs: [x, learnt],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      const behind = { begin: count, columns: wide, to: 0, intoColumns: columns };
      trace.emit(copyColumns, [dy, dx], { ...rest, ...behind });
      const dtokens = trace.activation([features, examples]);
      trace.emit(copyColumns, [dy, dtokens], { ...heads, columns: wide, intoColumns: count });
      const gradient = trace.transient([features], "gradients");
      trace.emit(rowSum, [dtokens, gradient], first);
      return [dx, gradient];
    },
  });
  return y;
}
