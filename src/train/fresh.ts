/**
 * What becomes of the moments of connections that a rewiring grows, where they are not only 0: see `src/optim/fresh.ts`.
 *
 * A rewiring carries any number of arrays with the connections, and what grows is 0 in all of them. So a mark that is not 0
 * anywhere travels as if it were a moment, and says afterwards what is new, whatever method it was.
 *
 * @module
 */
import { type FreshMoments, OLDEST } from "../optim/fresh.ts";
import type { Moments } from "../optim/moments.ts";
import type { Device } from "../program/device.ts";
import { eachConnection } from "../sparse/convert.ts";
import { areaOf } from "../sparse/geometry.ts";
import type { Pattern } from "../sparse/pattern.ts";
import type { SparseWeight } from "../sparse/weight.ts";

/** Where and when a rewiring is. */
export interface FreshContext {
  /** Where the moments lie. */
  readonly device: Device;
  /** What is kept. */
  readonly moments: Moments;
  /** Step of the rewiring. */
  readonly step: number;
}

/**
 * Marks of a weight's connections before a rewiring, as long as its values: one more than the age of each one's unit, or 1.
 *
 * @returns `undefined` where new moments are 0, or inherited, and nothing else.
 */
export async function marksOf(
  weight: SparseWeight,
  { device, moments, step }: FreshContext,
): Promise<Float32Array | undefined> {
  const fresh = moments.fresh(weight.values);
  if (fresh === undefined || fresh.kind === "inherited") return undefined;
  const { capacity, unit } = weight.geometry;
  const marks = new Float32Array(capacity * areaOf(unit));
  if (fresh.kind === "seeded") return marks.fill(1);
  const { births: { resource, area } } = fresh;
  const words = await device.read(resource);
  const ages = new Uint16Array(words.buffer, words.byteOffset + 4, 2 * (words.length - 1));
  const since = step - words[0];
  for (let slot = 0; slot < capacity; slot++) {
    marks.fill(1 + Math.min(OLDEST, ages[slot] + since), slot * area, (slot + 1) * area);
  }
  return marks;
}

/** What a rewiring made of a weight. */
export interface FreshResult {
  /** Its connections now. */
  readonly pattern: Pattern;
  /** Its moments now, of which those of new connections are changed. */
  readonly moments: readonly Float32Array[];
  /** Its marks now: 0 where something is new. */
  readonly marks: Float32Array;
}

/**
 * Gives new connections the moments that they begin with, and writes ages.
 *
 * @param first The first step that updates what grew: that of the rewiring, or the next one where its batch went into scores.
 */
export function settleFresh(
  weight: SparseWeight,
  { pattern, moments: values, marks }: FreshResult,
  { device, moments }: FreshContext,
  first: number,
): void {
  const fresh = moments.fresh(weight.values);
  if (fresh === undefined || fresh.kind === "inherited") return;
  if (fresh.kind === "seeded") seed(pattern, values[fresh.moment], marks);
  else device.write(fresh.births.resource, agesOf(pattern, marks, fresh, first));
}

/** The ages as the device has them. */
function agesOf(
  { capacity }: Pattern,
  marks: Float32Array,
  { births: { resource, area } }: FreshMoments & { readonly kind: "local" },
  first: number,
): Uint32Array {
  const words = new Uint32Array(resource.length);
  words[0] = first;
  const ages = new Uint16Array(words.buffer, 4);
  for (let slot = 0; slot < capacity; slot++) ages[slot] = Math.max(0, marks[slot * area] - 1);
  return words;
}

/** Puts the mean over what has survived of a row into what is new of it; of a row that has nothing left, the mean of all. */
function seed(pattern: Pattern, moment: Float32Array, marks: Float32Array): void {
  const sum = new Float64Array(pattern.rows);
  const count = new Uint32Array(pattern.rows);
  eachConnection(pattern, (at, row) => {
    if (marks[at] === 0) return;
    sum[row] += moment[at];
    count[row]++;
  });
  const total = sum.reduce((a, b) => a + b, 0);
  const mean = total / Math.max(1, count.reduce((a, b) => a + b, 0));
  eachConnection(pattern, (at, row) => {
    if (marks[at] === 0) moment[at] = count[row] === 0 ? mean : sum[row] / count[row];
  });
}
