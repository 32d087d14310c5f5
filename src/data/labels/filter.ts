/**
 * Filter files: pairs of an example and a label that are not to be predicted, because they are one thing (the page of a product
 * and its own title) or the other way round of a pair to train with. Without them figures of such data are not comparable.
 *
 * @module
 */
import type { DataSource } from "../files.ts";
import { Growing } from "./growing.ts";
import { ByteLines } from "./lines.ts";
import type { LabelRows } from "./rows.ts";
import { headerOf } from "./sparse_text.ts";

/** What the pairs are of. */
export interface FilterShape {
  /** Number of examples. */
  readonly rows: number;
  /** Number of labels. */
  readonly columns: number;
}

/**
 * Reads a filter file: a pair a line, the number of an example and that of a label. Pairs may be in any order; empty lines are
 * left out.
 *
 * @throws {DataFormatError} if a line is no pair, or of an example or a label that there is not.
 * @example
 * ```ts
 * import { bytesSource, readFilter } from "@filigree/filigree/files";
 *
 * const source = bytesSource(new TextEncoder().encode("1 4\n0 2\n"), "filter_labels_test.txt");
 * const { labels, offsets } = await readFilter(source, { rows: 2, columns: 5 });
 * console.assert(labels.join() === "2,4" && offsets.join() === "0,1,2");
 * ```
 */
export async function readFilter(
  source: DataSource,
  { rows, columns }: FilterShape,
): Promise<LabelRows> {
  const examples = new Growing((n) => new Uint32Array(n));
  const labels = new Growing((n) => new Uint32Array(n));
  using lines = await ByteLines.open(source);
  while (await lines.more()) {
    while (lines.next()) {
      const pair = headerOf(lines, 2);
      if (pair === undefined) {
        if (headerOf(lines, 0) !== undefined) continue;
        throw lines.fault(
          `the line is "${lines.text()}"; expected the number of an example and that of a label`,
        );
      }
      const [example, label] = pair;
      if (example >= rows || label >= columns) {
        throw lines.fault(
          `the pair is ${example} and ${label}; expected an example below ${rows} and a label below ${columns}`,
        );
      }
      examples.push(example);
      labels.push(label);
    }
  }
  return rowsOfPairs(examples.take(), labels.take(), { rows, columns });
}

/** Rows out of pairs in any order: counted, put into place, sorted. */
function rowsOfPairs(
  examples: Uint32Array<ArrayBuffer>,
  labels: Uint32Array<ArrayBuffer>,
  { rows, columns }: FilterShape,
): LabelRows {
  const begins = new Uint32Array(rows + 1);
  for (const example of examples) begins[example + 1]++;
  for (let row = 0; row < rows; row++) begins[row + 1] += begins[row];
  const placed = new Uint32Array(labels.length);
  const next = begins.slice();
  examples.forEach((example, i) => placed[next[example]++] = labels[i]);
  const offsets = new Uint32Array(rows + 1);
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    const list = placed.subarray(begins[row], begins[row + 1]).sort();
    // What comes twice is one: what is kept never overtakes what is read.
    list.forEach((label, i) => {
      if (i === 0 || label !== list[i - 1]) placed[kept++] = label;
    });
    offsets[row + 1] = kept;
  }
  return { rows, columns, offsets, labels: placed.slice(0, kept) };
}
