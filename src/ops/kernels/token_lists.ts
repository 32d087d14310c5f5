/**
 * Where each token stands: the places of `tokens` [length] sorted by token, and in order of place for each:
 * token t at `order[start[t]]` up to `order[start[t + 1]]`. `start` has a number for each of `vocabulary` tokens and one
 * more. Places of the token `padding`, and of tokens that are not below `vocabulary`, are in no list; as many elements at
 * the end of `order` are 0xffffffff.
 *
 * On WebGPU the places are cut into chunks. A place counts how often its token stands before it in its chunk, and the last
 * one of a token says so for all of them; a sum over the chunks, then one over the tokens, says where each list begins. No
 * atomics: each number has one writer.
 *
 * @module
 */
import type { Kernel, Params } from "../../device/kernel.ts";
import { oneGroup, overItems, stepping } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Invocations that add up the counts of all tokens; as in WGSL. */
const LANES = 256;

/** Places of a chunk: at least so many, and at most as many as a loop goes through. There are not more chunks either. */
const CHUNK = { least: 256, most: 32_768 } as const;

/** Counts in scratch memory: more chunks than fit are made larger. */
const COUNTS = 2 ** 22;

/** Places of a chunk. */
function chunkOf({ vocabulary, length }: Params): number {
  const fitting = Math.max(Math.floor(COUNTS / vocabulary), 1);
  const least = Math.max(CHUNK.least, Math.ceil(length / CHUNK.most));
  return Math.min(Math.max(Math.ceil(length / fitting), least), CHUNK.most);
}

function chunks(p: Params): number {
  return Math.ceil(p.length / chunkOf(p));
}

/** The kernel `token_lists`. */
export const tokenLists: Kernel = {
  name: "token_lists",
  bindings: [
    { name: "tokens", access: "read", type: "u32" },
    { name: "start", access: "write", type: "u32" },
    { name: "order", access: "write", type: "u32" },
  ],
  params: [
    { name: "vocabulary", type: "u32" },
    { name: "length", type: "u32" },
    { name: "padding", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    scratch: (p) => 4 * (p.vocabulary * chunks(p) + p.length),
    dispatches(p, traits) {
      const { vocabulary, length } = p;
      const constants = { CHUNK: chunkOf(p) };
      const count = chunks(p);
      const starts = inStretches(
        vocabulary,
        { terms: LANES, steps: 2, beside: LANES + 3 },
        oneGroup().map((group) => ({ ...group, entry: "starts" })),
      );
      return [
        ...stepping(0, overItems(vocabulary * count, traits), "clear"),
        ...stepping(chunkOf(p) + 1, overItems(length, traits), "rank"),
        ...stepping(count + 1, overItems(vocabulary, traits), "chunk_starts"),
        ...starts,
        ...stepping(0, overItems(length, traits), "main"),
      ].map((dispatch) => ({
        params: { firstTerm: 0, someTerms: 0 },
        ...dispatch,
        constants: { ...dispatch.constants, ...constants },
      }));
    },
  },
};
