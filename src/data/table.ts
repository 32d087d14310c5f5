/**
 * Tables: files of comma-separated values whose rows are examples. A table is read twice, once to find out what it holds
 * and once into memory that is taken for exactly that.
 *
 * @module
 */
import {
  columnName,
  columnsOf,
  headerOf,
  listOf,
  MISSING,
  noRows,
  requireFields,
  type TableOptions,
  type TargetTask,
} from "./columns.ts";
import { CsvRecords } from "./csv.ts";
import { type Dataset, type Examples, featureColumns, type TableColumns } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import type { DataSource } from "./files.ts";

/** Different classes up to which nobody asks whether they are classes. */
const FEW_CLASSES = 20;

/** Rows for each of more classes below which somebody has to say that they are classes: numbers may be quantities. */
const ROWS_OF_A_NAME = 2, ROWS_OF_A_NUMBER = 10;

/** Different classes that nobody has unless they say so. */
const MOST_CLASSES = 1 << 16;

/** What a first look at a table finds. */
interface Survey {
  readonly columns: TableColumns;
  /** Rows, without the header. */
  readonly rows: number;
  /** What the target is, if it is one: every text, with its number. */
  readonly names: ReadonlyMap<string, number>;
  /** Whether every target is a number, a whole one, 0 or 1. */
  readonly numbers: boolean;
  readonly whole: boolean;
  readonly binary: boolean;
}

/**
 * Reads a table of examples and what is to be learnt of them.
 *
 * @throws {DataFormatError} if a record has another number of fields than the first, a value is missing or no number, a column
 * is not there, or it is not clear what is to be learnt; names line and column.
 */
export async function readTable(source: DataSource, options: TableOptions = {}): Promise<Dataset> {
  const survey = await surveyTable(source, options);
  const task = options.task ?? taskOf(survey, source.file);
  const { columns, rows } = survey;
  const chosen = featureColumns(columns);
  const inputs = chosen.length, outputs = columns.targets.length;
  const features = new Float32Array(rows * inputs);
  const examples = { features, examples: rows, inputs, table: columns };
  if (task === "class") {
    const classNames = sortedNames([...survey.names.keys()]);
    const numbers = new Map(classNames.map((name, i) => [name, i]));
    const labels = classNames.length <= 256 ? new Uint8Array(rows) : new Uint32Array(rows);
    await eachRow(source, columns, rows, (records, row) => {
      fillRow(records, columns, chosen, features, row);
      const number = numbers.get(classOf(records, columns));
      if (number === undefined) throw changed(records);
      labels[row] = number;
    });
    return { ...examples, labels, classes: classNames.length, classNames };
  }
  const targets = new Float32Array(rows * outputs);
  const multiLabel = task === "multi-label";
  await eachRow(source, columns, rows, (records, row) => {
    fillRow(records, columns, chosen, features, row);
    fillRow(records, columns, columns.targets, targets, row);
    if (!multiLabel) return;
    const wrong = targets.subarray(row * outputs, (row + 1) * outputs)
      .findIndex((x) => x < 0 || x > 1);
    if (wrong < 0) return;
    throw records.fault(
      `the value is ${JSON.stringify(records.text(columns.targets[wrong]))}; ` +
        "expected a number from 0 (the label does not apply) to 1 (it does)",
      columnName(columns, columns.targets[wrong]),
    );
  });
  return { ...examples, targets, outputs, ...(multiLabel ? { multiLabel } : {}) };
}

/**
 * Reads the features of a table, with or without the columns of what was to be learnt.
 *
 * @param inputs Features of an example.
 * @param table The columns of the table that was trained with; features are found by their names, if they had some, else by
 * their places.
 * @throws {DataFormatError} if there are other columns, or a value is missing or no number.
 */
export async function readTableFeatures(
  source: DataSource,
  inputs: number,
  table: TableColumns = { count: inputs, targets: [] },
): Promise<Examples> {
  const { rows, ...found } = await countRows(source, table);
  const chosen = chosenColumns(found, table, source.file);
  const features = new Float32Array(rows * inputs);
  await eachRow(source, found, rows, (records, row) => {
    fillRow(records, found, chosen, features, row);
  });
  return { features, examples: rows, inputs };
}

/** Rows and columns of a table of features. */
async function countRows(
  source: DataSource,
  trained: TableColumns,
): Promise<TableColumns & { readonly rows: number }> {
  using reader = await source.open();
  const records = new CsvRecords(reader, source.file);
  const { header, first } = await headerOf(records, source.file, {});
  const count = first.length;
  // Where names do not tell, columns are at the places of the training.
  const placed = !header || trained.names === undefined;
  const targets = placed && count === trained.count ? trained.targets : [];
  const columns = { count, targets, ...(header ? { names: first } : {}) };
  let rows = 0;
  using again = await source.open();
  const all = new CsvRecords(again, source.file);
  for (let record = 0; await all.next(); record++) {
    requireFields(all, count);
    if (record > 0 || !header) rows++;
  }
  if (rows === 0) throw noRows(source.file);
  return { ...columns, rows };
}

/** The column of each feature that the training had. */
function chosenColumns(found: TableColumns, trained: TableColumns, file: string): number[] {
  const wanted = featureColumns(trained);
  if (found.names === undefined || trained.names === undefined) {
    const own = featureColumns(found);
    if (own.length === wanted.length) return own;
    const or = wanted.length === trained.count
      ? ""
      : `, or ${trained.count} with what is to be learnt`;
    throw new DataFormatError(
      file,
      { line: 1, offset: 0 },
      `the table has ${found.count} columns; expected ${wanted.length}${or}, as the model was trained`,
    );
  }
  const { names } = trained;
  const places = new Map(found.names.map((name, i) => [name, i]));
  const missing = wanted.map((i) => names[i]).filter((name) => !places.has(name));
  const known = new Set(names);
  const others = found.names.filter((name) => !known.has(name));
  for (const [list, what] of [[missing, "has no"], [others, "has the unknown"]] as const) {
    if (list.length === 0) continue;
    throw new DataFormatError(
      file,
      { line: 1, offset: 0 },
      `the table ${what} column ${listOf(list)}; expected the columns ${
        listOf(wanted.map((i) => names[i]))
      }, as the model was trained`,
    );
  }
  return wanted.map((i) => places.get(names[i]) ?? 0);
}

/** Calls `take` for each row of a table that has been gone through before. */
async function eachRow(
  source: DataSource,
  { names, count }: TableColumns,
  rows: number,
  take: (records: CsvRecords, row: number) => void,
): Promise<void> {
  using reader = await source.open();
  const records = new CsvRecords(reader, source.file);
  if (names !== undefined) await records.next();
  let row = 0;
  for (; await records.next(); row++) {
    requireFields(records, count);
    if (row === rows) break;
    take(records, row);
  }
  if (row === rows && !await records.next()) return;
  throw changed(records);
}

function changed(records: CsvRecords): DataFormatError {
  return records.fault("the file changed while it was read; expected it to stay as it is");
}

/** Writes some fields of a record to a row of numbers. */
function fillRow(
  records: CsvRecords,
  columns: TableColumns,
  chosen: readonly number[],
  into: Float32Array,
  row: number,
): void {
  const first = row * chosen.length;
  for (let i = 0; i < chosen.length; i++) {
    const value = into[first + i] = records.number(chosen[i]);
    if (Number.isFinite(into[first + i])) continue;
    throw numberFault(records, columns, chosen[i], value);
  }
}

function numberFault(
  records: CsvRecords,
  columns: TableColumns,
  column: number,
  value: number,
): DataFormatError {
  const text = records.text(column);
  const is = Number.isNaN(value)
    ? isMissing(records, column, text)
      ? `the value is missing (${JSON.stringify(text)})`
      : `the value is ${JSON.stringify(text)}`
    : `the value ${text} is out of the range of f32`;
  return records.fault(`${is}; expected a number`, columnName(columns, column));
}

function isMissing(records: CsvRecords, column: number, text: string): boolean {
  return !records.quoted(column) && MISSING.has(text.trim());
}

/** The class that a record names: a whole number is the same class with and without a fraction of 0. */
function classOf(records: CsvRecords, columns: TableColumns): string {
  const [column] = columns.targets;
  const text = records.text(column);
  if (isMissing(records, column, text)) throw numberFault(records, columns, column, NaN);
  return text.trim().replace(/^([+-]?\d+)\.0*$/, "$1");
}

/** Names in the order of their numbers, if all are numbers, else of their letters. */
function sortedNames(names: readonly string[]): string[] {
  const numbers = names.every((name) => Number.isFinite(Number(name)));
  return [...names].sort((a, b) =>
    numbers && Number(a) !== Number(b) ? Number(a) - Number(b) : a < b ? -1 : 1
  );
}

/** Goes through a table: how many rows there are, and what the targets are. */
async function surveyTable(source: DataSource, options: TableOptions): Promise<Survey> {
  const { header, first } = await (async () => {
    using reader = await source.open();
    return await headerOf(new CsvRecords(reader, source.file), source.file, options);
  })();
  const columns = columnsOf(first, header, options, source.file);
  const { targets, count } = columns;
  const { task } = options;
  let collecting = targets.length === 1 && (task === undefined || task === "class");
  const names = new Map<string, number>();
  let rows = 0, numbers = true, whole = true, binary = true;
  using reader = await source.open();
  const records = new CsvRecords(reader, source.file);
  for (let record = 0; await records.next(); record++) {
    requireFields(records, count);
    if (record === 0 && header) continue;
    rows++;
    for (const column of targets) {
      const value = records.number(column);
      numbers &&= !Number.isNaN(value);
      whole &&= Number.isInteger(value);
      binary &&= value === 0 || value === 1;
    }
    // Numbers are not collected, and no more texts than classes can be without being asked for.
    collecting &&= task === "class" || (!numbers || whole) && names.size <= MOST_CLASSES;
    if (!collecting) continue;
    const name = classOf(records, columns);
    if (!names.has(name)) names.set(name, names.size);
  }
  if (rows === 0) throw noRows(source.file);
  return { columns, rows, names, numbers, whole, binary };
}

/** What is learnt where nobody says it. */
function taskOf(
  { columns, rows, names, numbers, whole, binary }: Survey,
  file: string,
): TargetTask {
  if (columns.targets.length > 1) return binary ? "multi-label" : "regression";
  if (numbers && !whole) return "regression";
  const least = numbers ? ROWS_OF_A_NUMBER : ROWS_OF_A_NAME;
  const few = names.size <= FEW_CLASSES || least * names.size <= rows;
  if (few && names.size <= MOST_CLASSES) return "class";
  const column = columnName(columns, columns.targets[0]);
  throw new DataFormatError(
    file,
    { line: 1, column, offset: 0 },
    `the ${rows} rows have ${names.size} different values or more, ` +
      `${numbers ? "all whole numbers" : "not all of them numbers"}; expected a task that says ` +
      "what they are: class or regression",
  );
}
