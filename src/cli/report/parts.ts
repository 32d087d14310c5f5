/**
 * What a report consists of: sections of pictures, tables and texts, before any of it is HTML.
 *
 * @module
 */

/** A table; its first column names what a row is of. */
export interface Table {
  /** Titles of the columns. */
  readonly columns: readonly string[];
  /** Cells, as many in each row as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/** A specification of vega-lite, whose data are in it. */
export type Specification = Readonly<Record<string, unknown>>;

/** A picture, and what it shows in words. */
export interface Picture {
  /** Discriminates the union. */
  readonly kind: "picture";
  /** What it shows. */
  readonly title: string;
  /** How to read it, in a sentence or two. */
  readonly summary: string;
  /** What is drawn. */
  readonly spec: Specification;
  /** The same for those who do not see it. */
  readonly table: Table;
  /** Whether it has thousands of marks, so that it is drawn as pixels. */
  readonly dense?: boolean;
}

/** What could be shown and is not. */
export interface Missing {
  /** Discriminates the union. */
  readonly kind: "missing";
  /** What would be shown. */
  readonly title: string;
  /** Why it is not, and what would have to be done. */
  readonly why: string;
}

/** A table that is shown. */
export interface Facts {
  /** Discriminates the union. */
  readonly kind: "facts";
  /** What it says. */
  readonly title: string;
  /** The table. */
  readonly table: Table;
}

/** A text as it is, behind a title that opens it. */
export interface Verbatim {
  /** Discriminates the union. */
  readonly kind: "verbatim";
  /** What it is. */
  readonly title: string;
  /** The text. */
  readonly text: string;
}

/** A part of a section. */
export type Part = Picture | Missing | Facts | Verbatim;

/** A part of a report with a title. */
export interface Section {
  /** Its title. */
  readonly title: string;
  /** What is in it. */
  readonly parts: readonly Part[];
}

/** Says that something is not shown. */
export function missing(title: string, why: string): Missing {
  return { kind: "missing", title, why };
}
