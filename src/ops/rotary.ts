/**
 * Positions as angles: pairs of features are turned by an angle that grows with the position, so that a product of a query and
 * a key depends on how far apart they are (Su et al. 2021, "RoFormer").
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { rotary as kernel } from "./kernels/rotary.ts";

/** The angles of positions: made by {@linkcode rotaryAngles}. */
export interface RotaryAngles {
  /** Features of a head: an even number. */
  readonly depth: number;
  /** Positions that have angles. */
  readonly positions: number;
  /** Cosines, then sines: `[2, depth / 2, positions]`; not trained. */
  readonly values: Resource;
}

/** Options of {@linkcode rotary}. */
export interface RotaryOptions {
  /** The angles. */
  readonly angles: RotaryAngles;
  /**
   * `[positions, examples]`, u32: where each column stands in its text, below the positions that have angles; if it is an input
   * of the program, every run checks that. By default the first column is at 0, and each further one behind the last.
   */
  readonly places?: Tensor;
}

/** Of the angles, where nothing is said: as in RoFormer. */
const BASE = 10_000;

/**
 * The angles of positions: pair i of a head turns by `position * base^(-2 i / depth)`. Cosines and sines are computed in float64
 * on the host, so that every device has the same ones.
 *
 * @param depth Features of a head.
 * @param positions Positions, at most.
 * @param base 10,000 by default.
 * @throws {RangeError} if the depth is no even whole number above 0, the positions are no whole number above 0, or the base is
 * not above 0.
 * @example
 * ```ts
 * import { rotaryAngles } from "@filigree/filigree";
 *
 * console.assert(rotaryAngles(64, 128).values.length === 64 * 128);
 * ```
 */
export function rotaryAngles(depth: number, positions: number, base: number = BASE): RotaryAngles {
  if (!(Number.isInteger(depth) && depth > 0 && depth % 2 === 0)) {
    throw new RangeError(
      `Cannot turn the positions of heads of ${depth} features: expected an even whole number above 0`,
    );
  }
  if (!(Number.isInteger(positions) && positions > 0 && base > 0 && Number.isFinite(base))) {
    throw new RangeError(
      `Cannot turn ${positions} positions by angles of the base ${base}: expected whole numbers above 0`,
    );
  }
  const values = new Resource({
    ...{ label: "rotary angles", type: "f32", length: depth * positions, category: "program" },
    initial: () => Float32Array.from(rotaryNumbers(depth, positions, base)),
  });
  return { depth, positions, values };
}

/** Cosines, then sines, of the angles: `[2, depth / 2, positions]`. */
export function rotaryNumbers(depth: number, positions: number, base: number = BASE): Float64Array {
  const half = depth / 2;
  return Float64Array.from({ length: depth * positions }, (_, at) => {
    const row = Math.floor(at / positions);
    const angle = (at % positions) * base ** (-2 * (row % half) / depth);
    return row < half ? Math.cos(angle) : Math.sin(angle);
  });
}

/**
 * Turns the features of every head by the angle of their position: feature i of a head and feature `i + depth / 2` are a pair,
 * as in Llama and GPT-NeoX. Its gradient turns back.
 *
 * @param x `[heads * depth, positions, examples]`
 * @returns The same shape.
 * @throws {TypeError} if the shape does not fit the angles, or the places do not fit the shape.
 * @example
 * ```ts
 * import { createDevice, rotary, rotaryAngles } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const angles = rotaryAngles(2, 16);
 * using program = await device.compile(
 *   [{ shape: [2, 3, 32], type: "f32" }],
 *   (x) => rotary(x, { angles }),
 * );
 * // (1, 0) at every position: it turns by a radian from one to the next.
 * program.run([new Float32Array(2 * 3 * 32).fill(1, 0, 3 * 32)]);
 * const turned = await program.floats(0);
 * console.assert(turned[0] === 1 && Math.abs(turned[2 * 32] - Math.cos(2)) < 1e-6);
 * ```
 */
export function rotary(x: Tensor, { angles, places }: RotaryOptions): Tensor {
  const { trace, shape: [features, positions] } = x;
  const { depth, positions: most, values } = angles;
  const fits = x.shape.length === 3 && x.type === "f32" && features % depth === 0 &&
    (places === undefined ? positions <= most : isPlaces(places, x));
  if (!fits) {
    const placed = places === undefined ? "" : ` at ${places.type} places [${places.shape}]`;
    throw new TypeError(
      `Cannot turn ${x.type} x [${x.shape}]${placed}: expected f32 x [heads * ${depth}, positions, examples] with at most ` +
        `${most} positions, or u32 places [positions, examples] of them`,
    );
  }
  if (places !== undefined) trace.requireBelow(places, most, "positions");
  const table = trace.resource(values);
  const turned = (from: Tensor, direction: number): Tensor => {
    const y = trace.activation(x.shape);
    trace.emit(kernel, [from, table, places ?? trace.step, y], {
      ...{ heads: features / depth, half: depth / 2, positions, examples: x.paddedExamples },
      ...{ angles: most, placed: Number(places !== undefined), direction },
    });
    return y;
  };
  const y = turned(x, 1);
  trace.differentiable({ inputs: [x], output: y, backward: (dy) => [turned(dy, -1)] });
  return y;
}

function isPlaces({ type, shape }: Tensor, x: Tensor): boolean {
  return type === "u32" && String(shape) === String(x.shape.slice(1));
}
