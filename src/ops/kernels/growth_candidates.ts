/**
 * Growth candidates: for every list and every segment of `segment` entries that it could have (the last one may be shorter),
 * the `count` inactive entries of largest score, ties to the lower entry, written in ascending order as (`input`, `score`);
 * where there are fewer the rest is 0xffffffff with score 0.
 *
 * A list belongs to `height` rows and an entry names `width` inputs: connections (1 x 1), group slots (`height` x 1) or
 * blocks (`height` x `width`). The score is the `norm` (see {@linkcode NORM}) of the gradients `dy[r] . x[c]` of the unit's
 * connections, those inside the matrix. `segment` is the number of columns of units, except in an N:M matrix, where it is M.
 * An inactive entry is one that is not in the list; a zero gradient is a candidate like any other. The dense gradient is
 * computed in tiles and never stored whole. `dy` is [rows, columns], `x` is [inputs, columns], `input` and `score` are
 * [ceil(rows / height), ceil(ceil(inputs / width) / segment), count].
 *
 * @module
 */
import {
  type Dispatch,
  type Kernel,
  type Params,
  roundUp,
  type Traits,
} from "../../device/kernel.ts";
import { overGroups, overItems, stepping } from "./grid.ts";
import { panelBytes } from "./panel.ts";
import { inStretches, longestList, LOOP_STEPS, STRETCH_PARAMS, stretches } from "./stretches.ts";

/** The kernel `growth_candidates`. */
export const growthCandidates: Kernel = {
  name: "growth_candidates",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "input", access: "write", type: "u32" },
    { name: "score", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "count", type: "u32" },
    { name: "height", type: "u32" },
    { name: "width", type: "u32" },
    { name: "segment", type: "u32" },
    { name: "norm", type: "u32" },
  ],
  gpu: {
    dispatchParams: [
      { name: "firstList", type: "u32" },
      { name: "blockLists", type: "u32" },
      ...STRETCH_PARAMS,
    ],
    dispatches,
    scratch: searchScratch,
  },
  scratch: growthScratch,
  flops: (p) => 2 * p.rows * p.inputs * p.columns,
};

/** Scores of some rows of units, the list of candidates, packed panels; as `wasm/src/kernels/growth_candidates.rs`. */
export function growthScratch({ inputs, columns, count, height, width }: Params): number {
  const stride = roundUp(inputs, Math.max(width, 4));
  const fitting = Math.min(Math.max(4 * Math.floor(131072 / roundUp(inputs, 4) / 4), 8), 128);
  const rows = Math.max(Math.floor(fitting / height), 1) * height;
  const room = count + Math.max(count, 64);
  return 4 * rows * stride + 16 * room + panelBytes(rows, inputs, columns);
}

/** Rows and inputs of the gradient that an invocation holds at a time. */
const GPU_TILE = 16;

/** Scores in scratch memory at a time on WebGPU, where a list has not more than a sixteenth of them. */
const GPU_BLOCK = 131072;

/** Invocations that strike out the active entries of a list: the fewest, and most entries of one. */
const MARKERS = { fewest: 16, entries: 50_000 } as const;

/** Most entries of a segment from which an invocation chooses alone on hardware; never timed. */
const SHORT_SEGMENT = 64;

/** How often an invocation that chooses alone goes through its segment. */
const PASSES = 10;

/** Steps of the loops of an invocation that chooses alone. */
function aloneSteps({ segment, count }: Params): number {
  return PASSES * (segment + 1) + count + 10;
}

/**
 * Steps of those that choose together: six loops go through the entries of an invocation, eight at a time; the rest are
 * digits, their bins, and sums of counts.
 */
function chooseSteps({ segment, count }: Params): number {
  return 6 * (Math.ceil(segment / 512) + 2) + Math.ceil(count / 64) + 5 + 4 * 70 + 3 * 65;
}

/** Bytes of scratch memory that {@linkcode searchDispatches} share. */
export function searchScratch(p: Params): number {
  return 4 * searchLists(p) * Math.ceil(p.inputs / p.width);
}

/** Lists whose scores lie in scratch memory at a time on WebGPU. */
export function searchLists({ rows, inputs, height, width }: Params): number {
  const fitting = GPU_TILE * Math.floor(GPU_BLOCK / Math.ceil(inputs / width) / GPU_TILE);
  const lists = Math.ceil(rows / height);
  return Math.min(Math.max(fitting, GPU_TILE), 8 * GPU_TILE, roundUp(lists, GPU_TILE));
}

/**
 * The block's scores, over tiles of its rows and inputs. The gradients of connections are added in stretches; units take
 * theirs at once, tile by tile, because it is norms that scratch memory holds.
 */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const constants = { HEIGHT: p.height, WIDTH: p.width };
  const tileRows = Math.max(GPU_TILE, p.height);
  const tilesAcross = Math.ceil(p.inputs / Math.max(GPU_TILE, p.width));
  const common = { constants, params: { firstTerm: 0, someTerms: p.columns } };
  const tilesOfUnit = (tileRows / GPU_TILE) * (Math.max(GPU_TILE, p.width) / GPU_TILE);
  return searchDispatches(p, traits, common, (block) => {
    const tiles = tilesAcross * Math.ceil(block.blockLists * p.height / tileRows);
    const grid = overItems(tiles, traits).map((dispatch) => ({ ...dispatch, entry: "scores" }));
    const params = { ...common.params, ...block };
    if (p.height > 1) {
      const steps = tilesOfUnit * (p.columns / 4 + 3) + 2;
      return stepping(steps, grid).map((dispatch) => ({ ...dispatch, params }));
    }
    return inStretches(p.columns, { terms: 4 }, grid)
      .map((dispatch) => ({ ...dispatch, params: { ...params, ...dispatch.params } }));
  });
}

/**
 * The dispatches of a search: for every block of lists its scores, then the entry points of `shared/candidates.wgsl`; each
 * reads what the one before wrote. A block has a multiple of 16 lists but for the last one.
 *
 * @param common What all dispatches have.
 * @param scores Dispatches of the entry points that make the scores of a block, with the parameters `firstList` and `blockLists`.
 */
export function searchDispatches(
  p: Params,
  traits: Traits,
  common: Pick<Dispatch, "constants" | "params">,
  scores: (block: Params) => readonly Dispatch[],
): readonly Dispatch[] {
  const lists = Math.ceil(p.rows / p.height);
  const segments = Math.ceil(Math.ceil(p.inputs / p.width) / p.segment);
  const longest = longestList(Math.ceil(p.inputs / p.width), Infinity);
  const markers = MARKERS.fewest * Math.ceil(longest / (MARKERS.fewest * MARKERS.entries));
  const alone = traits.software ? aloneSteps(p) <= LOOP_STEPS : p.segment <= SHORT_SEGMENT;
  return stretches(lists, searchLists(p)).flatMap(({ first, some }) => {
    const params = { ...common.params, firstList: first, blockLists: some };
    const add = (grid: readonly Dispatch[], own: Params = {}) =>
      grid.map((dispatch) => ({
        params,
        ...dispatch,
        constants: { ...common.constants, ...dispatch.constants, ...own },
      }));
    return [
      ...add(scores(params)),
      ...add(stepping(longest / markers + 1, overItems(markers * some, traits), "mark"), {
        WIDE: p.wide,
        MARKERS: markers,
      }),
      ...alone
        ? add(stepping(aloneSteps(p), overItems(some * segments, traits), "choose_alone"))
        : add(stepping(chooseSteps(p), overGroups(some * segments, traits), "choose")),
    ];
  });
}
