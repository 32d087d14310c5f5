/**
 * `attention_tiled` in float64: see `src/ops/kernels/attention_tiled.ts`.
 *
 * @module
 */
import { attention } from "./attention.ts";
import { eachQuery, rowOf, softmaxOf } from "./attention_softmax.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y is that of `attention`; of every query the largest score and what makes exponentials probabilities. */
export function attentionTiled(inputs: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { y } = attention(inputs, params);
  const { heads, queries, columns } = params;
  const statistics = expected(2 * heads * queries * columns);
  eachQuery(params, (head, query, column) => {
    const { largest, error, factor, factorError } = softmaxOf(inputs, params, [
      head,
      query,
      column,
    ]);
    const at = [0, 1].map((which) => rowOf(params, which, [head, query, column]));
    [statistics.value[at[0]], statistics.value[at[1]]] = [largest, factor];
    [statistics.bound[at[0]], statistics.bound[at[1]]] = [error, factorError];
  });
  return { y, statistics };
}
