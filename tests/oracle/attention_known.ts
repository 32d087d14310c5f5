/**
 * `attention_known` in float64: see `src/ops/kernels/attention_known.ts`.
 *
 * @module
 */
import { dot, eachQuery, rowOf } from "./attention_softmax.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The statistics, the products of y and dy, and the mask, one behind the other. */
export function attentionKnown(
  { y, dy, statistics, mask }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { heads, queries, keys, columns, masked } = params;
  const size = heads * queries * columns;
  const known = expected(3 * size + keys * columns);
  known.value.set(statistics.subarray(0, 2 * size));
  eachQuery(params, (head, query, column) => {
    const product = dot(params, [y, queries, query], [dy, queries, query], [head, column]);
    const at = rowOf(params, 2, [head, query, column]);
    [known.value[at], known.bound[at]] = [product.value, product.bound];
  });
  for (let i = 0; i < keys * columns; i++) known.value[3 * size + i] = masked ? mask[i] : 1;
  return { known };
}
