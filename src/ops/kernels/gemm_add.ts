/**
 * Dense product, added to what is there: `c += op(a) op(b)`, row-major: `a` is [m, k] ([k, m] if transposeA), `b` is [k, n]
 * ([n, k] if transposeB), `c` is [m, n]. It is `gemm` whose sums have begun: a sum in parts along k has the order of the
 * parts.
 *
 * @module
 */
import {
  type Dispatch,
  type Kernel,
  type Params,
  type Traits,
  type Variant,
  withVariants,
} from "../../device/kernel.ts";
import { EPILOGUE } from "./constants.ts";
import { VARIANTS } from "./gemm.ts";
import { panelBytes } from "./panel.ts";
import { STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `gemm_add`. */
export const gemmAdd: Kernel = {
  name: "gemm_add",
  bindings: [
    { name: "a", access: "read", type: "f32" },
    { name: "b", access: "read", type: "f32" },
    { name: "c", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "m", type: "u32" },
    { name: "n", type: "u32" },
    { name: "k", type: "u32" },
    { name: "transposeA", type: "u32" },
    { name: "transposeB", type: "u32" },
  ],
  gpu: withVariants("gemm_add", { dispatchParams: STRETCH_PARAMS }, {
    ...VARIANTS,
    all: Object.fromEntries(
      Object.entries(VARIANTS.all).map(([name, variant]) => [name, continued(variant)]),
    ),
  }),
  scratch: (p) => panelBytes(p.m, p.n, p.k),
  flops: (p) => 2 * p.m * p.n * p.k,
};

/** A variant of `gemm` of which no stretch is the first, and that has no epilogue. */
function continued(variant: Variant): Variant {
  const dispatches = (params: Params, traits: Traits): readonly Dispatch[] =>
    variant.dispatches({ ...params, epilogue: EPILOGUE.none }, traits).map((dispatch) => {
      const { EPILOGUE: _, ...constants } = dispatch.constants ?? {};
      return { ...dispatch, constants: { ...constants, FIRST: 0 } };
    });
  return { ...variant, dispatches };
}
