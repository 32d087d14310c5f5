/**
 * Numbers over the steps of a run, taken from its metrics.
 *
 * @module
 */
import type { Metrics } from "../../train/metrics_files.ts";
import { listIn, numberIn, numbersIn, type Values, valuesIn } from "./values.ts";

/** A number at a step. */
export interface Point {
  /** The step. */
  readonly x: number;
  /** The number. */
  readonly y: number;
}

/** Numbers over steps. */
export interface Series {
  /** What they are of. */
  readonly name: string;
  /** What has its colour, where several have the same. */
  readonly group?: string;
  /** The numbers, by rising steps. */
  readonly points: readonly Point[];
}

/** Most points of a line. */
const MOST_POINTS = 600;

/** A number of each line that has it. */
export function numbersOver(metrics: readonly Metrics[], name: string): Point[] {
  return metrics.flatMap((line): Point[] => {
    const y = numberIn(line[name]);
    return y === undefined ? [] : [{ x: line.step, y }];
  });
}

/** What was measured at the ends of epochs: on the validation examples, or where there are none on those of the test. */
export function partOver(metrics: readonly Metrics[]): "validation" | "test" {
  const tested = metrics.some(({ test }) => test !== undefined);
  return tested && metrics.every(({ validation }) => validation === undefined)
    ? "test"
    : "validation";
}

/** What {@linkcode partOver} measured, by the names of its measures. */
export function measuredOver(metrics: readonly Metrics[]): Map<string, Point[]> {
  const found = new Map<string, Point[]>();
  const part = partOver(metrics);
  for (const { step, [part]: measured } of metrics) {
    for (const [name, y] of numbersIn(measured)) {
      const points = found.get(name) ?? [];
      points.push({ x: step, y });
      found.set(name, points);
    }
  }
  return found;
}

/** What lines say of layers, at rewirings and at ends of epochs. */
export interface LayerLine {
  /** Steps carried out. */
  readonly step: number;
  /** Whether it is of a rewiring. */
  readonly rewired: boolean;
  /** What is said, by the layers' names. */
  readonly layers: ReadonlyMap<string, Values>;
}

/** The lines that say something of layers. */
export function layerLinesOf(metrics: readonly Metrics[]): LayerLine[] {
  return metrics.flatMap((line): LayerLine[] => {
    const { step, rewired, layers } = line;
    const said = Object.entries(valuesIn(rewired ?? layers));
    if (said.length === 0) return [];
    const each = new Map(said.map(([label, values]) => [label, valuesIn(values)]));
    return [{ step, rewired: rewired !== undefined, layers: each }];
  });
}

/** A number of every layer over steps; layers without it are left out. */
export function layerSeries(lines: readonly LayerLine[], name: string): Series[] {
  const found = new Map<string, Point[]>();
  for (const { step, layers } of lines) {
    for (const [label, values] of layers) {
      const y = numberIn(values[name]);
      if (y === undefined) continue;
      const points = found.get(label) ?? [];
      // A rewiring and the end of an epoch may say the same of one step.
      if (points.at(-1)?.x === step) points.pop();
      points.push({ x: step, y });
      found.set(label, points);
    }
  }
  return [...found].map(([name, points]) => ({ name, points }));
}

/** A list of numbers of a layer over steps. */
export function layerLists(
  lines: readonly LayerLine[],
  label: string,
  name: string,
): { readonly step: number; readonly values: readonly number[] }[] {
  const found = new Map<number, readonly number[]>();
  for (const { step, layers } of lines) {
    const values = listIn(layers.get(label)?.[name]).flatMap((each) => numberIn(each) ?? []);
    if (values.length > 0) found.set(step, values);
  }
  return [...found].map(([step, values]) => ({ step, values }));
}

/** No more points than a picture can show: the means of neighbours. */
export function thinned(points: readonly Point[]): readonly Point[] {
  const each = Math.ceil(points.length / MOST_POINTS);
  if (each <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / each) }, (_, i) => {
    const some = points.slice(i * each, (i + 1) * each);
    const y = some.reduce((sum, point) => sum + point.y, 0) / some.length;
    return { x: some[some.length - 1].x, y };
  });
}

/** From each of some rising steps to the next, and from the last one to the end, or a bit further where that is the end. */
export function spansOf(steps: readonly number[], end: number): [from: number, to: number][] {
  const last = steps[steps.length - 1];
  const bit = Math.max(1, (last - steps[0]) / 50);
  return steps.map((step, i) => [step, steps[i + 1] ?? Math.max(end, last + bit)]);
}
