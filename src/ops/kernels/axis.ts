/**
 * What kernels along an axis have in common: a tensor is [outer, length, inner] to them, and the axis is the one in the middle.
 *
 * @module
 */
import type { Param } from "../../device/kernel.ts";

/** The sizes of such a tensor. */
export const AXIS_PARAMS: readonly Param[] = [
  { name: "outer", type: "u32" },
  { name: "length", type: "u32" },
  { name: "inner", type: "u32" },
];
