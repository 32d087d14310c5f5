/**
 * What a report shows of several runs side by side.
 *
 * @module
 */
import { measureOf } from "../measures.ts";
import { plotSpecification } from "../plot.ts";
import { OF_LENGTH } from "../run_length.ts";
import {
  cellsOf,
  measureOf as measureOfRows,
  measurePlotOf,
  type Row,
  rowsOf,
  type Varied,
} from "../sweep/table.ts";
import { shortly } from "./charts.ts";
import { plannedLayers } from "./connections.ts";
import { missing, type Part, type Section } from "./parts.ts";
import type { Reported, ReportedRun } from "./read.ts";
import { standOf, valueText } from "./run.ts";
import {
  layerLinesOf,
  layerSeries,
  measuredOver,
  numbersOver,
  partOver,
  type Point,
  type Series,
} from "./series.ts";
import { linesOr, testText } from "./training.ts";

/** Keys that make no other setting of a run: seeds are counted, names and places change nothing. */
const NO_SETTING = /^run\.(seed|name|out)$/;

/** Longest text of a setting in a legend, in letters. */
const LONGEST_SETTING = 48;

/** Most runs with a line of their own; of more, the first ones have. */
const MOST_LINES = 40;

/** The sections of a comparison, in their order. */
export function comparisonOf({ name, runs }: Reported): Section[] {
  const keys = variedKeys(runs);
  const varied: Varied = { name, keys };
  const found = runs.map((run) => {
    const values = keys.map((key) => [key, run.config.get(key)] as const);
    return { run: { varied: new Map(values) }, ...(run.result && { result: run.result }) };
  });
  const rows = rowsOf(varied, found);
  return [
    { title: "Results", parts: resultsOf(varied, rows, runs) },
    { title: "Runs side by side", parts: linesOf(runs, keys) },
  ];
}

/** Keys of the configuration in which runs differ, in their order, but for those that only follow others. */
function variedKeys(runs: readonly ReportedRun[]): string[] {
  const keys = [...new Set(runs.flatMap(({ config }) => [...config.keys()]))].filter((key) =>
    !NO_SETTING.test(key) && valuesOf(runs, [key]).size > 1
  );
  const free = keys.filter((key) => !OF_LENGTH.includes(key));
  const settings = valuesOf(runs, free).size;
  return keys.filter((key) => free.includes(key) || valuesOf(runs, [...free, key]).size > settings);
}

/** The combinations of values of some keys. */
function valuesOf(runs: readonly ReportedRun[], keys: readonly string[]): Set<string> {
  return new Set(runs.map(({ config }) => JSON.stringify(keys.map((key) => config.get(key)))));
}

function resultsOf(varied: Varied, rows: readonly Row[], runs: readonly ReportedRun[]): Part[] {
  const { titles, lines } = cellsOf(varied, rows);
  const settings = varied.keys.length === 0
    ? { columns: ["setting", ...titles], rows: lines.map((line) => ["all runs", ...line]) }
    : { columns: titles, rows: lines };
  return [
    { kind: "facts", title: "Settings, means over their seeds", table: settings },
    measurePart(varied, rows),
    {
      ...{ kind: "facts", title: "Runs" },
      table: {
        columns: ["run", "seed", "stand", "test", "training loss", "seconds"],
        rows: runs.map((run) => {
          const { name, config, result } = run;
          const seed = config.get("run.seed");
          const ended = result === undefined
            ? ["", "", ""]
            : [testText(result.test), shortly(result.loss), shortly(result.seconds)];
          return [name, seed === undefined ? "" : valueText(seed), standOf(run), ...ended];
        }),
      },
    },
  ];
}

/** The plot of a sweep, of these runs. */
function measurePart(varied: Varied, rows: readonly Row[]): Part {
  const { title: measured } = measureOfRows(rows);
  const title = `Test ${measured} of each setting`;
  const ended = rows.filter(({ results }) => results.length > 0);
  if (ended.length === 0) return missing(title, "No run has come to its end yet.");
  const options = measurePlotOf(varied, ended);
  const { title: _, padding: __, background: ___, ...spec } = plotSpecification(options);
  const { x, y, series } = options;
  return {
    ...{ kind: "picture", title },
    summary:
      "Means over the seeds of a setting, a line for each combination of what varies otherwise.",
    spec: { ...spec, width: "container", height: 300 },
    table: {
      columns: ["setting", x.label, y.label],
      rows: series.flatMap(({ name, points }) =>
        points.map((
          point,
        ) => [
          [name, point.label ?? ""].join(" ").trim() || "all runs",
          ...[point.x, point.y].map((each) => shortly(each)),
        ])
      ),
    },
  };
}

/** Lines of every run in one picture. */
function linesOf(runs: readonly ReportedRun[], keys: readonly string[]): Part[] {
  const shown = runs.slice(0, MOST_LINES);
  const settings = shown.map((run) => settingOf(run, keys));
  // Where settings are too long to say, runs are told apart by their names.
  const isShort = settings.every((text) => text !== "" && text.length <= LONGEST_SETTING);
  const groups = isShort ? settings : shown.map(({ name }) => name);
  const coloured = [...new Set(groups)];
  const over = (of: (run: ReportedRun) => readonly Point[]): Series[] =>
    shown.map((run, i) => ({ name: run.name, group: groups[i], points: of(run) }))
      .filter(({ points }) => points.length > 0);
  const validated = new Map(runs.map((run) => [run, measuredOver(run.metrics)]));
  const parts = new Set(runs.map(({ metrics }) => partOver(metrics)));
  const onTest = parts.has("test") && parts.size === 1;
  const examples = [...parts].join(" or ");
  const measures = new Set([...validated.values()].flatMap((found) => [...found.keys()]));
  const first = runs.length > shown.length
    ? ` The first ${shown.length} of ${runs.length} runs.`
    : "";
  return [
    linesOr("Training loss of each run", {
      summary: `The mean loss of every epoch.${first}`,
      label: "loss",
      coloured,
      series: over(({ metrics }) => numbersOver(metrics, "epochLoss")),
    }),
    ...[...measures].map((name) => {
      const { title, unit } = measureOf(name);
      return linesOr(`${onTest ? "Test" : "Validation"} of each run: ${title}`, {
        summary: `What the ${examples} examples gave at the end of each epoch.${first}`,
        label: title,
        share: unit === "%",
        coloured,
        series: over((run) => validated.get(run)?.get(name) ?? []),
      });
    }),
    linesOr("Norm of the gradient of each run", {
      summary: `Before clipping and without weight decay.${first}`,
      label: "norm",
      log: true,
      coloured,
      series: over(({ metrics }) => numbersOver(metrics, "gradientNorm")),
    }),
    linesOr("Explored share of each run", {
      summary: `The share of the positions of all sparse layers that were ever active.${first}`,
      label: "share",
      share: true,
      coloured,
      series: over(exploredBy),
    }),
  ];
}

/** What varies over runs, of one: its seeds have one colour. */
function settingOf({ config }: ReportedRun, keys: readonly string[]): string {
  return keys.flatMap((key) => {
    const value = config.get(key);
    if (value === undefined || valueText(value) === "") return [];
    const [section, field] = key.split(".");
    return [`${field === "name" ? section : field} ${valueText(value)}`];
  }).join(", ");
}

/** The explored share of all sparse layers at each step, by their sizes where the plan of the run says them. */
function exploredBy(run: ReportedRun): Point[] {
  const sizes = new Map(plannedLayers(run).map(({ label, shape }) => [label, shape[0] * shape[1]]));
  const layers = layerSeries(layerLinesOf(run.metrics), "explored");
  const all = layers.flatMap(({ name, points }) =>
    points.map((point) => ({ ...point, size: sizes.get(name) ?? 1 }))
  );
  const sum = (some: typeof all, of: (each: typeof all[number]) => number): number =>
    some.reduce((total, each) => total + of(each), 0);
  return [...Map.groupBy(all, ({ x }) => x)].map(([x, some]) => ({
    x,
    y: sum(some, ({ y, size }) => y * size) / sum(some, ({ size }) => size),
  }));
}
