/**
 * The epilogues of the products, in float64.
 *
 * @module
 */
import { EPILOGUE } from "../../src/ops/kernels/constants.ts";
import { MIN_NORMAL, type Sum } from "./bounds.ts";
import type { Expected, HostArray } from "./types.ts";

/** Stores a finished sum as element `at`, in row `row`, of a product's result. */
export function finish(
  sum: Sum,
  epilogue: number,
  extra: HostArray,
  row: number,
  at: number,
  out: Expected,
): void {
  if (epilogue === EPILOGUE.bias || epilogue === EPILOGUE.biasRelu) sum.add(extra[row]);
  let value = sum.value;
  let bound = sum.bound;
  if (epilogue === EPILOGUE.biasRelu) value = Math.max(value, 0);
  if (epilogue === EPILOGUE.gate) {
    const gate = extra[at];
    if (gate > 0 && gate < MIN_NORMAL) {
      bound += Math.abs(value); // The device may take the gate for 0.
    } else if (!(gate > 0)) {
      value = 0;
      bound = 0;
    }
  }
  out.value[at] = value;
  out.bound[at] = bound;
}
