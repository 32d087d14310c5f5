/**
 * Gradient of the active values (sampled dense-dense matrix product): for connection s of row r,
 * `gradient[s]` is the dot product of `dy[r]` and `x[index[s]]` over the columns. Writes every one of the `capacity`
 * entries: padding inside a list and the tail behind the last list get 0.
 *
 * @module
 */
import {
  COLUMN_TILE,
  type Dispatch,
  type Kernel,
  type Params,
  type Variant,
  type Variants,
  withVariants,
} from "../../device/kernel.ts";
import { listClass, overGroups, overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/**
 * `fours` and `eights` give an invocation as many connections of a row, over all columns; `shared` and `subgroups` give a
 * workgroup four connections, whose sums it adds up in workgroup memory or by exchange.
 */
const variants: Variants = {
  all: {
    fours: variantOf("fours", 8, (p, traits) => overItems(p.capacity / 4, traits)),
    // A row ends with an eight that may be half empty.
    eights: variantOf("eights", 32, (p, traits) => overItems(p.capacity / 8 + p.rows / 2, traits)),
    shared: variantOf("shared_sums", 256, (p, traits) => overGroups(p.capacity / 4, traits)),
    subgroups: {
      ...variantOf(
        "main",
        256,
        (p, traits) =>
          overGroups(p.capacity / 4, traits).map((dispatch) => ({
            ...dispatch,
            module: "subgroups",
          })),
      ),
      supports: (_, traits) => traits.subgroups === true,
    },
  },
  shapeClass: listClass,
  // Exchange is taken only where it was measured: some adapters are slower with it.
  prefer: () => "fours",
};

/** A variant whose invocations take so many columns at a time. */
function variantOf(entry: string, columns: number, grid: Variant["dispatches"]): Variant {
  return {
    supports: () => true,
    dispatches: (p: Params, traits): readonly Dispatch[] =>
      inStretches(
        p.columns,
        { terms: columns },
        grid(p, traits).map((dispatch) => ({ ...dispatch, entry, constants: { WIDE: p.wide } })),
      ),
  };
}

/** The kernel `sddmm`. */
export const sddmm: Kernel = {
  name: "sddmm",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "gradient", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
  ],
  gpu: withVariants(
    "sddmm",
    { modules: ["subgroups"], dispatchParams: STRETCH_PARAMS },
    variants,
  ),
  // One tile of columns of `x`, packed; a single tile is used where it lies.
  scratch: (p) => p.columns > COLUMN_TILE ? 4 * COLUMN_TILE * p.inputs : 0,
  flops: (p) => 2 * p.capacity * p.columns,
};
