/**
 * Columns that are kept from one run of a program to the next, such as the keys and values of earlier positions.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { putPosition as kernel } from "./kernels/put_position.ts";

/**
 * Puts a column of each example at its place among those that are kept, and gives all of them. Nothing is differentiated by it.
 *
 * @param kept `[features, positions, examples]`, f32: what is kept.
 * @param x `[features, 1, examples]`, with examples in whole tiles of 32.
 * @param places `[1, examples]`, u32: positions, or their number where nothing is put. If it is an input of the program, every run
 * checks that.
 * @returns `[features, positions, examples]`
 * @throws {TypeError} if a shape or type does not fit.
 * @example
 * ```ts
 * import { createDevice, putPosition, Resource } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const kept = new Resource({ label: "kept", type: "f32", length: 4 * 32, category: "program" });
 * using program = await device.compile(
 *   [{ shape: [1, 1, 32], type: "f32" }, { shape: [1, 32], type: "u32" }],
 *   (x, places) => putPosition(kept, x, places),
 * );
 * for (const place of [2, 0]) {
 *   program.run([new Float32Array(32).fill(5 + place), new Uint32Array(32).fill(place)]);
 * }
 * const all = await program.floats(0);
 * console.assert(all[0] === 5 && all[32] === 0 && all[2 * 32] === 7);
 * ```
 */
export function putPosition(kept: Resource, x: Tensor, places: Tensor): Tensor {
  const { trace, shape: [features, one, examples] } = x;
  const positions = kept.length / (features * x.paddedExamples);
  const fits = x.shape.length === 3 && x.type === "f32" && one === 1 && kept.type === "f32" &&
    examples === x.paddedExamples && Number.isInteger(positions) && positions > 0 &&
    places.type === "u32" && String(places.shape) === String([1, examples]);
  if (!fits) {
    throw new TypeError(
      `Cannot put ${x.type} x [${x.shape}] at ${places.type} places [${places.shape}] among ${kept.length} numbers: expected ` +
        "f32 x [features, 1, examples], examples in whole tiles, u32 places [1, examples], and room for positions of that",
    );
  }
  trace.requireBelow(places, positions + 1, `positions or ${positions} for none, all of them`);
  const all = trace.resource(kept, [features, positions, examples]);
  trace.emit(kernel, [x, places, all], { features, positions, examples });
  return all;
}
