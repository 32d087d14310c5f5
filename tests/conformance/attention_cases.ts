/**
 * Cases of attention.
 *
 * @module
 */
import fc from "fast-check";
import type { Params } from "../../src/device/kernel.ts";
import { dropping } from "../../src/ops/kernels/dropping.ts";
import type { Source } from "../arbitraries.ts";
import { attention } from "../oracle/attention.ts";
import { attentionKnown } from "../oracle/attention_known.ts";
import { pairsOf } from "../oracle/attention_softmax.ts";
import { attentionTiled } from "../oracle/attention_tiled.ts";
import type { Expected } from "../oracle/types.ts";
import { type Family, family } from "./family.ts";
import { stepBlock } from "./loss_cases.ts";

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

/** A step block. */
const STEP = stepBlock({ step: 3, before: 7 });

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
    const { queries } = options;
    return {
      params: { ...params, ...droppingOf(options) },
      inputs: { ...inputs, step: STEP },
      lengths: { y: size * queries, probabilities: pairsOf(params) },
    };
  }),
  attention_gradient: family(EDGES, any(), (source, options) => {
    const { params, inputs, size } = problem(source, options);
    const { queries, keys } = options;
    const dropped = droppingOf(options);
    const { y, probabilities } = attention({ ...inputs, step: STEP }, { ...params, ...dropped });
    const { q, k, v } = inputs;
    return {
      params: { ...params, factor: dropped.factor },
      inputs: {
        ...{ q, k, v, y: floats(y), dy: source.floats(size * queries) },
        probabilities: floats(probabilities),
      },
      lengths: { gradients: size * (queries + 2 * keys) },
    };
  }),
  attention_tiled: family(EDGES, any(), (source, options) => {
    const { params, inputs, size } = problem(source, options);
    const { heads, queries, columns } = options;
    return {
      params: { ...params, ...droppingOf(options) },
      inputs: { ...inputs, step: STEP },
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
    const all = { ...params, ...droppingOf(options) };
    const { y, statistics } = attentionTiled({ ...inputs, mask, step: STEP }, all);
    const dy = source.floats(size * queries);
    const { known } = attentionKnown(
      { y: floats(y), dy, statistics: floats(statistics), mask },
      params,
    );
    return {
      params: all,
      inputs: { ...inputs, known: floats(known), step: STEP, dy },
      lengths: { gradients: size * (queries + 2 * keys) },
    };
  }),
};

/** Every second of the cases drops something. */
function droppingOf({ heads, keys }: Options): Params {
  return dropping((heads + keys) % 2 === 0 ? 0.25 : 0, { seed: 2 ** 40 + 5, stream: 9 });
}

function floats({ value }: Expected): Float32Array {
  return Float32Array.from(value);
}
