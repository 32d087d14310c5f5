/**
 * Dense product `c = op(a) op(b)`, row-major: `a` is [m, k] ([k, m] if transposeA), `b` is [k, n] ([n, k] if
 * transposeB), `c` is [m, n]. `epilogue` as in {@linkcode EPILOGUE}; `extra` is the bias [m] or the gate [m, n]
 * (any buffer where the epilogue needs none).
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { panelBytes } from "./panel.ts";
import wgsl from "../../../wgsl/gemm.wgsl" with { type: "text" };

/** The kernel `gemm`. */
export const gemm: Kernel = {
  name: "gemm",
  bindings: [
    { name: "a", access: "read", type: "f32" },
    { name: "b", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "c", access: "write", type: "f32" },
  ],
  params: [
    { name: "m", type: "u32" },
    { name: "n", type: "u32" },
    { name: "k", type: "u32" },
    { name: "transposeA", type: "u32" },
    { name: "transposeB", type: "u32" },
    { name: "epilogue", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: () => [],
  },
  scratch: (p) => panelBytes(p.m, p.n, p.k),
  flops: (p) => 2 * p.m * p.n * p.k,
};
