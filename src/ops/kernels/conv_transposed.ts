/**
 * Gradient of the image of a dense convolution: every pixel of `dx` collects `weight * dy` from the windows that it is in;
 * see convolution.ts. `epilogue` as in epilogue.ts; `extra` is the gate, of the shape of `dx`.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import {
  depthSteps,
  depthStretches,
  imageElements,
  outElements,
  overLines,
  WINDOW_PARAMS,
  windowInputs,
} from "./convolution.ts";
import { withEpilogue } from "./epilogue.ts";
import { panelBytes } from "./panel.ts";

/** The kernel `conv_transposed`. */
export const convTransposed: Kernel = {
  name: "conv_transposed",
  bindings: [
    { name: "weight", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "epilogue", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "dx" },
  gpu: withEpilogue({
    dispatchParams: [
      { name: "firstRow", type: "u32" },
      { name: "someRows", type: "u32" },
    ],
    dispatches,
  }),
  scratch: (p) => panelBytes(p.channels, imageElements(p), p.rows * p.kernelHeight * p.kernelWidth),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};

/** Channels that an invocation holds. */
const CHANNELS = 4;

/** An invocation for some channels of a pixel, once for each stretch of rows. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const lines = Math.ceil(p.channels / CHANNELS) * p.height * p.width;
  return depthStretches(p.rows, p).flatMap(({ first, some }) => {
    const params = { firstRow: first, someRows: some };
    return overLines(lines, p, traits).map((dispatch) => ({
      ...dispatch,
      params,
      steps: depthSteps(some, p),
    }));
  });
}
