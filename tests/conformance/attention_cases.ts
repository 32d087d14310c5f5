/**
 * Cases of attention.
 *
 * @module
 */
import fc from "fast-check";
import type { Source } from "../arbitraries.ts";
import { attention } from "../oracle/attention.ts";
import { attentionKnown } from "../oracle/attention_known.ts";
import { attentionTiled } from "../oracle/attention_tiled.ts";
import type { Expected } from "../oracle/types.ts";
import { type Family, family } from "./family.ts";

interface Options {
  readonly heads: number;
  readonly depth: number;
  readonly queries: number;
  readonly keys: number;
  readonly columns: number;
  readonly masked: number;
  readonly causal: number;
  readonly offset: number;
}

/** One of everything, lengths around tiles and blocks, keys before the queries, columns of a single example. */
const EDGES: readonly Options[] = [
  [1, 1, 1, 1, 32, 0, 0, 0],
  [2, 5, 7, 4, 32, 1, 0, 0],
  [1, 16, 4, 9, 32, 0, 0, 0],
  [1, 2, 130, 101, 4, 1, 1, 0],
  [3, 4, 25, 14, 32, 0, 1, 1],
  [2, 3, 1, 29, 32, 0, 1, 28],
  [1, 8, 3, 5, 1, 0, 0, 0],
  [2, 2, 5, 6, 18, 1, 1, 0],
].map(([heads, depth, queries, keys, columns, masked, causal, offset]) => {
  return { heads, depth, queries, keys, columns, masked, causal, offset };
});

function any(): fc.Arbitrary<Options> {
  const length = fc.integer({ min: 1, max: 14 });
  const flag = fc.constantFrom(0, 1);
  return fc.record({
    ...{ heads: fc.integer({ min: 1, max: 3 }), depth: fc.integer({ min: 1, max: 7 }) },
    ...{ queries: length, keys: length, masked: flag, causal: flag },
    columns: fc.constantFrom(1, 3, 32),
    offset: fc.integer({ min: 0, max: 9 }),
  });
}

/** Parameters, and what the kernels read. Of some examples no key is seen. */
function problem(source: Source, options: Options) {
  const { heads, depth, queries, keys, columns } = options;
  const size = heads * depth * columns;
  const mask = source.integers(keys * columns, 2).map((one, i) => i % columns % 5 === 1 ? 0 : one);
  const params = { ...options, scale: 1 / Math.sqrt(depth) };
  const inputs = {
    q: source.floats(size * queries),
    k: source.floats(size * keys),
    v: source.floats(size * keys),
    mask: options.masked ? Float32Array.from(mask) : new Float32Array(2),
  };
  return { params, inputs, size };
}

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  attention: family(EDGES, any(), (source, options) => {
    const { params, inputs, size } = problem(source, options);
    const { heads, queries, keys, columns } = options;
    const probabilities = 4 * heads * Math.ceil(columns / 4) * queries * keys;
    return { params, inputs, lengths: { y: size * queries, probabilities } };
  }),
  attention_gradient: family(EDGES, any(), (source, options) => {
    const { params, inputs: { mask, ...inputs }, size } = problem(source, options);
    const { queries, keys } = options;
    const { y, probabilities } = attention({ ...inputs, mask }, params);
    const dropping = options.heads > 1;
    return {
      params: { ...params, factor: dropping ? 1.25 : 1 },
      inputs: {
        ...inputs,
        y: floats(y),
        dy: source.floats(size * queries),
        probabilities: Float32Array.from(
          probabilities.value,
          (p) => dropping && source.below(5) === 0 ? -p : p,
        ),
      },
      lengths: { gradients: size * (queries + 2 * keys) },
    };
  }),
  attention_tiled: family(EDGES, any(), (source, options) => {
    const { params, inputs, size } = problem(source, options);
    const { heads, queries, columns } = options;
    return {
      params,
      inputs,
      lengths: { y: size * queries, statistics: 2 * heads * queries * columns },
    };
  }),
  attention_known: family(EDGES, any(), (source, options) => {
    const { params, inputs: { mask }, size } = problem(source, options);
    const { heads, queries, keys, columns } = options;
    const rows = heads * queries * columns;
    return {
      params,
      inputs: {
        y: source.floats(size * queries),
        dy: source.floats(size * queries),
        statistics: source.floats(2 * rows),
        mask,
      },
      lengths: { known: 3 * rows + keys * columns },
    };
  }),
  attention_tiled_gradient: family(EDGES, any(), (source, options) => {
    const { params, inputs: { mask, ...inputs }, size } = problem(source, options);
    const { queries, keys } = options;
    const { y, statistics } = attentionTiled({ ...inputs, mask }, params);
    const dy = source.floats(size * queries);
    const { known } = attentionKnown(
      { y: floats(y), dy, statistics: floats(statistics), mask },
      params,
    );
    return {
      params: { ...params, factor: 1 },
      inputs: { ...inputs, known: floats(known), dy },
      lengths: { gradients: size * (queries + 2 * keys) },
    };
  }),
};

function floats({ value }: Expected): Float32Array {
  return Float32Array.from(value);
}
