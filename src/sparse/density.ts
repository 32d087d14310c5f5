/**
 * How a budget of connections is spread over the layers of a model.
 *
 * Every distribution meets the same budget: with sparsity `s`, a layer of `N` connections counts
 * `N - floor(s * N)` towards it, the layers that stay dense included. What those take beyond their part
 * the sparse layers give up.
 *
 * @module
 */
import { floorShare } from "./geometry.ts";
import { dense } from "./patterns/dense.ts";
import { fanIn } from "./patterns/fan_in.ts";
import type { PatternSpec } from "./spec.ts";

/** A density this near 1 is 1: the difference comes from rounding. */
const ROUNDING = 1e-12;

/** A layer that takes part. */
export interface DensityLayer {
  /** Name; appears in errors. */
  readonly name: string;
  /** `[outputs, inputs, ...kernel]`. */
  readonly shape: readonly number[];
  /** Whether the layer is to stay dense. Default false. */
  readonly dense?: boolean;
}

/** How density differs between layers. */
export type Distribution =
  /** The same density in every sparse layer. */
  | "uniform"
  /** Erdos-Renyi (Mocanu et al., 2018): density in proportion to `(in + out) / (in * out)`. */
  | "er"
  /** Erdos-Renyi-Kernel (Evci et al., 2020): in proportion to `sum(shape) / product(shape)`. */
  | "erk";

/** Options of {@linkcode layerDensities}. */
export interface DensityOptions {
  /** Share of all connections that do not exist: 0 <= sparsity < 1. */
  readonly sparsity: number;
  /** How density differs between layers. Default "uniform". */
  readonly distribution?: Distribution;
  /** Exponent of the proportion, for "er" and "erk". Default 1. */
  readonly power?: number;
}

/**
 * The density of each layer, greater than 0 and at most 1.
 *
 * A proportional share may ask a small layer for more than all its connections; it then stays dense and
 * the rest is shared again.
 *
 * @example
 * ```ts
 * import { layerDensities } from "@filigree/filigree";
 *
 * const layers = [{ name: "first", shape: [8, 32] }, { name: "last", shape: [4, 64] }];
 * console.assert(layerDensities(layers, { sparsity: 0.75 }).every((density) => density === 0.25));
 * ```
 * @throws {RangeError} if the layers that stay dense need more than the budget.
 */
export function layerDensities(layers: readonly DensityLayer[], options: DensityOptions): number[] {
  const { sparsity, distribution = "uniform", power = 1 } = options;
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new RangeError(
      `Cannot spread sparsity ${sparsity}: it is the share of absent connections; ` +
        `expected 0 <= sparsity < 1`,
    );
  }
  const sizes = layers.map((layer) => product(layer.shape));
  const weights = layers.map(({ shape }) => proportion(shape, distribution) ** power);
  const absent = sizes.map((size) => floorShare(size, sparsity));
  const full = layers.map((layer) => layer.dense === true);
  requireFeasible(layers, sizes, sparsity, absent);
  for (;;) {
    let budget = 0, total = 0;
    for (const [i, size] of sizes.entries()) {
      budget += full[i] ? -absent[i] : size - absent[i];
      total += full[i] ? 0 : weights[i] * size;
    }
    const scale = total === 0 ? 0 : budget / total;
    const largest = Math.max(0, ...weights.filter((_, i) => !full[i]));
    if (scale * largest <= 1 + ROUNDING) {
      return weights.map((weight, i) =>
        full[i] || scale * weight > 1 - ROUNDING ? 1 : scale * weight
      );
    }
    // Layers that tie for the maximum become full together.
    weights.forEach((weight, i) => full[i] ||= weight === largest);
  }
}

/** The pattern of a layer with a density: {@linkcode dense} if it is 1, else {@linkcode fanIn}. */
export function densityPattern(density: number): PatternSpec {
  return density === 1 ? dense() : fanIn({ density });
}

function proportion(shape: readonly number[], distribution: Distribution): number {
  if (distribution === "uniform") return 1;
  const taken = distribution === "er" ? shape.slice(0, 2) : shape;
  return taken.reduce((sum, size) => sum + size, 0) / product(taken);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** Refuses a sparsity at which the dense layers leave nothing to the others, or no others exist. */
function requireFeasible(
  layers: readonly DensityLayer[],
  sizes: readonly number[],
  sparsity: number,
  absent: readonly number[],
): void {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const all = sum(sizes);
  const fixed = sum(sizes.filter((_, i) => layers[i].dense === true));
  const left = all - sum(absent) - fixed;
  if (fixed === all ? left === 0 : left > 0) return;
  const names = layers.filter((layer) => layer.dense === true).map((layer) => layer.name);
  throw new RangeError(
    `Cannot reach sparsity ${sparsity}: the dense layers (${names.join(", ")}) hold ${fixed} of ` +
      `${all} connections; expected a sparsity ` +
      (fixed === all ? "of 0" : `below ${(all - fixed) / all}`),
  );
}
