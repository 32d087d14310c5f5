/**
 * Cases of the kernels that work along one axis, and of products of matrices for every column.
 *
 * @module
 */
import fc from "fast-check";
import { type Style, styles } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";

interface AxisOptions {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly style: Style;
}

interface ProductOptions {
  readonly groups: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly columns: number;
  readonly transposeA: number;
  readonly transposeB: number;
  readonly style: Style;
}

const axisEdges: AxisOptions[] = [
  [1, 1, 1],
  [1, 3, 32],
  [2, 1, 64],
  [5, 7, 32],
  [3, 12, 288],
  [1, 300, 32],
  [2, 9, 19],
  [70_000, 2, 1],
  [1, 5000, 32],
].map(([outer, length, inner], i) => ({
  ...{ outer, length, inner },
  style: i % 2 ? "integers" : "normal",
}));

function axes(): fc.Arbitrary<AxisOptions> {
  return fc.record({
    outer: fc.integer({ min: 1, max: 9 }),
    length: fc.integer({ min: 1, max: 40 }),
    inner: fc.oneof(fc.constantFrom(32, 64, 96), fc.integer({ min: 1, max: 50 })),
    style: fc.constantFrom<Style>("normal", "integers"),
  });
}

const productEdges: ProductOptions[] = [
  [1, 1, 1, 1, 32],
  [2, 5, 4, 3, 32],
  [1, 16, 16, 8, 64],
  [4, 12, 12, 16, 32],
  [1, 26, 98, 66, 32],
  [1, 3, 2, 130, 32],
  [3, 4, 3, 9, 1],
  [2, 3, 7, 5, 18],
].flatMap(([groups, m, n, k, columns], i) =>
  [0, 1, 2, 3].filter((way) => i % 2 === 0 || way === i % 4).map((way): ProductOptions => ({
    ...{ groups, m, n, k, columns, transposeA: way % 2, transposeB: way >> 1 },
    style: i % 3 === 1 ? "extreme" : "normal",
  }))
);

function products(): fc.Arbitrary<ProductOptions> {
  const size = fc.integer({ min: 1, max: 14 });
  return fc.record({
    ...{ groups: fc.integer({ min: 1, max: 3 }), m: size, n: size, k: size },
    columns: fc.oneof(fc.constantFrom(32, 64), fc.integer({ min: 1, max: 21 })),
    transposeA: fc.constantFrom(0, 1),
    transposeB: fc.constantFrom(0, 1),
    style: styles(),
  });
}

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  axis_sum: family(axisEdges, axes(), (source, { outer, length, inner, style }) => ({
    params: { outer, length, inner, scale: 1 / length },
    inputs: { x: source.floats(outer * length * inner, style) },
    lengths: { y: outer * inner },
  })),
  axis_broadcast: family(axisEdges, axes(), (source, { outer, length, inner, style }) => ({
    params: { outer, length, inner, scale: 0.75 },
    inputs: { x: source.floats(outer * inner, style) },
    lengths: { y: outer * length * inner },
  })),
  axis_max: family(axisEdges, axes(), (source, { outer, length, inner, style }) => ({
    params: { outer, length, inner },
    inputs: { x: source.floats(outer * length * inner, style) },
    lengths: { y: outer * inner, place: outer * inner },
  })),
  axis_max_gradient: family(axisEdges, axes(), (source, { outer, length, inner, style }) => ({
    params: { outer, length, inner },
    inputs: {
      place: Uint32Array.from({ length: outer * inner }, (_, i) => i * 7 % length),
      dy: source.floats(outer * inner, style),
    },
    lengths: { dx: outer * length * inner },
  })),
  axis_softmax: family(axisEdges, axes(), (source, { outer, length, inner, style }) => ({
    params: { outer, length, inner },
    inputs: { x: source.floats(outer * length * inner, style) },
    lengths: { y: outer * length * inner },
  })),
  axis_softmax_gradient: family(axisEdges, axes(), (source, { outer, length, inner, style }) => ({
    params: { outer, length, inner },
    inputs: {
      y: source.floats(outer * length * inner, style),
      dy: source.floats(outer * length * inner),
    },
    lengths: { dx: outer * length * inner },
  })),
  batched_product: family(productEdges, products(), (source, { style, ...params }) => {
    const { groups, m, n, k, columns } = params;
    return {
      params,
      inputs: {
        a: source.floats(groups * m * k * columns, style),
        b: source.floats(groups * n * k * columns, style),
      },
      lengths: { c: groups * m * n * columns },
    };
  }),
};
