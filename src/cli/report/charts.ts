/**
 * Pictures as specifications of vega-lite, each with a table that says the same.
 *
 * Colours and sizes are those of the page, which knows whether it is light or dark.
 *
 * @module
 */
import { grouped } from "../grouped.ts";
import type { Picture, Specification, Table } from "./parts.ts";
import { type Point, type Series, spansOf } from "./series.ts";

/** An axis of a picture. */
export interface Axis {
  /** What it shows, with its unit. */
  readonly label: string;
  /** Whether values are shares of 1, which are written in percent. */
  readonly share?: boolean;
  /** Whether it is logarithmic; only where all values are above 0. */
  readonly log?: boolean;
}

/** What a picture says beside its data. */
export interface Caption {
  /** What it shows. */
  readonly title: string;
  /** How to read it. */
  readonly summary: string;
}

/** Pixels between the top and the horizontal axis. */
const HEIGHT = 240;

/** Series that can be told apart by colour; more are rows of a heat map. */
export const MOST_COLOURS = 8;

/** What all pictures have: the width is that of the page. */
const FRAME = {
  width: "container",
  height: HEIGHT,
  autosize: { type: "fit-x", contains: "padding" },
} as const;

/** The horizontal axis of what happens over a run. */
const STEPS = {
  type: "quantitative",
  title: "step",
  axis: { format: ",~r", tickCount: 8 },
  scale: { zero: false, nice: false },
} as const;

/**
 * Lines over steps.
 *
 * @param coloured What has a colour in this picture and those beside it, so that it is the same in all of them.
 */
export function linesOver(
  caption: Caption,
  y: Axis,
  series: readonly Series[],
  coloured: readonly string[] = [],
): Picture {
  const grouped = series.some(({ group }) => group !== undefined);
  const values = series.flatMap(({ name, group, points }) =>
    points.map(({ x, y }) => ({
      ...{ step: x, value: digits(y), series: name },
      ...(grouped ? { group: group ?? name } : {}),
    }))
  );
  const drawn = series.map(({ name, group = name }) => group);
  const few = values.length <= 30 * series.length;
  const encoding = {
    x: { field: "step", ...STEPS },
    y: {
      ...{ field: "value", type: "quantitative", title: y.label, axis: { format: formatOf(y) } },
      scale: scaleOf(y, values.map(({ value }) => value)),
    },
    ...colourOf(drawn, grouped ? "group" : "series", coloured),
    detail: { field: "series", type: "nominal" },
  };
  const tooltip = tooltipOf(
    ["series", "nominal"],
    ["step", "quantitative"],
    ["value", "quantitative"],
  );
  return {
    ...{ kind: "picture", ...caption, table: tableOfSeries(y, series) },
    spec: {
      ...FRAME,
      data: { values },
      encoding,
      layer: [
        { mark: { type: "line", strokeWidth: 1.75 } },
        // Whoever points at a line meets a point.
        {
          mark: { type: "point", filled: true, size: few ? 28 : 48, opacity: few ? 1 : 0 },
          encoding: { tooltip },
        },
      ],
    },
  };
}

/** Names beside colours; none where one series speaks for itself. */
function colourOf(
  drawn: readonly string[],
  field = "series",
  coloured: readonly string[] = [],
): Specification {
  const names = [...new Set(drawn)];
  if (names.length < 2 && coloured.length < 2) return {};
  const domain = [...new Set([...coloured, ...names])];
  const scale = {
    domain,
    ...(domain.length <= MOST_COLOURS
      ? {}
      : { scheme: domain.length <= 20 ? "tableau20" : "turbo" }),
  };
  const letters = Math.max(...names.map(({ length }) => length));
  const columns = letters > 28 ? 1 : names.length > 3 ? 2 : names.length;
  const legend = { orient: "top", columns, labelLimit: 420, values: names };
  return { color: { field, type: "nominal", title: null, scale, legend } };
}

/** A vertical scale: logarithmic where that is asked for and can be; one that has a middle where all values are equal. */
function scaleOf({ log = false }: Axis, values: readonly number[]): Specification {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least === most) return { domain: [Math.min(0, 2 * least), Math.max(0, 2 * most) || 1] };
  return log && least > 0 ? { type: "log" } : { zero: false };
}

/** Values by row and by step, as colours: a row is a layer, or some neighbours in one. */
export interface HeatRows {
  /** What a row is, for the axis. */
  readonly label: string;
  /** Names of the rows, or how many things lie along the axis. */
  readonly rows: readonly string[] | number;
  /** Values of the rows from a step to the next that has values, as many at each. */
  readonly columns: readonly {
    readonly step: number;
    readonly values: readonly (number | null)[];
  }[];
  /** Where the last column ends. */
  readonly end: number;
}

/** A heat map over steps. */
export function heatMap(caption: Caption, axis: Axis, given: HeatRows): Picture {
  const { rows, label } = given;
  const count = typeof rows === "number" ? rows : rows.length;
  const bins = Math.max(1, ...given.columns.map(({ values }) => values.length));
  const each = count / bins;
  const spans = spansOf(given.columns.map(({ step }) => step), given.end);
  const data = given.columns.map(({ values }, i) => ({
    from: spans[i][0],
    to: spans[i][1],
    value: values.map((value) => value === null ? null : digits(value)),
  }));
  const band = typeof rows === "number"
    ? {
      y: { field: "lower", type: "quantitative", title: label, scale: { domain: [0, count] } },
      y2: { field: "upper" },
    }
    : { y: { field: "name", type: "nominal", title: null, sort: rows, axis: { labelLimit: 260 } } };
  const names = typeof rows === "number"
    ? []
    : [{ calculate: `${JSON.stringify(rows)}[datum.row - 1]`, as: "name" }];
  return {
    ...{ kind: "picture", ...caption, dense: true, table: tableOfHeat(axis, given) },
    spec: {
      ...FRAME,
      height: typeof rows === "number" ? HEIGHT : Math.max(120, 16 * count),
      data: { values: data },
      transform: [
        { flatten: ["value"] },
        { window: [{ op: "row_number", as: "row" }], groupby: ["from"] },
        { calculate: `(datum.row - 1) * ${each}`, as: "lower" },
        // Each reaches below the next one, which is drawn over it: there are no seams.
        { calculate: `(datum.row + 0.3) * ${each}`, as: "upper" },
        { calculate: "datum.to + 0.3 * (datum.to - datum.from)", as: "reach" },
        ...names,
        { filter: "isValid(datum.value)" },
      ],
      mark: { type: "rect", clip: true },
      encoding: {
        x: {
          field: "from",
          ...STEPS,
          scale: { ...STEPS.scale, domain: [spans[0][0], spans[spans.length - 1][1]] },
        },
        x2: { field: "reach" },
        ...band,
        color: {
          ...{ field: "value", type: "quantitative", title: null },
          legend: { format: formatOf(axis), orient: "right" },
          scale: { zero: true, nice: false },
        },
        tooltip: tooltipOf(
          ["from", "quantitative"],
          typeof rows === "number" ? ["lower", "quantitative"] : ["name", "nominal"],
          ["value", "quantitative"],
        ),
      },
    },
  };
}

/** A bar over some steps. */
export interface StepBar {
  /** What it is of. */
  readonly name: string;
  /** Where it begins and ends along the steps. */
  readonly span: readonly [from: number, to: number];
  /** Where it begins and ends along the vertical axis. */
  readonly reach: readonly [number, number];
}

/**
 * Bars above and below zero.
 *
 * @param coloured See {@linkcode linesOver}.
 */
export function stepBars(
  caption: Caption,
  axis: Axis,
  coloured: readonly string[],
  bars: readonly StepBar[],
  table: Table,
): Picture {
  const values = bars.map(({ name, span, reach }) => ({
    ...{ series: name, from: span[0], to: span[1], low: reach[0], high: reach[1] },
    count: Math.abs(reach[1] - reach[0]),
    change: reach[1] > 0 ? "grown" : "dropped",
  }));
  return {
    ...{ kind: "picture", ...caption, table },
    spec: {
      ...FRAME,
      data: { values },
      layer: [
        {
          mark: { type: "rect" },
          encoding: {
            x: { field: "from", ...STEPS },
            x2: { field: "to" },
            y: { field: "low", type: "quantitative", title: axis.label, axis: { format: ",~r" } },
            y2: { field: "high" },
            ...colourOf(bars.map(({ name }) => name), "series", coloured),
            tooltip: tooltipOf(
              ["series", "nominal"],
              ["change", "nominal"],
              ["from", "quantitative"],
              ["count", "quantitative"],
            ),
          },
        },
        { mark: { type: "rule" }, encoding: { y: { datum: 0 } } },
      ],
    },
  };
}

/** A bar with what is written beside it. */
export interface Bar {
  /** What it is of. */
  readonly name: string;
  /** Its length. */
  readonly value: number;
  /** The value in words. */
  readonly text: string;
  /** What it is a kind of, by colour; one kind if absent. */
  readonly kind?: string;
}

/** Bars one under the other, in the order given; those of one name are stacked, and the text stands behind the last. */
export function barsOf(caption: Caption, axis: Axis, table: Table, bars: readonly Bar[]): Picture {
  const names = [...new Set(bars.map(({ name }) => name))];
  const kinds = [...new Set(bars.flatMap(({ kind }) => kind === undefined ? [] : [kind]))];
  const values = bars.map(({ name, value, text, kind }) => ({
    ...{ name, value: digits(value), text },
    ...(kind === undefined ? {} : { series: kind }),
  }));
  const y = { field: "name", type: "nominal", sort: names, title: null, axis: { labelLimit: 260 } };
  const tooltip = tooltipOf(["name", "nominal"], ["text", "nominal"])
    .concat(kinds.length === 0 ? [] : tooltipOf(["series", "nominal"]));
  return {
    ...{ kind: "picture", ...caption, table },
    spec: {
      ...FRAME,
      height: 24 * names.length,
      data: { values },
      encoding: { y },
      layer: [
        {
          mark: { type: "bar" },
          encoding: {
            x: { field: "value", type: "quantitative", title: axis.label, axis: { format: "~s" } },
            ...colourOf(kinds),
            tooltip,
          },
        },
        ...kinds.length > 0 ? [] : [{
          mark: { type: "text", align: "left", dx: 6 },
          encoding: {
            x: { field: "value", type: "quantitative" },
            text: { field: "text", type: "nominal" },
          },
        }],
      ],
    },
  };
}

function tooltipOf(
  ...fields: readonly (readonly [field: string, type: string])[]
): Specification[] {
  return fields.map(([field, type]) => ({ field, type }));
}

function formatOf({ share = false, log = false }: Axis): string {
  if (share) return "~%";
  return log ? "~g" : ",~r";
}

/** How each series begins and ends, and how far it goes. */
function tableOfSeries(axis: Axis, series: readonly Series[]): Table {
  const at = ({ x, y }: Point): string => `${shortly(y, axis)} at ${grouped(x)}`;
  return {
    columns: ["series", "first", "last", "lowest", "highest"],
    rows: series.map(({ name, points }) => {
      const sorted = points.toSorted((a, b) => a.y - b.y);
      const ends = [points[0], points[points.length - 1], sorted[0], sorted[sorted.length - 1]];
      return [name, ...ends.map(at)];
    }),
  };
}

/** Most rows of a table that stands for a heat map. */
const MOST_ROWS = 16;

/** How the values spread at some of the steps; by row where rows have names. */
function tableOfHeat(axis: Axis, { rows, columns }: HeatRows): Table {
  if (typeof rows !== "number") {
    const series = rows.map((name, row) => ({
      name,
      points: columns.flatMap(({ step, values }): Point[] => {
        const y = values[row];
        return typeof y === "number" ? [{ x: step, y }] : [];
      }),
    }));
    return tableOfSeries(axis, series.filter(({ points }) => points.length > 0));
  }
  const every = Math.ceil(columns.length / MOST_ROWS);
  const shown = columns.filter((_, i) => i % every === 0 || i === columns.length - 1);
  return {
    columns: ["step", "lowest", "mean", "highest"],
    rows: shown.map(({ step, values }) => {
      const numbers = values.filter((value) => value !== null);
      const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
      const three = [Math.min(...numbers), mean, Math.max(...numbers)];
      return [grouped(step), ...three.map((each) => shortly(each, axis))];
    }),
  };
}

/** A number for people. */
export function shortly(value: number, { share = false }: Partial<Axis> = {}): string {
  if (value !== 0 && Math.abs(value) < 1e-5) return value.toExponential(3);
  const options = { maximumSignificantDigits: 4 } as const;
  return share
    ? `${(100 * value).toLocaleString("en", options)} %`
    : value.toLocaleString("en", options);
}

/** As many digits as a picture can show. */
function digits(value: number): number {
  return Number(value.toPrecision(6));
}
