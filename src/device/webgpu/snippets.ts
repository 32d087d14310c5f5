/**
 * The shared pieces of WGSL that kernels name with `//! use`.
 *
 * @module
 */
import grid from "../../../wgsl/shared/grid.wgsl" with { type: "text" };
import lanes from "../../../wgsl/shared/lanes.wgsl" with { type: "text" };
import lists from "../../../wgsl/shared/lists.wgsl" with { type: "text" };
import pooling from "../../../wgsl/shared/pooling.wgsl" with { type: "text" };
import products from "../../../wgsl/shared/products.wgsl" with { type: "text" };
import softmax from "../../../wgsl/shared/softmax.wgsl" with { type: "text" };
import step from "../../../wgsl/shared/step.wgsl" with { type: "text" };

/** Text of every `wgsl/shared/NAME.wgsl` by name. */
export const SNIPPETS: Readonly<Record<string, string>> = {
  grid,
  lanes,
  lists,
  pooling,
  products,
  softmax,
  step,
};
