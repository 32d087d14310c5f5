/**
 * Growth candidates: for every row the `count` inactive inputs of largest |dy[r] . x[c]|, ties to the lower
 * input, written in ascending order of input as (`input`, `score`); where fewer inactive inputs exist the rest is
 * 0xffffffff with score 0. The dense gradient is computed in tiles and never stored whole. An inactive input is one that is
 * not in the row's list; a zero gradient is a candidate like any other. `dy` is [rows, columns], `x` is [inputs, columns],
 * `input` and `score` are [rows, count].
 *
 * @module
 */
import { type Kernel, type Params, roundUp } from "../../device/kernel.ts";
import { panelBytes } from "./panel.ts";
import wgsl from "../../../wgsl/growth_candidates.wgsl" with { type: "text" };

/** The kernel `growth_candidates`. */
export const growthCandidates: Kernel = {
  name: "growth_candidates",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "input", access: "write", type: "u32" },
    { name: "score", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "count", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: () => [],
  },
  scratch,
  flops: (p) => 2 * p.rows * p.inputs * p.columns,
};

/** Scores of a block of rows, the list of candidates, packed panels; as `wasm/src/kernels/growth_candidates.rs`. */
function scratch({ inputs, columns, count }: Params): number {
  const stride = roundUp(inputs, 4);
  const rows = Math.min(Math.max(4 * Math.floor(131072 / stride / 4), 8), 128);
  const room = roundUp(count + Math.max(count, 64), 2);
  return 4 * rows * stride + 8 * room + panelBytes(rows, inputs, columns);
}
