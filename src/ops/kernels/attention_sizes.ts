/**
 * What the kernels of attention are told alike: sizes, who sees whom, and how many elements everything has.
 *
 * @module
 */
import type { Dispatch, Param, Params, Traits } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS, stretches } from "./stretches.ts";

/** Sizes and sight, the parameters that all of them begin with. `offset` keys lie before the first query. */
export const ATTENTION_PARAMS: readonly Param[] = [
  { name: "heads", type: "u32" },
  { name: "depth", type: "u32" },
  { name: "queries", type: "u32" },
  { name: "keys", type: "u32" },
  { name: "columns", type: "u32" },
  { name: "scale", type: "f32" },
  { name: "masked", type: "u32" },
  { name: "causal", type: "u32" },
  { name: "offset", type: "u32" },
];

/** The dispatch parameters of the kernels, which take some queries at a time. */
export const CHUNK_PARAMS: readonly Param[] = [
  ...STRETCH_PARAMS,
  { name: "firstQuery", type: "u32" },
  { name: "someQueries", type: "u32" },
];

/** Queries that lie side by side. */
const EIGHT = 8;

/** Queries that an invocation takes, in a vector. */
const FOUR = 4;

/** Queries and keys of a block of the WASM kernels that keep no probabilities. */
export const BLOCK = 128;

/** Examples that the WASM kernels take together. */
const EXAMPLES = 16;

/** Floats between their panels. */
const APART = 16;

/** Bytes of the numbers of queries and keys that WebGPU keeps at a time. */
const CHUNK_BYTES = 2 ** 25;

/** `n` rounded up to eights. */
export function eights(n: number): number {
  return EIGHT * Math.ceil(n / EIGHT);
}

/** `n` rounded up to fours. */
export function fours(n: number): number {
  return FOUR * Math.ceil(n / FOUR);
}

/** Floats of panels of so many floats in the WASM kernels, for every example that they take: see `wasm/src/kernels/attention_panels.rs`. */
export function panelsOf(...sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + EXAMPLES * (size + APART), 0);
}

/** Elements of the probabilities: [heads, columns, queries / 8, keys, 8]. */
export function keptOf({ heads, queries, keys, columns }: Params): number {
  return heads * columns * eights(queries) * keys;
}

/** Queries that are taken at a time where not all scores are kept. */
export function chunkOf(p: Params): number {
  const bytes = 4 * keptOf({ ...p, queries: EIGHT });
  return Math.min(EIGHT * Math.max(Math.floor(CHUNK_BYTES / bytes), 1), p.queries);
}

/** Invocations of the kernels: vectors of queries of all heads and columns. */
export interface Items {
  /** For every vector. */
  readonly queries: readonly Dispatch[];
  /** For every vector and key. */
  readonly pairs: readonly Dispatch[];
  /** For eight queries and four keys. */
  readonly tiles: readonly Dispatch[];
  /** For every vector and feature. */
  readonly results: readonly Dispatch[];
  /** For every key and feature. */
  readonly keys: readonly Dispatch[];
}

/** The dispatches of an entry point whose loops add `terms` terms. */
export function entering(
  entry: string,
  terms: number,
  dispatches: readonly Dispatch[],
): readonly Dispatch[] {
  return inStretches(terms, { terms: 1 }, dispatches).map((dispatch) => ({ ...dispatch, entry }));
}

/** The dispatches of `dispatches` for at most so many queries at a time, the first ones first. */
export function inChunks(
  p: Params,
  traits: Traits,
  most: number,
  dispatches: (items: Items, chunk: Stretched) => readonly Dispatch[],
): readonly Dispatch[] {
  const { heads, depth, keys, columns } = p;
  return stretches(p.queries, most).flatMap(({ first, some }) => {
    const vectors = heads * columns * eights(some) / FOUR;
    const items = {
      queries: overItems(vectors, traits),
      pairs: overItems(vectors * keys, traits),
      tiles: overItems(vectors / 2 * Math.ceil(keys / FOUR), traits),
      results: overItems(vectors * depth, traits),
      keys: overItems(heads * depth * keys * columns, traits),
    };
    return dispatches(items, { first, vectors: eights(some) / FOUR }).map((dispatch) => ({
      ...dispatch,
      params: { ...dispatch.params, firstQuery: first, someQueries: some },
    }));
  });
}

/** Some queries. */
export interface Stretched {
  /** The first one. */
  readonly first: number;
  /** Vectors that they fill. */
  readonly vectors: number;
}
