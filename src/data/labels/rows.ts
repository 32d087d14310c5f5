/**
 * Rows of a few numbers each out of many: the labels of examples out of millions, and their features. They are lists, one behind
 * the other in typed arrays (CSR), so that a hundred million numbers are three arrays and not a hundred million objects.
 *
 * @module
 */

/** Which labels apply to each of some examples. */
export interface LabelRows {
  /** Number of examples. */
  readonly rows: number;
  /** Number of labels that there are. */
  readonly columns: number;
  /** `[rows + 1]`: where the list of each example begins; its end is the beginning of the next. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `[offsets[rows]]`: numbers of labels below {@linkcode columns}, ascending and different in a list. */
  readonly labels: Uint32Array<ArrayBuffer>;
}

/** The features of each of some examples that are not 0. */
export interface FeatureRows {
  /** Number of examples. */
  readonly rows: number;
  /** Number of features that there are. */
  readonly columns: number;
  /** `[rows + 1]`: where the list of each example begins; its end is the beginning of the next. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `[offsets[rows]]`: numbers of features below {@linkcode columns}, ascending and different in a list. */
  readonly indices: Uint32Array<ArrayBuffer>;
  /** `[offsets[rows]]`: their values, all of them finite. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Examples as tokens in their order, such as the pieces of texts. */
export interface TokenRows {
  /** Number of examples. */
  readonly rows: number;
  /** Number of tokens that there are. */
  readonly columns: number;
  /** `[rows + 1]`: where the tokens of each example begin; their end is the beginning of the next. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `[offsets[rows]]`: numbers of tokens below {@linkcode columns}. */
  readonly tokens: Uint32Array<ArrayBuffer>;
}

/**
 * How many examples each label applies to.
 *
 * @returns `[columns]`.
 * @example
 * ```ts
 * import { labelCounts } from "@filigree/filigree/files";
 *
 * const train = { rows: 2, columns: 3, offsets: Uint32Array.of(0, 2, 3), labels: Uint32Array.of(0, 2, 2) };
 * console.assert(labelCounts(train).join() === "1,0,2");
 * ```
 */
export function labelCounts({ columns, labels }: LabelRows): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(columns);
  for (const label of labels) counts[label]++;
  return counts;
}

/** The rows of each label, ascending: those of label l lie from `begins[l]` on, up to `begins[l + 1]`. */
export function rowsByLabel(
  labels: LabelRows,
): { readonly begins: Uint32Array; readonly rows: Uint32Array } {
  const begins = new Uint32Array(labels.columns + 1);
  labelCounts(labels).forEach((count, label) => begins[label + 1] = begins[label] + count);
  const next = begins.slice();
  const rows = new Uint32Array(labels.labels.length);
  for (let row = 0; row < labels.rows; row++) {
    for (let i = labels.offsets[row]; i < labels.offsets[row + 1]; i++) {
      rows[next[labels.labels[i]]++] = row;
    }
  }
  return { begins, rows };
}

/** The squared length of a row of features. */
export function squaredLength(
  { offsets, values }: Pick<FeatureRows, "offsets" | "values">,
  row: number,
): number {
  let sum = 0;
  for (let i = offsets[row]; i < offsets[row + 1]; i++) sum += values[i] ** 2;
  return sum;
}

/** What is counted of rows: nothing of it is an error, and all of it changes what figures mean. */
export interface RowCounts {
  /** Number of examples. */
  readonly rows: number;
  /** Examples that have nothing in their list. */
  readonly empty: number;
  /** Columns that are in no list. */
  readonly unused: number;
  /** Length of the longest list. */
  readonly longest: number;
  /** Numbers in all lists. */
  readonly entries: number;
}

/**
 * Counts rows.
 *
 * @example
 * ```ts
 * import { countRows } from "@filigree/filigree/files";
 *
 * const train = { rows: 2, columns: 3, offsets: Uint32Array.of(0, 2, 2), labels: Uint32Array.of(0, 2) };
 * const { empty, unused, longest } = countRows(train);
 * console.assert(empty === 1 && unused === 1 && longest === 2);
 * ```
 */
export function countRows(rows: LabelRows | FeatureRows): RowCounts {
  const { offsets, columns } = rows;
  let empty = 0, longest = 0, unused = 0;
  for (let row = 0; row < rows.rows; row++) {
    const length = offsets[row + 1] - offsets[row];
    if (length === 0) empty++;
    longest = Math.max(longest, length);
  }
  const used = new Uint8Array(columns);
  for (const column of "labels" in rows ? rows.labels : rows.indices) used[column] = 1;
  for (const use of used) unused += 1 - use;
  return { rows: rows.rows, empty, unused, longest, entries: offsets[rows.rows] };
}

/** The length of the longest list; 1 where all are empty. */
export function longestOf({ rows, offsets }: Pick<FeatureRows, "rows" | "offsets">): number {
  let longest = 1;
  for (let row = 0; row < rows; row++) longest = Math.max(longest, offsets[row + 1] - offsets[row]);
  return longest;
}

/**
 * The same rows as some of more columns: what two files that say no number of columns have is that of the larger one.
 *
 * @throws {RangeError} if they have more.
 */
export function widened<Rows extends LabelRows | FeatureRows>(rows: Rows, columns: number): Rows {
  if (columns >= rows.columns) return { ...rows, columns };
  throw new RangeError(
    `Cannot give rows ${columns} columns: they have ${rows.columns}; expected at least that many`,
  );
}
