/**
 * The sums of the gradients of attention in float64, of known probabilities: see `src/ops/kernels/attention_gradient.ts`.
 *
 * @module
 */
import { dot, eachQuery, placeOf } from "./attention_softmax.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type HostArray, type Inputs, type Outputs } from "./types.ts";

/** A number, and how far it may lie off. */
export interface Uncertain {
  /** The number. */
  readonly value: number;
  /** How far. */
  readonly bound: number;
}

/** What is known of a query. */
export interface Query {
  /** Its probabilities. */
  p(key: number): Uncertain;
  /** The product of its result and the gradient of that. */
  readonly product: Uncertain;
}

/** The gradients of q, k and v, one behind the other. */
export function gradientsOf(
  { q, k, v, dy }: Inputs,
  params: Readonly<Record<string, number>>,
  known: (head: number, query: number, column: number) => Query,
): Outputs {
  const { heads, depth, queries, keys, columns, scale, factor } = params;
  const size = heads * depth * columns;
  const gradients = expected(size * (queries + 2 * keys));
  const terms = (Math.max(queries, keys) + 3) * ULP;
  /** Adds `by x` to a gradient, with the error that `by` has. */
  const add = (at: number, by: number, error: number, x: number): void => {
    gradients.value[at] += by * x;
    gradients.bound[at] += (error + terms * Math.abs(by)) * Math.abs(x) + 2 * MIN_NORMAL;
  };
  eachQuery(params, (head, query, column) => {
    const { p: pOf, product } = known(head, query, column);
    for (let key = 0; key < keys; key++) {
      const { value: p, bound: error } = pOf(key);
      const sum = dot(params, [dy, queries, query], [v, keys, key], [head, column]);
      const dp = p > 0 ? factor * sum.value : 0;
      const slope = dp - product.value;
      const ds = scale * Math.abs(p) * slope;
      const slopeError = Math.abs(factor) * (sum.bound + ULP * sum.magnitude) + product.bound +
        4 * ULP * (Math.abs(dp) + Math.abs(product.value));
      const dsError = Math.abs(scale) * (Math.abs(p) * slopeError + error * Math.abs(slope)) +
        error * slopeError + 2 * MIN_NORMAL;
      const kept = p > 0 ? factor * p : 0;
      for (let f = 0; f < depth; f++) {
        const at = (positions: number, position: number): number =>
          placeOf(params, positions, [head, f, position, column]);
        const read = (x: HostArray, positions: number, position: number): number =>
          x[at(positions, position)];
        const ofKey = queries * size + at(keys, key);
        add(at(queries, query), ds, dsError, read(k, keys, key));
        add(ofKey, ds, dsError, read(q, queries, query));
        const keptError = Math.abs(factor) * error + ULP * kept;
        add(ofKey + keys * size, kept, keptError, read(dy, queries, query));
      }
    }
  });
  return { gradients };
}
