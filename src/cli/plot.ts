/**
 * Plots as SVG: points and lines over two axes. What a picture is made of is chosen here; vega-lite draws it.
 *
 * @module
 */
import { drawSvg } from "./deps.ts";

/** One axis. */
export interface PlotAxis {
  /** What it shows, with its unit. */
  readonly label: string;
  /** Whether it is logarithmic; all values must then be above 0. Default `false`. */
  readonly log?: boolean;
}

/** A point of a series. */
export interface PlotPoint {
  /** Along the horizontal axis. */
  readonly x: number;
  /** Along the vertical axis. */
  readonly y: number;
  /** Text beside the point. */
  readonly label?: string;
}

/** Points of one colour. */
export interface PlotSeries {
  /** Its name in the legend. */
  readonly name: string;
  /** Its points; a line goes through them in this order. */
  readonly points: readonly PlotPoint[];
  /** `true` draws points and a line, `false` points alone, `"only"` a dashed line without points. Default `true`. */
  readonly line?: boolean | "only";
}

/** What {@linkcode plot} draws. */
export interface PlotOptions {
  /** Above the plot. */
  readonly title: string;
  /** Smaller, under the title. */
  readonly subtitle?: string;
  /** The horizontal axis. */
  readonly x: PlotAxis;
  /** The vertical axis. */
  readonly y: PlotAxis;
  /** What is drawn; the legend keeps this order. */
  readonly series: readonly PlotSeries[];
  /** Pixels between the vertical axis and the legend. Default 640. */
  readonly width?: number;
  /** Pixels between the title and the horizontal axis. Default 400. */
  readonly height?: number;
}

/**
 * Draws a plot.
 *
 * @returns The text of an SVG file.
 * @throws {RangeError} if a coordinate is not finite, or not above 0 on a logarithmic axis.
 */
export async function plot(options: PlotOptions): Promise<string> {
  return await drawSvg(plotSpecification(options));
}

/** The plot in the words of vega-lite. */
export function plotSpecification(options: PlotOptions): Readonly<Record<string, unknown>> {
  const { title, subtitle, x, y, series, width = 640, height = 400 } = options;
  for (const { name, points } of series) {
    for (const point of points) {
      requireDrawable(name, x, point.x);
      requireDrawable(name, y, point.y);
    }
  }
  const values = series.flatMap(({ name, points, line = true }) =>
    points.map((point, order) => ({ ...point, series: name, order, line: String(line) }))
  );
  const drawn = (...kinds: string[]) => [{ filter: { field: "line", oneOf: kinds } }];
  return {
    title: { text: title, ...(subtitle === undefined ? {} : { subtitle }), anchor: "start" },
    width,
    height,
    padding: 16,
    background: "white",
    data: { values },
    encoding: {
      x: axisOf("x", x, series),
      y: axisOf("y", y, series),
      color: {
        field: "series",
        type: "nominal",
        title: null,
        scale: {
          scheme: series.length > 10 ? "tableau20" : "tableau10",
          domain: series.map(({ name }) => name),
        },
        // Names are texts of any length, and all of them are said.
        legend: { labelLimit: 400, symbolLimit: 0 },
      },
    },
    layer: [
      { transform: drawn("true"), mark: { type: "line" }, encoding: { order: ORDER } },
      {
        transform: drawn("only"),
        mark: { type: "line", strokeDash: [6, 4] },
        encoding: { order: ORDER },
      },
      {
        transform: drawn("true", "false"),
        mark: { type: "point", filled: true, size: 64, opacity: 1 },
      },
      {
        transform: [{ filter: "isValid(datum.label)" }],
        mark: { type: "text", align: "left", dx: 7, dy: -5, fontSize: 11 },
        encoding: { text: { field: "label", type: "nominal" } },
      },
    ],
  };
}

/** A line goes through its points as they come, not from left to right. */
const ORDER = { field: "order", type: "quantitative" } as const;

/** Numbers from here on are written with a prefix, such as 400G. */
const LARGE = 1e6;

function axisOf(
  field: "x" | "y",
  { label, log = false }: PlotAxis,
  series: readonly PlotSeries[],
): Record<string, unknown> {
  const large = series.some(({ points }) => points.some((point) => point[field] >= LARGE));
  const usual = log ? "~g" : "~r";
  return {
    field,
    type: "quantitative",
    title: label,
    // Room for what lies at the edge.
    scale: { ...(log ? { type: "log", nice: false } : { zero: false, nice: true }), padding: 12 },
    axis: { format: large ? "~s" : usual, ...(log ? { tickCount: 6 } : {}) },
  };
}

function requireDrawable(name: string, { label, log = false }: PlotAxis, value: number): void {
  if (Number.isFinite(value) && (!log || value > 0)) return;
  throw new RangeError(
    `Cannot draw "${name}": a value of "${label}" is ${value}; expected a finite number${
      log ? " above 0, because the axis is logarithmic" : ""
    }`,
  );
}
