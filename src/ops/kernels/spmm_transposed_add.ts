/**
 * Product with the transpose of a matrix of single connections, added to what is there: `y += transpose(W) x`, where `W`
 * [rows, inputs] is as in `spmm`, `x` is [rows, columns] and `y` is [inputs, columns]. It works without a view by columns: what
 * an input adds is summed up in the order of its rows, then added. For chunks of a layer whose view would be most of its memory.
 *
 * On WebGPU the rows are cut into ranges. An invocation owns a run of columns of what a range adds, which lies in scratch memory;
 * then the ranges are summed up in their order.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import { COLUMN_TILE, LIST_TILE } from "../../device/kernel.ts";
import { overItems, overVectors, stepping } from "./grid.ts";
import { longestList, LOOP_STEPS, stretches } from "./stretches.ts";

/** The kernel `spmm_transposed_add`. */
export const spmmTransposedAdd: Kernel = {
  name: "spmm_transposed_add",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
  ],
  gpu: {
    dispatchParams: [
      { name: "ranges", type: "u32" },
      { name: "firstRow", type: "u32" },
      { name: "someRows", type: "u32" },
      { name: "firstTerm", type: "u32" },
      { name: "someTerms", type: "u32" },
    ],
    scratch: (p, traits) => 4 * rangesOf(p, traits) * p.inputs * p.columns,
    dispatches,
  },
  // A tile of columns, of `x` or of `y`; value and row of each connection, in lists by input, and where those end.
  scratch: ({ rows, inputs, capacity }) =>
    4 * (COLUMN_TILE * Math.max(rows, inputs) + 2 * (capacity + 3 * inputs) + inputs),
  flops: (p) => 2 * p.capacity * p.columns,
};

/** Ranges of rows: as many as keep the cores of software busy, or a graphics processor, in no more memory than one rather takes. */
const RANGES = { software: 4, hardware: 64, bytes: 2 ** 26 } as const;

function rangesOf({ rows, inputs, columns }: Params, { software }: Traits): number {
  const most = Math.floor(RANGES.bytes / (4 * inputs * columns));
  return Math.max(1, Math.min(software ? RANGES.software : RANGES.hardware, most, rows));
}

function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const ranges = rangesOf(p, traits);
  const constants = { WIDE: p.wide };
  const none = { ranges, firstRow: 0, someRows: 0, firstTerm: 0, someTerms: 0 };
  const given = (entry: string, steps: number, grid: readonly Dispatch[], params: Params = none) =>
    stepping(steps, grid, entry).map((dispatch) => ({ ...dispatch, constants, params }));
  const longest = longestList(p.inputs, p.capacity);
  // Of long lists a part at a time, of one row; of others as many rows as loops may go through.
  const rows = Math.max(Math.floor(LOOP_STEPS / (longest + 1)), 1);
  const most = LIST_TILE * Math.floor((LOOP_STEPS - 2) / LIST_TILE);
  const adding = stretches(Math.ceil(p.rows / ranges), rows).flatMap((row) =>
    stretches(longest, most).flatMap((term) =>
      given(
        "main",
        Math.min(row.some, rows) * (Math.min(term.some, most) + 1) + 1,
        overItems(ranges * p.columns / 4, traits),
        {
          ...{ ranges, firstRow: row.first, someRows: row.some },
          ...{ firstTerm: term.first, someTerms: term.some },
        },
      )
    )
  );
  return [
    ...given("clear", 0, overVectors(ranges * p.inputs * p.columns, traits)),
    ...adding,
    ...given("finish", ranges + 1, overVectors(p.inputs * p.columns, traits)),
  ];
}
