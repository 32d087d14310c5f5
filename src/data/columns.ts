/**
 * The columns of a table: what they are called, and which of them are to be learnt.
 *
 * @module
 */
import type { CsvRecords } from "./csv.ts";
import type { TableColumns } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";

/** What is learnt of the targets of an example. */
export type TargetTask = "class" | "regression" | "multi-label";

/** How a table is read. */
export interface TableOptions {
  /** Columns that hold what is to be learnt: their names, or their numbers from 1. The last column by default. */
  readonly target?: readonly string[];
  /**
   * What is learnt of them. By default a class, if there is one such column and it holds names or whole numbers; which of
   * several labels apply, if there are several and all are 0 or 1; else numbers.
   */
  readonly task?: TargetTask;
  /** Whether the first record names the columns. By default it does if no other reading of it makes sense. */
  readonly header?: boolean;
}

/** Fields without quotation marks that say that there is no value. */
export const MISSING: ReadonlySet<string> = new Set([
  "",
  "NA",
  "N/A",
  "NaN",
  "nan",
  "null",
  "NULL",
  "?",
]);

/** Columns that are named where some are missing. */
const NAMED = 10;

/** The name of a column for errors. */
export function columnName({ names }: Pick<TableColumns, "names">, column: number): string {
  return names === undefined ? String(column + 1) : JSON.stringify(names[column]);
}

/** The first of many names. */
export function listOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => JSON.stringify(name)).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} others` : shown;
}

/** The columns of a table, and which of them are targets. */
export function columnsOf(
  first: readonly string[],
  header: boolean,
  { target, task }: TableOptions,
  file: string,
): TableColumns {
  const count = first.length;
  const fail = (why: string): never => {
    throw new DataFormatError(file, { line: 1, offset: 0 }, why);
  };
  const targets = (target ?? [String(count)]).map((wanted) => {
    const named = header && target !== undefined ? first.indexOf(wanted) : -1;
    const place = named >= 0 ? named : /^\d+$/.test(wanted) ? Number(wanted) - 1 : -1;
    if (place >= 0 && place < count) return place;
    const known = header ? `one of ${listOf(first)}, or` : "";
    return fail(
      `there is no column ${JSON.stringify(wanted)}; expected ${known} a number from 1 to ${count}`,
    );
  });
  if (new Set(targets).size < targets.length) {
    fail(`the columns to learn are ${(target ?? []).join(", ")}; expected each of them once`);
  }
  if (targets.length === 0) fail("there is no column to learn; expected at least one");
  if (targets.length >= count) {
    const one = count === 1 ? ", with commas between them" : "";
    fail(
      `the table has ${
        count === 1 ? "1 column" : `${count} columns`
      }, all to be learnt; expected at least one more${one}`,
    );
  }
  if (task === "class" && targets.length > 1) {
    fail(`${targets.length} columns are to be learnt as a class; expected one`);
  }
  return { count, targets, ...(header ? { names: first } : {}) };
}

/** The first record of a table, and whether it names the columns. */
export async function headerOf(
  records: CsvRecords,
  file: string,
  { header, target = [] }: TableOptions,
): Promise<{ readonly header: boolean; readonly first: readonly string[] }> {
  if (!await records.next()) throw noRows(file);
  const first = Array.from({ length: records.count }, (_, i) => records.text(i).trim());
  const isNumber = first.map((_, i) => !Number.isNaN(records.number(i)));
  const fault = (why: string) => new DataFormatError(file, { line: 1, offset: 0 }, why);
  let named = header ?? (isNumber.every((is) => !is) || isCount(first) ||
    target.some((name) => !/^\d+$/.test(name)));
  if (header === undefined && !named && !isNumber.every((is) => is) && await records.next()) {
    // A column of numbers under something else.
    named = first.some((text, i) =>
      !isNumber[i] && !MISSING.has(text) && i < records.count && !Number.isNaN(records.number(i))
    );
  }
  if (!named) return { header: false, first };
  const empty = first.indexOf("");
  if (empty >= 0) {
    throw fault(
      `column ${empty + 1} has no name; expected a name for each ` +
        "(pandas leaves it out for its index: to_csv(index=False))",
    );
  }
  const seen = new Set<string>();
  const twice = first.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return { header: true, first };
  throw fault(`two columns have the name ${JSON.stringify(twice)}; expected different names`);
}

/** Whether fields count from 0 on, as columns without names do in pandas. */
function isCount(fields: readonly string[]): boolean {
  return fields.length > 7 && fields.every((field, i) => field === String(i));
}

/** The error of a table without rows. */
export function noRows(file: string): DataFormatError {
  return new DataFormatError(
    file,
    { line: 1, offset: 0 },
    "there are no rows; expected at least one",
  );
}

/** @throws {DataFormatError} if a record has another number of fields than the first. */
export function requireFields(records: CsvRecords, count: number): void {
  if (records.count === count) return;
  throw records.fault(
    `the record has ${records.count} fields; expected ${count}, as in the first record`,
  );
}
