/**
 * Sets rows aside to test with by what is in them: a row lies on one side whatever other rows there are and in whatever order, and
 * two rows of one text lie on the same.
 *
 * @module
 */
import { Random } from "../../device/random.ts";
import { featuresAt, labelsAt, textsAt } from "./chosen.ts";
import type { ManyLabelPart, ManyLabelSet } from "./parts.ts";

/** Options of {@linkcode splitManyLabels}. */
export interface ManyLabelSplit {
  /** The share of the rows that is set aside, about: in (0, 1). */
  readonly share: number;
  /** Decides which ones; 0 by default. */
  readonly seed?: number;
}

/** The stream of random numbers that sets rows of many labels aside; orders of epochs have stream 0, other splits 1. */
const STREAM = 2;

/**
 * Sets a share of the rows to train with aside, as `test`, by a hash of their text, or of their features where there are none.
 * Both parts keep their order, and labels their numbers.
 *
 * @throws {RangeError} if the share is not in (0, 1), no two rows differ, or there are rows to test with already.
 * @example
 * ```ts
 * import { splitManyLabels, TextRows } from "@filigree/filigree/files";
 *
 * const texts = TextRows.of(Array.from({ length: 100 }, (_, i) => `text ${i}`));
 * const labels = { rows: 100, columns: 1, offsets: new Uint32Array(101), labels: new Uint32Array(0) };
 * const { train, test } = splitManyLabels({ train: { texts, labels } }, { share: 0.2 });
 * console.assert(train.labels.rows + test.labels.rows === 100 && test.texts?.rows === test.labels.rows);
 * ```
 */
export function splitManyLabels(
  set: ManyLabelSet,
  { share, seed = 0 }: ManyLabelSplit,
): ManyLabelSet & { readonly test: ManyLabelPart } {
  const { train, test, ...others } = set;
  const { rows } = train.labels;
  const fail = (why: string): never => {
    throw new RangeError(`Cannot set ${share} of ${rows} rows aside: ${why}`);
  };
  if (test !== undefined) fail("there are rows to test with; expected none");
  if (!(share > 0 && share < 1)) fail("expected a share in (0, 1)");
  if (rows < 2) fail("expected two rows at least");
  const draws = Float64Array.from(
    { length: rows },
    (_, row) =>
      new Random({ seed, use: "order", stream: STREAM, element: hashOf(train, row) }).uniform(),
  );
  const least = draws.reduce((a, b) => Math.min(a, b), Infinity);
  const most = draws.reduce((a, b) => Math.max(a, b), 0);
  if (!(least < most)) fail("they are all the same; expected at least two that differ");
  // Of few rows one goes to either side, whatever the share.
  const isAside = (draw: number) => draw === least || (draw < share && draw < most);
  const rowsOf = (aside: boolean): Uint32Array<ArrayBuffer> =>
    Uint32Array.from(draws.keys().filter((row) => isAside(draws[row]) === aside));
  const [rest, aside] = [rowsOf(false), rowsOf(true)];
  return { ...others, train: chosen(train, rest), test: chosen(train, aside) };
}

/** FNV-1a of what is in a row, 32 bits: the generator makes them even. */
function hashOf({ texts, features }: ManyLabelPart, row: number): number {
  let hash = 0x811c9dc5;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  if (texts !== undefined) {
    for (let i = texts.offsets[row]; i < texts.offsets[row + 1]; i++) add(texts.bytes[i]);
  } else if (features !== undefined) {
    const bits = new Uint32Array(
      features.values.buffer,
      features.values.byteOffset,
      features.values.length,
    );
    for (let i = features.offsets[row]; i < features.offsets[row + 1]; i++) {
      for (const word of [features.indices[i], bits[i]]) {
        for (let shift = 0; shift < 32; shift += 8) add((word >>> shift) & 255);
      }
    }
  }
  return hash >>> 0;
}

/** Some rows of a part. */
function chosen(
  { texts, features, labels, filter }: ManyLabelPart,
  rows: Uint32Array,
): ManyLabelPart {
  return {
    ...(texts === undefined ? {} : { texts: textsAt(texts, rows) }),
    ...(features === undefined ? {} : { features: featuresAt(features, rows) }),
    labels: labelsAt(labels, rows),
    ...(filter === undefined ? {} : { filter: labelsAt(filter, rows) }),
  };
}
