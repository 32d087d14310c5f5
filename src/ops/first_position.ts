/**
 * What a sequence begins with: where a token stands for the whole of it, as `[CLS]` does in BERT.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { copyColumns } from "./kernels/copy_columns.ts";
import { fill } from "./kernels/fill.ts";

/**
 * The first position of every sequence.
 *
 * @param x `[features, positions, examples]`, f32.
 * @returns `[features, examples]`.
 * @throws {TypeError} if `x` is no such tensor.
 * @example
 * ```ts
 * import { createDevice, firstPosition } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([{ shape: [1, 3, 32], type: "f32" }], (x) => firstPosition(x));
 * program.run([Float32Array.from({ length: 3 * 32 }, (_, i) => i)]);
 * console.assert((await program.floats(0))[31] === 31);
 * ```
 */
export function firstPosition(x: Tensor): Tensor {
  const { trace, shape: [features, , examples], columns, paddedExamples: count } = x;
  if (x.shape.length !== 3 || x.type !== "f32") {
    throw new TypeError(
      `Cannot take the first position of ${x.type} [${x.shape}]: expected f32 [features, positions, examples]`,
    );
  }
  const y = trace.activation([features, examples]);
  const run = { rows: features, count, begin: 0, to: 0 };
  trace.emit(copyColumns, [x, y], { ...run, columns, intoColumns: count });
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      trace.emit(fill, [dx], { length: dx.elements, to: 0, value: 0 });
      trace.emit(copyColumns, [dy, dx], { ...run, columns: count, intoColumns: columns });
      return [dx];
    },
  });
  return y;
}
