/**
 * `y[i] = factor * x[i]` where element i is kept, else 0: `dropping.ts` says which are. The gradient is the same of `dy`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { DROPPING_PARAMS } from "./dropping.ts";
import { overItems } from "./grid.ts";

/** Elements that an invocation draws for. */
const GROUP = 32;

/** The kernel `dropout`. */
export const dropout: Kernel = {
  name: "dropout",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [{ name: "length", type: "u32" }, ...DROPPING_PARAMS],
  gpu: {
    dispatches: ({ length }, traits) => overItems(Math.ceil(length / GROUP), traits),
  },
};
