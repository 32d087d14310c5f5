/**
 * What a model that was trained knows of examples: their labels and features by its numbers, and no others.
 *
 * Files number what they name anew whenever something is added or called otherwise, so that of these the names count.
 *
 * @module
 */
import { RowBuilder } from "../../data/labels/growing.ts";
import { type FeatureRows, type LabelRows, widened } from "../../data/labels/rows.ts";
import { grouped } from "../grouped.ts";

/** The number of each label, or feature, in the model: of those that it does not know the ones behind its own. */
export type Places = Uint32Array;

/** Labels of examples as a model reads them. */
export interface KnownLabels {
  /** Those that it knows. */
  readonly rows: LabelRows;
  /** All of them, the others behind its own. */
  readonly all: LabelRows;
  /** How many different ones it does not know. */
  readonly unknown: number;
}

/**
 * The number that each name has in a model.
 *
 * @param known What the model calls its own, by their numbers.
 * @param names What they are called now, by their numbers now.
 * @param what They are, for errors: "labels".
 * @returns Nothing where the numbers are the same.
 * @throws {RangeError} if the numbers are others and two have one name, so that names do not tell which is which.
 */
export function placesOf(
  known: readonly string[],
  names: readonly string[],
  what: string,
): Places | undefined {
  const differs = names.findIndex((name, i) => i < known.length && name !== known[i]);
  if (differs < 0) return undefined;
  const same = twiceIn(known) ?? twiceIn(names);
  if (same !== undefined) {
    throw new RangeError(
      `Cannot tell which ${what} are those of the model: number ${differs} is ${
        JSON.stringify(names[differs])
      } and was ${JSON.stringify(known[differs])} in the training, and two are called ${
        JSON.stringify(same)
      }; expected names that differ, or those of the training in their order`,
    );
  }
  const numbers = new Map(known.map((name, i) => [name, i]));
  let behind = known.length;
  return Uint32Array.from(names, (name) => numbers.get(name) ?? behind++);
}

/** The first name that comes twice, if any. */
function twiceIn(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/**
 * The labels of examples that a model knows.
 *
 * @param columns Labels that it has.
 * @param places Their numbers in the model; the same ones by default.
 */
export function knownLabels(rows: LabelRows, columns: number, places?: Places): KnownLabels {
  if (places === undefined && rows.columns <= columns) {
    const same = widened(rows, columns);
    return { rows: same, all: same, unknown: 0 };
  }
  const placeOf = placing(places, columns);
  const [known, all] = [new RowBuilder(false), new RowBuilder(false)];
  const unknown = new Set<number>();
  for (let row = 0; row < rows.rows; row++) {
    for (const label of rows.labels.subarray(rows.offsets[row], rows.offsets[row + 1])) {
      const place = placeOf(label);
      all.add(place);
      if (place < columns) known.add(place);
      else unknown.add(place);
    }
    known.end();
    all.end();
  }
  let most = columns;
  for (let label = 0; label < rows.columns; label++) most = Math.max(most, placeOf(label) + 1);
  return { rows: known.takeLabels(columns), all: all.takeLabels(most), unknown: unknown.size };
}

/**
 * The features of examples that a model knows.
 *
 * @param columns Features that it has.
 * @param places Their numbers in the model; the same ones by default.
 */
export function knownFeatures(
  rows: FeatureRows,
  columns: number,
  places?: Places,
): { readonly rows: FeatureRows; readonly unknown: number } {
  if (places === undefined && rows.columns <= columns) {
    return { rows: widened(rows, columns), unknown: 0 };
  }
  const placeOf = placing(places, columns);
  const known = new RowBuilder(true);
  const unknown = new Set<number>();
  for (let row = 0; row < rows.rows; row++) {
    for (let at = rows.offsets[row]; at < rows.offsets[row + 1]; at++) {
      const place = placeOf(rows.indices[at]);
      if (place < columns) known.add(place, rows.values[at]);
      else unknown.add(place);
    }
    known.end();
  }
  return { rows: known.takeFeatures(columns), unknown: unknown.size };
}

/** The place of each number; of those behind the last that has a name one behind all others. */
function placing(places: Places | undefined, columns: number): (number: number) => number {
  if (places === undefined) return (number) => number;
  const behind = places.reduce((most, place) => Math.max(most, place + 1), columns);
  return (number) => number < places.length ? places[number] : behind + number - places.length;
}

/** What is said of columns of a file that a model does not know; nothing where it knows all. */
export function unknownNotes(
  file: string,
  { labels, features }: { readonly labels: number; readonly features: number },
): string[] {
  const has = (count: number, what: string) =>
    `"${file}" has ${grouped(count)} ${what}${
      count === 1 ? "" : "s"
    } that the model does not know: `;
  return [
    ...labels === 0 ? [] : [`${has(labels, "label")}where they apply they count as not found`],
    ...features === 0 ? [] : [`${has(features, "feature")}left out`],
  ];
}

/** What is said of labels of a model that a file has no more. */
export function goneNote(file: string, gone: readonly string[]): string {
  const [first] = gone;
  const others = gone.length === 1 ? "" : ` and ${grouped(gone.length - 1)} more labels`;
  return `"${file}" no longer has the label ${JSON.stringify(first)}${others} of the model`;
}
