/**
 * `product/...` and `forward/...`: single products of a layer, for every kind of unit.
 *
 * @module
 */
import { type BenchCase, comparison, plain, relaxed, round, webgpu } from "./case.ts";
import { compareProduct, type Product, type UnitShape } from "./units.ts";

/** Kinds of units by the names of their patterns. */
const UNITS: Readonly<Record<string, Pick<UnitShape, "height" | "width" | "uneven">>> = {
  "fan-in": { height: 1, width: 1 },
  "block-1-uneven": { height: 1, width: 1, uneven: true },
  "group-4": { height: 4, width: 1 },
  "group-8": { height: 8, width: 1 },
  "group-16": { height: 16, width: 1 },
  "group-32": { height: 32, width: 1 },
  "block-4": { height: 4, width: 4 },
  "block-8": { height: 8, width: 8 },
  "block-16": { height: 16, width: 16 },
  "block-32": { height: 32, width: 32 },
};

const PRODUCTS: readonly Product[] = ["forward", "input", "weight"];

const UNIT = "dense time / sparse time";

/** Every product of every kind of unit at 90 %, and forward products of N:M matrices. */
export function* productCases(): Generator<BenchCase> {
  const size = { rows: 1024, inputs: 1024, columns: 256 };
  for (const [name, unit] of Object.entries(UNITS)) {
    for (const product of PRODUCTS) {
      for (const open of [plain, relaxed, webgpu]) {
        yield caseOf(`product/${product}/${name}/1024x1024/b256/0.90`, open, product, {
          ...size,
          ...unit,
          density: 0.1,
        });
      }
    }
  }
  for (const [n, m] of [[2, 4], [1, 4], [1, 8], [1, 16]]) {
    for (const open of [plain, relaxed, webgpu]) {
      yield caseOf(`forward/nm/${n}:${m}/1024x1024/b256`, open, "forward", {
        ...size,
        ...UNITS["fan-in"],
        density: n / m,
        segments: { n, m },
      });
    }
  }
}

function caseOf(
  name: string,
  open: BenchCase["open"],
  product: Product,
  shape: UnitShape,
): BenchCase {
  return {
    name,
    unit: UNIT,
    open,
    run: async (backend) => {
      const found = await compareProduct(backend, product, shape);
      const { ratio, details } = comparison(found);
      const rates = { gflops: round(found.gflops), denseGflops: round(found.denseGflops) };
      return { ratio, details: { ...details, ...rates } };
    },
  };
}
