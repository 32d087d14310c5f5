/**
 * Cases of the pointwise operations: every one of them is tried.
 *
 * @module
 */
import fc from "fast-check";
import { gradientReads } from "../../src/ops/expression.ts";
import { extents, type Source, type Style, styles } from "../arbitraries.ts";
import { OPERATIONS } from "../oracle/expression.ts";
import { type Family, family } from "./family.ts";

interface Options {
  readonly length: number;
  /** Its number; 0 is none. */
  readonly operation: number;
  readonly style: Style;
}

const LENGTHS = [1, 3, 4, 31, 32, 257, 1000, 4096, 65537, 300_003];

const edges: Options[] = LENGTHS.map((length, i) => ({
  length,
  operation: i % (OPERATIONS.length + 1),
  style: i % 2 === 0 ? "extreme" : "normal",
}));

/** All of them, on both styles; 8 is where the tails of most functions end. */
const each: Options[] = OPERATIONS.flatMap((_, i) =>
  (["normal", "extreme"] as const).map((style) => ({ length: 2003, operation: i + 1, style }))
);

/** The families of the kernels of pointwise operations. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  pointwise: family([...edges, ...each], options(), (source, { length, operation, style }) => ({
    params: { length, operation },
    inputs: { x: spread(source, length, style) },
    lengths: { y: length },
  })),
  pointwise_slope: family(
    [...edges, ...each].filter(hasSlope),
    options().filter(hasSlope),
    (source, { length, operation, style }) => ({
      params: { length, operation },
      inputs: { x: spread(source, length, style) },
      lengths: { y: length, slope: length },
    }),
  ),
  pointwise_gradient: family(
    [...edges, ...each],
    options(),
    (source, { length, operation, style }) => ({
      params: { length, operation },
      inputs: {
        operand: spread(source, length, style === "normal" ? "normal" : "extreme"),
        dy: source.floats(length, style),
      },
      lengths: { dx: length },
    }),
  ),
};

/** The derivative is computed of the operand. */
function hasSlope({ operation }: Options): boolean {
  return operation === 0 || gradientReads(OPERATIONS[operation - 1]) === "x";
}

/** Normal numbers come four times as large as elsewhere, so that the tails of functions are tried. */
function spread(source: Source, length: number, style: Style): Float32Array {
  return source.floats(length, style).map((value) => style === "normal" ? 4 * value : value);
}

function options(): fc.Arbitrary<Options> {
  return fc.record({
    length: extents(3000),
    operation: fc.nat(OPERATIONS.length),
    style: styles(),
  });
}
