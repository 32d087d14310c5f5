/**
 * What a model that was trained knows of examples: their labels and features by its numbers, and no others.
 *
 * @module
 */
import { RowBuilder } from "../../data/labels/growing.ts";
import { type FeatureRows, type LabelRows, widened } from "../../data/labels/rows.ts";
import { grouped } from "../grouped.ts";

/** Rows as a model reads them, and what was left out. */
export interface KnownRows<Rows> {
  /** The rows with as many columns as the model has. */
  readonly rows: Rows;
  /** How many different columns that the model does not have they had. */
  readonly unknown: number;
}

/**
 * The labels of examples that a model knows.
 *
 * @param columns Labels that it has.
 */
export function knownLabels(rows: LabelRows, columns: number): KnownRows<LabelRows> {
  if (rows.columns <= columns) return { rows: widened(rows, columns), unknown: 0 };
  const builder = new RowBuilder(false);
  const unknown = new Set<number>();
  for (let row = 0; row < rows.rows; row++) {
    for (const label of rows.labels.subarray(rows.offsets[row], rows.offsets[row + 1])) {
      if (label < columns) builder.add(label);
      else unknown.add(label);
    }
    builder.end();
  }
  return { rows: builder.takeLabels(columns), unknown: unknown.size };
}

/**
 * The features of examples that a model knows.
 *
 * @param columns Features that it has.
 */
export function knownFeatures(rows: FeatureRows, columns: number): KnownRows<FeatureRows> {
  if (rows.columns <= columns) return { rows: widened(rows, columns), unknown: 0 };
  const builder = new RowBuilder(true);
  const unknown = new Set<number>();
  for (let row = 0; row < rows.rows; row++) {
    for (let at = rows.offsets[row]; at < rows.offsets[row + 1]; at++) {
      if (rows.indices[at] < columns) builder.add(rows.indices[at], rows.values[at]);
      else unknown.add(rows.indices[at]);
    }
    builder.end();
  }
  return { rows: builder.takeFeatures(columns), unknown: unknown.size };
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
