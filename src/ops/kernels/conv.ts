/**
 * Dense convolution: row r of `y` is the product of row r of `weight` with the windows of `x`; see convolution.ts. `epilogue`
 * as in epilogue.ts; `extra` is the bias [rows] or the gate, of the shape of `y`.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import {
  depthSteps,
  depthStretches,
  outElements,
  overLines,
  WINDOW_PARAMS,
  windowInputs,
} from "./convolution.ts";
import { withEpilogue } from "./epilogue.ts";
import { panelBytes } from "./panel.ts";

/** The kernel `conv`. */
export const conv: Kernel = {
  name: "conv",
  bindings: [
    { name: "weight", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "epilogue", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue({
    dispatchParams: [
      { name: "firstChannel", type: "u32" },
      { name: "someChannels", type: "u32" },
    ],
    dispatches,
  }),
  scratch: (p) => panelBytes(p.rows, outElements(p), windowInputs(p)),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};

/** Rows that an invocation holds. */
const ROWS = 4;

/** An invocation for some rows of a pixel, once for each stretch of channels. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const lines = Math.ceil(p.rows / ROWS) * p.outHeight * p.outWidth;
  return depthStretches(p.channels, p).flatMap(({ first, some }) => {
    const params = { firstChannel: first, someChannels: some };
    return overLines(lines, p, traits).map((dispatch) => ({
      ...dispatch,
      params,
      steps: depthSteps(some, p),
    }));
  });
}
