/**
 * The points of a cross-over for other programs: CSV, and a chart in the words of vega-lite.
 *
 * @module
 */
import type { Measure } from "./summary.ts";
import type { Point } from "./mod.ts";

const MEASURES: readonly (readonly [Measure, string])[] = [
  ["forward", "Forward product"],
  ["step", "Whole training step"],
];

/** One line per point, times in milliseconds. */
export function toCsv(points: readonly Point[]): string {
  const header = [
    "family",
    "pattern",
    "density",
    "forward_ms",
    "dense_forward_ms",
    "forward_speedup",
    "step_ms",
    "dense_step_ms",
    "step_speedup",
    "bytes",
    "dense_bytes",
  ];
  const rows = points.map(({ family, pattern, density, forward, step, bytes, denseBytes }) => [
    family,
    pattern,
    number(density),
    number(forward.second),
    number(forward.first),
    number(forward.ratio),
    number(step.second),
    number(step.first),
    number(step.ratio),
    bytes,
    denseBytes,
  ]);
  return [header, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** Both measures over the density, one line per family; above 1 sparse is faster. A specification of vega-lite. */
export function chartOf(points: readonly Point[], title: string): object {
  const values = points.flatMap((point) =>
    MEASURES.map(([measure, name]) => ({
      family: point.family,
      pattern: point.pattern,
      density: 100 * point.density,
      measure: name,
      speedup: point[measure].ratio,
    }))
  );
  const x = {
    field: "density",
    type: "quantitative",
    scale: around(values.map(({ density }) => density), 100),
    axis: { title: "density, % of the connections", values: [1, 2, 5, 10, 20, 40, 60, 80] },
  };
  const y = {
    field: "speedup",
    type: "quantitative",
    scale: around(values.map(({ speedup }) => speedup), 1),
    axis: { title: "times as fast as dense", values: [0.5, 1, 2, 5, 10, 20, 50, 100] },
  };
  const color = { field: "family", type: "nominal", title: "pattern", sort: null };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    background: "white",
    data: { values },
    facet: { column: { field: "measure", type: "nominal", title: null, sort: null } },
    spec: {
      width: 320,
      height: 320,
      layer: [
        {
          mark: { type: "rule", strokeDash: [4, 4], color: "gray" },
          encoding: { y: { datum: 1, type: "quantitative", scale: y.scale } },
        },
        { mark: { type: "line", point: true }, encoding: { x, y, color } },
      ],
    },
  };
}

/** A logarithmic scale that holds numbers and a mark, with a little room. */
function around(numbers: readonly number[], mark: number): object {
  const [least, most] = [Math.min(mark, ...numbers), Math.max(mark, ...numbers)];
  return { type: "log", nice: false, domain: [0.9 * least, 1.1 * most] };
}

function number(value: number): number {
  return Number(value.toPrecision(5));
}
