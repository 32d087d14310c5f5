/**
 * What the kernels of attention are told alike: sizes, who sees whom, and how many elements everything has.
 *
 * @module
 */
import type { Dispatch, Param, Params } from "../../device/kernel.ts";
import { STRETCH_PARAMS, stretches } from "./stretches.ts";

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

/** Elements of a vector: columns that the kernels take together. */
export const VECTOR = 4;

/** Lines of a tile of the WASM kernels: see `wasm/src/kernels/attention_panels.rs`. */
const TILE = 3;

/** Heads of four columns. */
export function unitsOf({ heads, columns }: Params): number {
  return heads * Math.ceil(columns / VECTOR);
}

/** Elements of a number for every query and key of a head: four columns side by side, filled up. */
export function scoresOf(p: Params): number {
  return VECTOR * unitsOf(p) * p.queries * p.keys;
}

/** Queries of a vector pair of the kernels that keep probabilities. */
const EIGHT = 8;

/** `n` rounded up to eights. */
export function eights(n: number): number {
  return EIGHT * Math.ceil(n / EIGHT);
}

/** Elements of the probabilities that are kept: [heads, columns, queries / 8, keys, 8]. */
export function keptOf({ heads, queries, keys, columns }: Params): number {
  return heads * columns * eights(queries) * keys;
}

/** `n` in whole tiles of the WASM kernels. */
export function wholeTiles(n: number): number {
  return TILE * Math.ceil(n / TILE);
}

/** The dispatches of an entry point. */
export function entering(entry: string, dispatches: readonly Dispatch[]): readonly Dispatch[] {
  return dispatches.map((dispatch) => ({ ...dispatch, entry }));
}

/** Bytes of the numbers of queries and keys that WebGPU keeps at a time. */
const CHUNK_BYTES = 2 ** 25;

/** The dispatch parameters of a kernel that takes some queries at a time. */
export const CHUNK_PARAMS: readonly Param[] = [
  ...STRETCH_PARAMS,
  { name: "firstQuery", type: "u32" },
  { name: "someQueries", type: "u32" },
];

/** Queries that are taken at a time. */
export function chunkOf(p: Params): number {
  const bytes = scoresOf({ ...p, queries: 1 }) * 4;
  return Math.min(Math.max(Math.floor(CHUNK_BYTES / bytes), 1), p.queries);
}

/** The dispatches of `dispatches` for some queries at a time, the first ones first. */
export function inChunks(
  p: Params,
  dispatches: (chunk: Params, first: number) => readonly Dispatch[],
): readonly Dispatch[] {
  return stretches(p.queries, chunkOf(p)).flatMap(({ first, some }) =>
    dispatches({ ...p, queries: some }, first).map((dispatch) => ({
      ...dispatch,
      params: {
        firstTerm: 0,
        someTerms: 0,
        ...dispatch.params,
        firstQuery: first,
        someQueries: some,
      },
    }))
  );
}
