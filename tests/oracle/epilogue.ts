/**
 * The epilogues of the products, in float64.
 *
 * @module
 */
import { EPILOGUE } from "../../src/ops/kernels/constants.ts";
import { formOf, operationOf } from "../../src/ops/kernels/epilogue.ts";
import type { Sum } from "./bounds.ts";
import { gradientOf, stored, valueOf } from "./expression.ts";
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
  const [form, operation] = [formOf(epilogue), operationOf(epilogue)];
  if (form === EPILOGUE.bias) sum.add(extra[row]);
  const { value, bound } = form === EPILOGUE.gate
    ? gradientOf(operation, sum, stored(extra[at]))
    : valueOf(operation, sum);
  out.value[at] = value;
  out.bound[at] = bound;
}
