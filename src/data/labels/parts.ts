/**
 * What data with many labels are: a part to train with, perhaps one to test with, and what labels are called.
 *
 * @module
 */
import type { LabelledTextRows } from "./json_lines.ts";
import type { Named } from "./names.ts";
import { type FeatureRows, type LabelRows, widened } from "./rows.ts";
import type { TextRows } from "./texts.ts";

/** A part of data with many labels: texts or features, and labels. */
export interface ManyLabelPart {
  /** Their texts, in layouts that have them. */
  readonly texts?: TextRows;
  /** Their features, in layouts that have them. */
  readonly features?: FeatureRows;
  /** Their labels. */
  readonly labels: LabelRows;
  /** Pairs that are not to be predicted. */
  readonly filter?: LabelRows;
}

/** Data with many labels. */
export interface ManyLabelSet {
  /** To train with. */
  readonly train: ManyLabelPart;
  /** To test with. */
  readonly test?: ManyLabelPart;
  /** What labels are called. */
  readonly labelTexts?: TextRows;
  /** What features labels have themselves, a row each. */
  readonly labelFeatures?: FeatureRows;
}

/** Parts with as many features and labels each. */
export function together(parts: readonly ManyLabelPart[], labels = 0): ManyLabelSet {
  const most = (counts: readonly (number | undefined)[]) =>
    counts.reduce((most: number, count = 0) => Math.max(most, count), 0);
  const features = most(parts.map((part) => part.features?.columns));
  const columns = Math.max(labels, most(parts.map((part) => part.labels.columns)));
  const [train, test] = parts.map((part): ManyLabelPart => ({
    ...part,
    ...(part.features === undefined ? {} : { features: widened(part.features, features) }),
    labels: widened(part.labels, columns),
  }));
  return { train, ...(test === undefined ? {} : { test }) };
}

/** A set whose labels have names: both parts have as many labels, those that only one of them has too. */
export function namedSet({ train, test, names }: Named<LabelledTextRows>): ManyLabelSet {
  return {
    ...together([train, ...(test === undefined ? [] : [test])], names.rows),
    labelTexts: names,
  };
}

/** @throws {RangeError} if a file has not as many rows as another one. */
export function requireRows(file: string, rows: number, what: string, expected: number): void {
  if (rows === expected) return;
  throw new RangeError(
    `Cannot read "${file}": it has ${rows} rows; expected ${expected}, as there are ${what}`,
  );
}
