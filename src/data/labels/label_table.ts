/**
 * Tables of one's own: a text and its labels a record, as spreadsheets and data frames write them.
 *
 * @module
 */
import { listOf, requireFields } from "../columns.ts";
import { CsvRecords } from "../csv.ts";
import { type DataSource, headOf } from "../files.ts";
import type { LabelledTextRows } from "./json_lines.ts";
import { type Named, type NamedFiles, type NamedRows, readNamedParts } from "./names.ts";

/** How a table of texts and labels is read. Columns are called by their names, or by their numbers from 1. */
export interface LabelTableOptions {
  /** The columns of a text, which are put together with blanks. By default `text`, or the only one that has no labels. */
  readonly text?: readonly string[];
  /** The columns of labels. By default `labels` or `label`, or the last one. */
  readonly labels?: readonly string[];
  /** Characters of which each stands between two labels of a cell; `";|"` by default. With `""` a cell is one label. */
  readonly labelSeparator?: string;
  /** What stands between fields: by default a tab if the first line has one, else a comma. */
  readonly fieldSeparator?: string;
  /** Whether the first record says what the columns are called; true by default. */
  readonly header?: boolean;
  /** Whether fields may be in quotation marks; otherwise these are characters as any others. True by default. */
  readonly quotes?: boolean;
}

/** Bytes among which the end of the first line is looked for. */
const HEAD = 1 << 16;

/**
 * Reads tables of texts and labels. Blanks around a label are no part of it; an empty one is none, so that an empty cell is a row
 * without labels. Labels are numbered as by {@linkcode readNamedLabels}.
 *
 * @throws {DataFormatError} if a column is not there, it is not clear which one has the texts, a record has another number of fields
 * than the first, or a file is damaged; names its line.
 * @throws {RangeError} if a separator of fields is none.
 * @example
 * ```ts
 * import { bytesSource, readLabelTable } from "@filigree/filigree/files";
 *
 * const text = 'id,text,tags\n1,"A cat, asleep",pet;cat\n2,A dog,pet\n';
 * const source = bytesSource(new TextEncoder().encode(text), "train.csv");
 * const { train, names } = await readLabelTable({ train: source }, { labels: ["tags"] });
 * console.assert([...names].join() === "cat,pet" && train.labels.labels.join() === "0,1,1");
 * console.assert(train.texts.text(0) === "A cat, asleep");
 * ```
 */
export async function readLabelTable(
  files: NamedFiles,
  options: LabelTableOptions = {},
): Promise<Named<LabelledTextRows>> {
  return await readNamedParts(files, (source, rows) => readRows(source, rows, options));
}

async function readRows(
  source: DataSource,
  rows: NamedRows,
  options: LabelTableOptions,
): Promise<void> {
  const { header = true, labelSeparator = ";|", quotes = true } = options;
  const separator = options.fieldSeparator ?? await separatorOf(source);
  requireSeparator(separator, source.file);
  using reader = await source.open();
  const records = new CsvRecords(reader, source.file, { separator, quotes });
  let any = await records.next();
  if (!any) throw records.fault("the file is empty; expected a text and its labels a line");
  const count = records.count;
  const first = Array.from({ length: count }, (_, i) => header ? records.text(i).trim() : "");
  const columns = columnsOf(records, first, { ...options, separator });
  if (header) any = await records.next();
  for (; any; any = await records.next()) {
    requireFields(records, count);
    for (const column of columns.labels) {
      for (const name of namesIn(records.text(column), labelSeparator)) rows.label(name);
    }
    rows.end(columns.text.map((i) => records.text(i)).filter((text) => text !== "").join(" "));
  }
}

/** What stands between the fields of a file, by its first line. */
async function separatorOf(source: DataSource): Promise<string> {
  const [line] = new TextDecoder().decode(await headOf(source, HEAD)).split("\n", 1);
  return line.includes("\t") ? "\t" : ",";
}

/** Separators of fields that other programs write, by what they are called. */
const SEPARATORS: Readonly<Record<string, string>> = {
  ",": "a comma",
  "\t": "a tab",
  ";": "a semicolon",
  "|": "a bar",
};

function separatorName(separator: string): string {
  return SEPARATORS[separator] ?? JSON.stringify(separator);
}

/** What else may have been meant to stand between the fields of a line that has one alone. */
function insteadOf(field: string, separator: string): string {
  const found = Object.keys(SEPARATORS).find((each) => each !== separator && field.includes(each));
  if (found === undefined) return "";
  const meant = `fieldSeparator ${JSON.stringify(found)}`;
  return ` (the line has ${separatorName(found)}, which stands between fields with ${meant})`;
}

function requireSeparator(separator: string, file: string): void {
  if (/^[^"\r\n\u0080-\uffff]$/.test(separator)) return;
  throw new RangeError(
    `Cannot read "${file}": the separator of fields is ${JSON.stringify(separator)}; ` +
      "expected one character of ASCII, and no quotation mark or line's end",
  );
}

/** Columns of texts and of labels. */
interface Columns {
  readonly text: readonly number[];
  readonly labels: readonly number[];
}

function columnsOf(
  records: CsvRecords,
  first: readonly string[],
  { text, labels, separator }: LabelTableOptions & { readonly separator: string },
): Columns {
  const usual = ["labels", "label"].find((name) => first.includes(name));
  const labelled = (labels ?? (usual === undefined ? [] : [usual]))
    .map((name) => placeOf(records, first, name));
  if (labelled.length === 0) labelled.push(first.length - 1);
  if (text !== undefined) {
    return { text: text.map((name) => placeOf(records, first, name)), labels: labelled };
  }
  const others = first.keys().filter((i) => !labelled.includes(i)).toArray();
  if (others.some((i) => first[i] === "text")) {
    return { text: [placeOf(records, first, "text")], labels: labelled };
  }
  if (others.length === 1) return { text: others, labels: labelled };
  throw records.fault(
    others.length === 0
      ? `there is no column beside those of labels; expected one with a text too, and ${
        separatorName(separator)
      } between fields${insteadOf(records.text(0), separator)}`
      : `${others.length} columns have no labels, and none is called "text"; expected to be told which of ${
        listOf(others.map((i) => first[i] || String(i + 1)))
      } are the text`,
  );
}

/** The place of a column by its name or number. */
function placeOf(records: CsvRecords, first: readonly string[], wanted: string): number {
  const named = first.indexOf(wanted);
  if (named >= 0) {
    if (first.lastIndexOf(wanted) === named) return named;
    throw records.fault(`two columns are called ${JSON.stringify(wanted)}; expected one`);
  }
  const number = /^\d+$/.test(wanted) ? Number(wanted) - 1 : -1;
  if (number >= 0 && number < first.length) return number;
  const known = first.every((name) => name === "") ? "" : `one of ${listOf(first)}, or `;
  throw records.fault(
    `there is no column ${
      JSON.stringify(wanted)
    }; expected ${known}a number from 1 to ${first.length}`,
  );
}

/** The labels of a cell. */
function* namesIn(cell: string, separators: string): Generator<string> {
  let begin = 0;
  for (let at = 0; at <= cell.length; at++) {
    if (at < cell.length && !separators.includes(cell[at])) continue;
    const name = cell.slice(begin, at).trim();
    if (name !== "") yield name;
    begin = at + 1;
  }
}
