/**
 * The shared pieces of WGSL that kernels name with `//! use`. Written by `deno task generate` from the folder.
 *
 * @module
 */
import candidates from "../../../wgsl/shared/candidates.wgsl" with { type: "text" };
import epilogue from "../../../wgsl/shared/epilogue.wgsl" with { type: "text" };
import epilogueOne from "../../../wgsl/shared/epilogue_one.wgsl" with { type: "text" };
import grid from "../../../wgsl/shared/grid.wgsl" with { type: "text" };
import lanes from "../../../wgsl/shared/lanes.wgsl" with { type: "text" };
import lists from "../../../wgsl/shared/lists.wgsl" with { type: "text" };
import pairs from "../../../wgsl/shared/pairs.wgsl" with { type: "text" };
import parts from "../../../wgsl/shared/parts.wgsl" with { type: "text" };
import pointwise from "../../../wgsl/shared/pointwise.wgsl" with { type: "text" };
import pointwiseOne from "../../../wgsl/shared/pointwise_one.wgsl" with { type: "text" };
import pooling from "../../../wgsl/shared/pooling.wgsl" with { type: "text" };
import products from "../../../wgsl/shared/products.wgsl" with { type: "text" };
import softmax from "../../../wgsl/shared/softmax.wgsl" with { type: "text" };
import step from "../../../wgsl/shared/step.wgsl" with { type: "text" };
import stretches from "../../../wgsl/shared/stretches.wgsl" with { type: "text" };
import targets from "../../../wgsl/shared/targets.wgsl" with { type: "text" };
import tiles from "../../../wgsl/shared/tiles.wgsl" with { type: "text" };
import windowProducts from "../../../wgsl/shared/window_products.wgsl" with { type: "text" };
import windows from "../../../wgsl/shared/windows.wgsl" with { type: "text" };

/** Text of every `wgsl/shared/NAME.wgsl` by name. */
export const SNIPPETS: Readonly<Record<string, string>> = {
  candidates,
  epilogue,
  epilogue_one: epilogueOne,
  grid,
  lanes,
  lists,
  pairs,
  parts,
  pointwise,
  pointwise_one: pointwiseOne,
  pooling,
  products,
  softmax,
  step,
  stretches,
  targets,
  tiles,
  window_products: windowProducts,
  windows,
};
