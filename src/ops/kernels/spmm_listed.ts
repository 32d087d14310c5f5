/**
 * Sparse product with sparse features: `y[r, c] = bias[r] + values[s] weights[p, c]`, summed up over the connections s of row r and
 * the places (p, c) of the token `first + index[s]`, in this order. `W` [rows, inputs] is as in `spmm`; which places a token has,
 * lists of `token_lists` name as `p columns + c`. Of an input that no example has nothing is read but that its list is empty, and
 * nothing is ever dense.
 *
 * On WebGPU an invocation owns an element at first, and then a row.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { BESIDE, longestList, LOOP_STEPS, stretches } from "./stretches.ts";

/** Connections of a row that a dispatch goes through. */
const SLOTS = 20_000;

/** A list is common where it has more places than a part of so many of the columns; as in `wasm/src/kernels/spmm_listed.rs`. */
const COMMON = 8;

/** Column and weight of each place in the order of the lists, and a row of all columns for each list that is common. */
export const LISTED_SCRATCH: (p: Params) => number = ({ positions, columns }) =>
  8 * positions * columns + 4 * columns * COMMON * positions;

/** The sizes of a product with sparse features, and of its gradient. */
export const LISTED_PARAMS = [
  { name: "rows", type: "u32" },
  { name: "inputs", type: "u32" },
  { name: "positions", type: "u32" },
  { name: "columns", type: "u32" },
  { name: "first", type: "u32" },
  { name: "capacity", type: "u32" },
  { name: "wide", type: "u32" },
] as const;

/** As if every connection met one example in eight. */
export const LISTED_FLOPS: (p: Params) => number = ({ capacity, columns }) =>
  2 * capacity * Math.ceil(columns / 8);

/** The kernel `spmm_listed`. */
export const spmmListed: Kernel = {
  name: "spmm_listed",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "start", access: "read", type: "u32" },
    { name: "order", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "bias", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: LISTED_PARAMS,
  gpu: {
    dispatchParams: [
      { name: "firstSlot", type: "u32" },
      { name: "someSlots", type: "u32" },
      { name: "firstTerm", type: "u32" },
      { name: "someTerms", type: "u32" },
    ],
    dispatches,
  },
  scratch: LISTED_SCRATCH,
  flops: LISTED_FLOPS,
};

/** `begin` gives an invocation an element of y; then `main` adds some connections of each row, as far as their places lie in a part of all. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const constants = { WIDE: p.wide };
  const none = { firstSlot: 0, someSlots: 0, firstTerm: 0, someTerms: 0 };
  const begin = stepping(0, overItems(p.rows * p.columns, traits), "begin");
  // A row goes through each place once, and again where it repeats an input, which chance lets few do.
  const terms = stretches(p.positions * p.columns, LOOP_STEPS - SLOTS - BESIDE);
  const adding = stretches(longestList(p.inputs, p.capacity), SLOTS).flatMap((slot) =>
    terms.flatMap((term) =>
      stepping(slot.some + term.some + BESIDE, overItems(p.rows, traits)).map((dispatch) => ({
        ...dispatch,
        params: {
          ...{ firstSlot: slot.first, someSlots: slot.some },
          ...{ firstTerm: term.first, someTerms: term.some },
        },
      }))
    )
  );
  return [...begin, ...adding].map((dispatch) => ({ params: none, ...dispatch, constants }));
}
