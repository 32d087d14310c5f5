/**
 * Where sparsity begins to pay: a linear layer under every pattern and density, forward alone and the whole step, against
 * the same layer dense.
 *
 * @module
 */
import type { Device } from "../program/device.ts";
import { patternName } from "../sparse/lookup.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { referenceOf, requireAgreement } from "./gate.ts";
import { LayerUnderTest, operandsOf } from "./layer.ts";
import { compareRepeats, type Comparison, type Effort } from "./timing.ts";

/** A pattern at one density. */
export interface Candidate {
  /** The family that it stands for, such as "fan-in". */
  readonly family: string;
  /** Share of connections that was asked for. */
  readonly density: number;
  /** The pattern. */
  readonly spec: PatternSpec;
}

/** A pattern that was measured. */
export interface Point {
  /** The family that it stands for. */
  readonly family: string;
  /** Its name, such as "2:4". */
  readonly pattern: string;
  /** Share of connections that exist. */
  readonly density: number;
  /** Forward product: dense, then sparse. */
  readonly forward: Comparison;
  /** Whole step: dense, then sparse. */
  readonly step: Comparison;
  /** Bytes of weights, moments, gradients and indices. */
  readonly bytes: number;
  /** The same of the dense layer. */
  readonly denseBytes: number;
}

/** A pattern that a layer of this size cannot have. */
export interface Impossible {
  /** The family that it stands for. */
  readonly family: string;
  /** Share of connections that was asked for. */
  readonly density: number;
  /** Why not. */
  readonly reason: string;
}

/** What to measure. */
export interface CrossoverOptions {
  /** Inputs and outputs of the layer. */
  readonly size: number;
  /** Examples. */
  readonly batch: number;
  /** What to compare with the dense layer. */
  readonly candidates: readonly Candidate[];
  /** How long to look. */
  readonly effort: Effort;
}

/** Ratios of a N:M family, as hardware and literature have them. */
export const RATIOS: readonly (readonly [n: number, m: number])[] = [
  [1, 32],
  [1, 16],
  [1, 8],
  [1, 4],
  [2, 4],
  [3, 4],
];

/** The one of {@linkcode RATIOS} whose density is nearest by its ratio to `density`. */
export function nearestRatio(density: number): readonly [n: number, m: number] {
  const distance = ([n, m]: readonly [number, number]): number =>
    Math.abs(Math.log(n / m / density));
  return RATIOS.reduce((best, ratio) => distance(ratio) < distance(best) ? ratio : best);
}

/**
 * Measures one candidate after the other.
 *
 * @throws {Error} if a sparse layer does not compute what the dense one does.
 */
export async function* measureCrossover(
  device: Device,
  { size, batch, candidates, effort }: CrossoverOptions,
): AsyncGenerator<Point | Impossible> {
  const operands = operandsOf({ rows: size, inputs: size, examples: batch });
  using denseLayer = await LayerUnderTest.open(device, operands, dense());
  const reference = await referenceOf(denseLayer);
  for (const { family, density, spec } of candidates) {
    let layer: LayerUnderTest;
    try {
      layer = await LayerUnderTest.open(device, operands, spec);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      yield { family, density, reason: error.message };
      continue;
    }
    using sparse = layer;
    await requireAgreement(sparse, reference);
    yield {
      family,
      pattern: patternName(spec),
      density: densityOf(sparse),
      forward: await compareRepeats(denseLayer.forward, sparse.forward, effort),
      step: await compareRepeats(denseLayer.step, sparse.step, effort),
      bytes: sparse.bytes,
      denseBytes: denseLayer.bytes,
    };
  }
}

function densityOf(layer: LayerUnderTest): number {
  const mask = layer.mask();
  return mask.reduce((sum, one) => sum + one, 0) / mask.length;
}
