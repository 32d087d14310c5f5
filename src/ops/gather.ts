/**
 * Positions that a batch names: the head of a masked language model runs on these alone.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { gatherPositions as kernel } from "./kernels/gather_positions.ts";
import { gatherPositionsGradient } from "./kernels/gather_positions_gradient.ts";

/**
 * The columns of each example that a batch names: `y[f, k, e] = x[f, places[k, e], e]`. Its gradient adds them back in their
 * order, so that a position which is named twice has the same bits every time; what nobody names gets 0.
 *
 * @param x `[features, positions, examples]`
 * @param places `[count, examples]`, u32: positions, or their number where there is none, which gives zeros. If it is an input
 * of the program, every run checks that.
 * @returns `[features, count, examples]`
 * @throws {TypeError} if a shape or type does not fit.
 * @example
 * ```ts
 * import { createDevice, gatherPositions } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile(
 *   [{ shape: [1, 3, 32], type: "f32" }, { shape: [2, 32], type: "u32" }],
 *   (x, places) => gatherPositions(x, places),
 * );
 * const x = Float32Array.from({ length: 3 * 32 }, (_, i) => Math.floor(i / 32) + 5);
 * const places = new Uint32Array(2 * 32).fill(2, 0, 32).fill(3, 32);
 * program.run([x, places]);
 * const columns = await program.floats(0);
 * console.assert(columns[0] === 7 && columns[32] === 0);
 * ```
 */
export function gatherPositions(x: Tensor, places: Tensor): Tensor {
  const { trace, shape: [features, positions, examples] } = x;
  const [count] = places.shape;
  const fits = x.shape.length === 3 && x.type === "f32" && places.type === "u32" &&
    String(places.shape) === String([count, examples]);
  if (!fits) {
    throw new TypeError(
      `Cannot gather positions ${places.type} [${places.shape}] of ${x.type} x [${x.shape}]: ` +
        "expected f32 x [features, positions, examples] and u32 places [count, examples]",
    );
  }
  trace.requireBelow(
    places,
    positions + 1,
    `positions of x or ${positions} for none, all of them`,
  );
  const y = trace.activation([features, count, examples]);
  const sizes = { features, positions, count, examples: x.paddedExamples };
  trace.emit(kernel, [x, places, y], sizes);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      trace.emit(gatherPositionsGradient, [dy, places, dx], sizes);
      return [dx];
    },
  });
  return y;
}
