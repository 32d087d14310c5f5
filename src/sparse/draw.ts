/**
 * Patterns drawn at random: what a layer starts from.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";
import { drawAny, drawDistinct, Random } from "../device/random.ts";
import { listsOfColumns, partsOf, refillsAnywhere, shareOf } from "./cells.ts";
import { openDrawing } from "./drawing.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import type { Origin } from "../program/resource.ts";
import { type Pattern, patternOf } from "./pattern.ts";
import { isOfColumns, mayRepeat } from "./lookup.ts";
import type { SparseSpec } from "./spec.ts";

/**
 * A pattern of which every one that the specification allows, all rows live, is equally likely: every list, or every
 * segment, draws its entries without replacement; blocks are drawn from all of the matrix. Where a list may repeat entries every
 * slot draws by itself. Depends on `seed`, `stream` and the shape alone.
 *
 * @throws {RangeError} if the specification does not fit the shape.
 */
export async function randomPattern(
  spec: SparseSpec,
  rows: number,
  inputs: number,
  seed: number,
  stream: number,
): Promise<Pattern> {
  const geometry = geometryOf(spec, rows, inputs);
  if (isWholeLists(geometry)) return await drawWhole(geometry, { seed, stream });
  const random = (element: number) => new Random({ seed, use: "pattern", stream, element });
  return patternOf(drawLists(geometry, random), { spec, rows, inputs });
}

/** Inputs that some rows rather have than others: those of row r are `indices[offsets[r]]` up to `indices[offsets[r + 1]]`. */
export interface PreferredInputs {
  /** Where those of each row begin, and where the last ones end. */
  readonly offsets: Uint32Array;
  /** Inputs, distinct in a row. */
  readonly indices: Uint32Array;
}

/**
 * A pattern of single connections whose rows have the inputs that they prefer. A row that prefers fewer than it has is filled up with
 * random ones. Depends on `seed`, `stream`, the shape and what is preferred alone.
 *
 * @throws {RangeError} if lists are not drawn as a whole, or a row prefers more inputs than it has, or inputs that there are not.
 */
export async function preferredPattern(
  spec: SparseSpec,
  { rows, inputs, offsets, indices }: PreferredInputs & {
    readonly rows: number;
    readonly inputs: number;
  },
  seed: number,
  stream: number,
): Promise<Pattern> {
  const geometry = geometryOf(spec, rows, inputs);
  const { unit: { height, width } } = geometry;
  if (!isWholeLists(geometry) || height * width > 1 || offsets.length !== rows + 1) {
    throw new RangeError(
      `Cannot begin with preferred inputs of ${
        offsets.length - 1
      } rows: expected those of ${rows} rows, and a constant ` +
        "fan-in of single connections",
    );
  }
  const pattern = await randomPattern(spec, rows, inputs, seed, stream);
  const { span, index } = pattern;
  const repeats = mayRepeat(spec);
  for (let row = 0; row < rows; row++) {
    const list = index.subarray(span[2 * row], span[2 * row + 1]);
    const own = indices.subarray(offsets[row], offsets[row + 1]);
    const kept = new Set(own);
    if (own.length > list.length || kept.size < own.length || own.some((i) => i >= inputs)) {
      throw new RangeError(
        `Cannot begin with ${own.length} preferred inputs of row ${row}: expected at most ${list.length} distinct ones below ${inputs}`,
      );
    }
    // What was drawn is sorted: it is taken from a random place on.
    const from = new Random({ seed, use: "pattern", stream, element: 1 + row }).below(list.length);
    const filled = [...own];
    for (let i = 0; filled.length < list.length; i++) {
      const drawn = list[(from + i) % list.length];
      if (repeats || !kept.has(drawn)) filled.push(drawn);
    }
    list.set(Uint32Array.from(filled).sort());
  }
  return pattern;
}

/** Whether lists are drawn one by one, each as a whole. */
function isWholeLists(geometry: Geometry): boolean {
  return !isOfColumns(geometry.spec) && !refillsAnywhere(geometry) &&
    partsOf(geometry).perList === 1;
}

/** Draws lists that are drawn as a whole. */
async function drawWhole(geometry: Geometry, origin: Origin): Promise<Pattern> {
  const { lists, entries, tile, capacity } = geometry;
  const { last: count } = shareOf(geometry, lists);
  const span = new Uint32Array(2 * lists);
  const index = new Uint32Array(capacity);
  const stride = roundUp(count, tile);
  for (let list = 0, begin = 0; list < lists; list++, begin += stride) {
    span[2 * list] = begin;
    span[2 * list + 1] = begin + count;
  }
  if (mayRepeat(geometry.spec)) {
    for (let list = 0; list < lists; list++) {
      const random = new Random({ ...origin, use: "pattern", element: list });
      const [begin, end] = span.subarray(2 * list);
      drawAny(random, entries, index.subarray(begin, end));
    }
  } else {
    const drawing = await openDrawing();
    drawing.lists(origin, { lists, entries, count, stride }, index);
  }
  return { ...geometry, span, index };
}

function drawLists(geometry: Geometry, random: (element: number) => Random): ArrayLike<number>[] {
  const { lists, entries, budget } = geometry;
  const columns = new Map<number, Random>();
  const ofColumns = listsOfColumns(geometry, (entry, _, size, count) => {
    const source = columns.get(entry) ?? random(entry);
    columns.set(entry, source);
    return drawDistinct(source, size, count);
  });
  if (ofColumns !== undefined) return ofColumns;
  if (refillsAnywhere(geometry)) return drawAnywhere(random(0), lists, entries, budget);
  const { perList, segment } = partsOf(geometry);
  const { each, last } = shareOf(geometry, lists);
  return Array.from({ length: lists }, (_, list) => {
    const source = random(list);
    return Array.from({ length: perList }, (_, part) => {
      const first = part * segment;
      const count = part === perList - 1 ? last : each;
      const places = drawDistinct(source, Math.min(segment, entries - first), count);
      return Array.from(places, (place) => first + place);
    }).flat();
  });
}

/** `count` of all positions, by list. */
function drawAnywhere(random: Random, lists: number, entries: number, count: number): number[][] {
  const drawn: number[][] = Array.from({ length: lists }, () => []);
  for (const position of drawDistinct(random, lists * entries, count)) {
    drawn[Math.floor(position / entries)].push(position % entries);
  }
  return drawn;
}
