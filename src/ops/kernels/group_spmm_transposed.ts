/**
 * Product with the transpose of a matrix of groups: `y = transpose(W) x`, where `W` [rows, inputs] is as in `block_spmm`
 * with `width` 1. No transposed view is needed: the groups are added into `y` in their order, so that the sums are
 * reproducible. `x` is [rows, columns], `y` is [inputs, columns] and written whole: an input without a connection gets 0.
 * `epilogue` as in epilogue.ts; `extra` is the bias [inputs] or the gate [inputs, columns].
 *
 * @module
 */
import {
  COLUMN_TILE,
  type Dispatch,
  type Kernel,
  type Params,
  type Traits,
} from "../../device/kernel.ts";
import { overGroups, overItems, softwareVectors } from "./grid.ts";
import { LOOP_STEPS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `group_spmm_transposed`. */
export const groupSpmmTransposed: Kernel = {
  name: "group_spmm_transposed",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
    { name: "height", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue({
    dispatchParams: [
      { name: "firstColumn", type: "u32" },
      { name: "someColumns", type: "u32" },
      { name: "firstList", type: "u32" },
      { name: "someLists", type: "u32" },
      { name: "ranges", type: "u32" },
    ],
    dispatches,
    // What every slot adds to `y`, some columns at a time; software adds at once.
    scratch: (p, traits) => isGathered(p, traits) ? 4 * p.capacity * columnsAtATime(p) : 16,
  }),
  // A run of columns of a group's rows, the values of four slots, and a run that padding writes to; as
  // `wasm/src/kernels/group_spmm_transposed.rs`.
  scratch: (p) => 4 * (256 * (p.height + 1) + 4 * p.height),
  flops: (p) => 2 * p.capacity * p.height * p.columns,
};

/** Invocations in a workgroup of `ranges`: as many as software runs as one. */
const RANGES_GROUP = 8;

/** Steps of the loops for a list beside its slots: the list itself and the search for where a range begins. */
const SEARCH_STEPS = 32;

/** Slots that an invocation of `partials` computes. */
const PARTIAL_SLOTS = 8;

/** Invocations, so columns, in a workgroup of `gather`, in vectors. */
const GATHER_GROUP = 64;

/** Bytes of scratch memory: as many as any device binds, and as many as one rather takes. */
const PARTIAL_BYTES = { most: 2 ** 27, wanted: 2 ** 26 } as const;

/** Whether slots are computed first and summed up then: on hardware, never timed, if their least share of memory can be bound. */
function isGathered({ capacity }: Params, { software }: Traits): boolean {
  return !software && 4 * capacity * COLUMN_TILE <= PARTIAL_BYTES.most;
}

/** Columns whose partial sums lie in scratch memory at a time. */
function columnsAtATime({ capacity, columns }: Params): number {
  const tiles = Math.floor(PARTIAL_BYTES.wanted / (4 * COLUMN_TILE * Math.max(capacity, 1)));
  return Math.min(COLUMN_TILE * Math.max(tiles, 1), columns);
}

function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  return isGathered(p, traits) ? gathered(p, traits) : ranges(p, traits);
}

/** Lanes along the columns, as few ranges of inputs as keep two cores busy, as many lists at a time as loops may go through. */
function ranges(p: Params, traits: Traits): readonly Dispatch[] {
  // Taller groups hold as many vectors of x in fewer columns: compilers take long for more.
  const vectors = p.height > 16 ? 4 : softwareVectors(p.columns);
  const lanes = p.columns / (4 * vectors);
  const count = Math.max(Math.ceil(2 * RANGES_GROUP / lanes), Math.ceil(4 * p.inputs / LOOP_STEPS));
  const size = Math.ceil(p.inputs / count);
  const constants = { WIDE: p.wide, HEIGHT4: p.height / 4, VECTORS: vectors };
  const grid = overGroups(Math.ceil(lanes * count / RANGES_GROUP), traits);
  const lists = Math.ceil(p.rows / p.height);
  // What remains beside the loops that clear and finish `y`.
  const steps = LOOP_STEPS - 2 * size;
  const atOnce = p.capacity + lists * SEARCH_STEPS <= steps;
  const most = atOnce ? lists : Math.max(Math.floor(steps / (size + SEARCH_STEPS)), 1);
  const all: Dispatch[] = [];
  for (let firstList = 0; firstList < lists; firstList += most) {
    const someLists = Math.min(most, lists - firstList);
    const params = { firstColumn: 0, someColumns: p.columns, firstList, someLists, ranges: count };
    const slots = atOnce ? p.capacity : someLists * size;
    const taken = 2 * (size + 1) + 1 + slots + someLists * SEARCH_STEPS;
    all.push(
      ...grid.map(({ groups }) => ({ entry: "ranges", groups, params, constants, steps: taken })),
    );
  }
  return all;
}

/** Steps of the loops of `gather`: 64 lists at a time are searched, then gone through. */
function gatherSteps(lists: number): number {
  return Math.ceil(lists / GATHER_GROUP) * (1 + SEARCH_STEPS + GATHER_GROUP + 1) + 1;
}

/** Two dispatches for each run of columns. */
function gathered(p: Params, traits: Traits): readonly Dispatch[] {
  const constants = { WIDE: p.wide, HEIGHT4: p.height / 4 };
  const lists = Math.ceil(p.rows / p.height);
  const eights = Math.floor((p.capacity + (PARTIAL_SLOTS - 1) * lists) / PARTIAL_SLOTS);
  const most = columnsAtATime(p);
  const all: Dispatch[] = [];
  for (let firstColumn = 0; firstColumn < p.columns; firstColumn += most) {
    const someColumns = Math.min(most, p.columns - firstColumn);
    const params = { firstColumn, someColumns, firstList: 0, someLists: lists, ranges: 1 };
    const add = (entry: string, steps: number, grid: readonly Dispatch[]) =>
      all.push(...grid.map(({ groups }) => ({ entry, groups, params, constants, steps })));
    add("partials", SEARCH_STEPS + p.height / 4 + 1, overItems(eights * someColumns / 4, traits));
    const gatherers = p.inputs * Math.ceil(someColumns / (4 * GATHER_GROUP));
    add("gather", gatherSteps(lists), overGroups(gatherers, traits));
  }
  return all;
}
