/**
 * What a sweep found, as Markdown, CSV and plots: a row for each setting, means over its seeds.
 *
 * @module
 */
import { grouped } from "../grouped.ts";
import { mainOf, type Measure, measuresBeside } from "../measures.ts";
import { plot, type PlotOptions, type PlotPoint } from "../plot.ts";
import type { Sweep, SweepRun } from "./plan.ts";
import type { RunResult } from "../result.ts";

/** What varies over runs, and what they are called together. */
export type Varied = Pick<Sweep, "name" | "keys">;

/** The results of one setting. */
export interface Row {
  /** Value of each key, as text. */
  readonly values: readonly string[];
  /** One result for each seed that came to its end. */
  readonly results: readonly RunResult[];
}

/** A column of results: how it is taken from one, and how a mean is written. */
interface Column {
  readonly title: string;
  of(result: RunResult): number;
  write(mean: number): string;
}

const COLUMNS: readonly Column[] = [
  { title: "ms a step", of: (r) => r.stepMs, write: (mean) => mean.toFixed(2) },
  { title: "seconds", of: (r) => r.seconds, write: (mean) => mean.toFixed(1) },
  {
    title: "device bytes",
    of: (r) => r.bytes,
    write: (mean) => grouped(mean),
  },
];

/** The rows of a sweep, in the order of its runs. */
export function rowsOf(
  { keys }: Pick<Varied, "keys">,
  found: readonly { readonly run: Pick<SweepRun, "varied">; readonly result?: RunResult }[],
): Row[] {
  const rows = new Map<string, { values: string[]; results: RunResult[] }>();
  for (const { run, result } of found) {
    const values = keys.map((key) => textOf(run.varied.get(key)));
    const id = values.join("\n");
    const row = rows.get(id) ?? { values, results: [] };
    if (result !== undefined) row.results.push(result);
    rows.set(id, row);
  }
  return [...rows.values()];
}

/** What stands for the results of a sweep: the same for all of them, or else the loss. */
export function measureOf(rows: readonly Row[]): Measure {
  const all = rows.flatMap(({ results }) => results.map(({ test }) => mainOf(test)));
  const [first = mainOf({ loss: 0, accuracy: 0 })] = all;
  return all.every(({ name }) => name === first.name) ? first : mainOf({ loss: 0 });
}

/** The name of a measure with its unit. */
function titleOf({ title, unit }: Measure): string {
  return unit === "" ? title : `${title}, ${unit}`;
}

/** Titles and lines of a table: mean and standard deviation of what the task measures, means of the rest. */
export function cellsOf(
  { keys }: Pick<Varied, "keys">,
  rows: readonly Row[],
): { readonly titles: readonly string[]; readonly lines: readonly (readonly string[])[] } {
  const measured = measuresBeside(measureOf(rows)).map((measure): Column => ({
    ...{ title: titleOf(measure), write: measure.write },
    of: ({ test }) => measure.of(test),
  }));
  const columns = [...measured, ...COLUMNS];
  const titles = [...keys, ...columns.map(({ title }) => title), "seeds"];
  const lines = rows.map(({ values, results }) => {
    const cells = columns.map(({ of, write }, i) => {
      if (results.length === 0) return "";
      const { mean, deviation } = spread(results.map(of));
      return i < measured.length ? `${write(mean)} +- ${write(deviation)}` : write(mean);
    });
    return [...values, ...cells, String(results.length)];
  });
  return { titles, lines };
}

/** The table of {@linkcode cellsOf} in Markdown. */
export function markdownTable(varied: Pick<Varied, "keys">, rows: readonly Row[]): string {
  const { titles, lines } = cellsOf(varied, rows);
  return markdownText(titles, lines, varied.keys.length);
}

/** Cells as a table in Markdown, of which the first `words` columns are words and the rest numbers. */
export function markdownText(
  titles: readonly string[],
  lines: readonly (readonly string[])[],
  words: number,
): string {
  const rule = titles.map((_, i) => i < words ? "---" : "---:");
  return [titles, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n") + "\n";
}

/** A row as an object: the value of each key, and means over the seeds; without means where every seed failed. */
export function meansOf(
  { keys }: Sweep,
  { values, results }: Row,
  { name }: Measure,
): Record<string, unknown> {
  const setting = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  if (results.length === 0) return { ...setting, seeds: 0 };
  const mean = (of: (result: RunResult) => number): number => spread(results.map(of)).mean;
  const main = spread(results.map(({ test }) => test[name]));
  return {
    ...setting,
    seeds: results.length,
    [name]: main.mean,
    [`${name}Deviation`]: main.deviation,
    loss: mean((result) => result.loss),
    stepMs: mean((result) => result.stepMs),
    seconds: mean((result) => result.seconds),
    bytes: mean((result) => result.bytes),
  };
}

/** A table of comma-separated values, a line for each setting. */
export function csvTable({ keys }: Sweep, rows: readonly Row[]): string {
  const { name } = measureOf(rows);
  const titles = [
    ...keys,
    "seeds",
    name,
    `${name}Deviation`,
    "loss",
    "stepMs",
    "seconds",
    "bytes",
  ];
  const lines = rows.map(({ values, results }) => {
    const of = (take: (result: RunResult) => number) => spread(results.map(take));
    const main = of((r) => r.test[name]);
    const rest = [(r: RunResult) => r.loss, (r: RunResult) => r.stepMs]
      .concat([(r) => r.seconds, (r) => r.bytes]).map((take) => of(take).mean);
    return [...values, ...[results.length, main.mean, main.deviation, ...rest].map(String)];
  });
  return csvText(titles, lines);
}

/** Cells as comma-separated values. */
export function csvText(
  titles: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  return [titles, ...lines].map((cells) => cells.map(quote).join(",")).join("\n") + "\n";
}

/** What a plot has along its horizontal axis. */
interface Axis {
  readonly label: string;
  readonly log?: boolean;
  /** Whether runs that differ in a key alone are points of one line. */
  joins(key: string): boolean;
  /** Whether points say the value of a key. */
  says?(key: string): boolean;
  of(row: Row): number;
}

/**
 * The first key whose values are numbers; where no key is numeric the operations of the training, if every run counts them, or
 * else the time of a step.
 */
function axisOf({ keys }: Pick<Varied, "keys">, rows: readonly Row[]): Axis {
  const at = keys.findIndex((_, i) =>
    new Set(rows.map(({ values }) => values[i])).size > 1 &&
    rows.every(({ values }) => values[i] !== "" && Number.isFinite(Number(values[i])))
  );
  if (at >= 0) {
    const joins = (key: string) => key === keys[at];
    return { label: keys[at], joins, of: ({ values }) => Number(values[at]) };
  }
  const mean = (of: (result: RunResult) => number) => ({ results }: Row) =>
    spread(results.map(of)).mean;
  const counted = rows.every(({ results }) =>
    results.every(({ trainingFlops }) => trainingFlops !== undefined)
  );
  // Patterns of one size and one length are points of a line too, which say what they are.
  const says = (key: string) => key === "pattern.name" && !keys.some((other) => SIZES.test(other));
  return counted
    ? {
      ...{ label: "FLOPs of training", log: true, says },
      joins: (key) => SIZES.test(key) || says(key),
      of: mean((r) => r.trainingFlops ?? 0),
    }
    : { label: "milliseconds a step", joins: () => false, of: mean((r) => r.stepMs) };
}

/** Keys by which a network or its training grows: over operations, runs that differ in them alone are points of one line. */
const SIZES = /^(model\..*|pattern\.sparsity|train\.epochs)$/;

/**
 * A plot of the main measure over what {@linkcode axisOf} says, a series for each combination of the other keys. Over operations
 * of the training, those of {@linkcode SIZES} are not among them, nor are patterns where no size varies: points say them.
 */
export async function measurePlot(sweep: Varied, rows: readonly Row[]): Promise<string> {
  return await plot(measurePlotOf(sweep, rows));
}

/** The plot of {@linkcode measurePlot} before it is drawn. */
export function measurePlotOf(sweep: Varied, rows: readonly Row[]): PlotOptions {
  const measure = measureOf(rows);
  const finished = rows.filter(({ results }) => results.length > 0);
  const { joins, says = () => false, of, ...axis } = axisOf(sweep, finished);
  const series = new Map<string, PlotPoint[]>();
  for (const row of finished) {
    const values = row.values.map((value, i) => ({ value, key: sweep.keys[i] }))
      .filter(({ value }) => value !== "");
    const text = (some: typeof values) => some.map(({ value }) => value).join(" ");
    const label = text(values.filter(({ key }) => says(key)));
    // What varies in nothing else, such as a dense network, is called by what it says.
    const name = text(values.filter(({ key }) => !joins(key))) || label;
    const y = spread(row.results.map(({ test }) => measure.of(test))).mean;
    const x = of(row);
    series.set(name, [
      ...series.get(name) ?? [],
      { x, y, ...(label === "" || label === name ? {} : { label }) },
    ]);
  }
  return {
    title: sweep.name,
    subtitle: `test ${measure.title}, mean over the seeds`,
    x: axis,
    y: { label: `test ${titleOf(measure)}` },
    series: [...series].map(([name, points]) => ({
      name,
      points: points.toSorted((a, b) => a.x - b.x),
    })),
  };
}

/** Mean and standard deviation (of a sample; 0 for one). */
export function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/** A value of a key as tables have it. */
export function textOf(value: unknown): string {
  if (value === undefined) return "";
  return Array.isArray(value) ? value.join(" ") : String(value);
}

function quote(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
