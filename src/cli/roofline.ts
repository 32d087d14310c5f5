/**
 * A profile for people: a table of the kernel calls, and the roofline (Williams et al. 2009) as a plot.
 *
 * @module
 */
import type { Profile, ProfiledCall } from "../profile/profile.ts";
import type { Bandwidth, Roofs } from "../profile/roofs.ts";
import { formatBytes } from "./deps.ts";
import type { PlotOptions, PlotPoint, PlotSeries } from "./plot.ts";
import { linesOfTable } from "./table.ts";

/** One line of the table for each call, under a line of titles. */
export function tableOf({ calls }: Profile): string[] {
  const total = sum(calls.map(({ seconds }) => seconds));
  const titles = ["kernel", "of", "part", "us", "share", "GFLOP/s", "GB/s", "roof", "limit"];
  const rows = calls.map((call) => [
    call.kernel,
    call.of,
    call.part,
    (1e6 * call.seconds).toFixed(1),
    percent(call.seconds / total),
    call.flops === undefined ? "" : (call.flops / call.seconds / 1e9).toFixed(1),
    (call.bytes / call.seconds / 1e9).toFixed(1),
    percent(call.roofSeconds / call.seconds),
    call.bound,
  ]);
  return linesOfTable([titles, ...rows], (column) => column >= 3 && column < 8);
}

/** What the device can do, a line each. */
export function roofLines({ bandwidths, peak, product, callSeconds }: Roofs): string[] {
  const speeds = bandwidths.map(({ bytes, bytesPerSecond }) =>
    `${(bytesPerSecond / 1e9).toFixed(1)} (${formatBytes(bytes, { binary: true })})`
  );
  return [
    `multiply-adds  ${(peak / 1e9).toFixed(1)} GFLOP/s`,
    `dense product  ${(product / 1e9).toFixed(1)} GFLOP/s, ${percent(product / peak)} of them`,
    `GB/s           ${speeds.join(", ")}`,
    `an empty call  ${(1e6 * callSeconds).toFixed(1)} us`,
  ];
}

/** How the calls add up to a step. */
export function stepLine({ calls, stepSeconds, steps }: Profile): string {
  const total = sum(calls.map(({ seconds }) => seconds));
  const roof = sum(calls.map(({ roofSeconds }) => roofSeconds));
  return `step ${milliseconds(stepSeconds)}; calls one by one ${milliseconds(total)}, ` +
    `under the roofs ${milliseconds(roof)} (median of ${steps} steps)`;
}

/**
 * The roofline: operations per second over operations per byte, for the calls that are products. A call lies under the slope
 * where bytes limit it, under the level where arithmetic does.
 *
 * @param title What was profiled.
 * @param subtitle Where.
 * @throws {RangeError} if no call is a product.
 */
export function rooflineOf(
  { calls }: Profile,
  roofs: Roofs,
  title: string,
  subtitle: string,
): PlotOptions {
  const products = calls.flatMap((call) => {
    const point = pointOf(call);
    return point === undefined ? [] : [{ name: `${call.kernel}, ${call.part}`, point }];
  });
  if (products.length === 0) {
    throw new RangeError(
      "Cannot draw a roofline: no call of the program is a product; expected at least one",
    );
  }
  const intensities = products.map(({ point }) => point.x);
  const { peak, product, bandwidths } = roofs;
  const memory = bandwidths[bandwidths.length - 1];
  const cache = bandwidths.reduce((a, b) => b.bytesPerSecond > a.bytesPerSecond ? b : a);
  const from = Math.min(...intensities, peak / cache.bytesPerSecond) / 4;
  const to = Math.max(...intensities, peak / memory.bytesPerSecond) * 4;
  const names = [...new Set(products.map(({ name }) => name))];
  return {
    title,
    subtitle,
    x: { label: "operations per byte", log: true },
    y: { label: "GFLOP/s", log: true },
    series: [
      slope("memory", memory, peak, from, to),
      ...cache === memory ? [] : [slope("cache", cache, peak, from, to)],
      level(`multiply-adds, ${(peak / 1e9).toFixed(0)} GFLOP/s`, peak, from, to),
      level(`dense product, ${(product / 1e9).toFixed(0)} GFLOP/s`, product, from, to),
      ...names.map((name): PlotSeries => ({
        name,
        line: false,
        points: products.filter((product) => product.name === name).map(({ point }) => point),
      })),
    ],
  };
}

/** Points lie close to each other, so their labels name the layer alone. */
function pointOf({ flops, bytes, seconds, of }: ProfiledCall): PlotPoint | undefined {
  if (flops === undefined || flops === 0) return undefined;
  return { x: flops / bytes, y: flops / seconds / 1e9, label: of.replace(/\.weight$/, "") };
}

/** The slope of a bandwidth, up to the level of the peak. */
function slope(
  name: string,
  { bytesPerSecond }: Bandwidth,
  peak: number,
  from: number,
  to: number,
): PlotSeries {
  const at = (x: number): PlotPoint => ({ x, y: x * bytesPerSecond / 1e9 });
  const ridge = Math.min(peak / bytesPerSecond, to);
  const speed = `${(bytesPerSecond / 1e9).toFixed(0)} GB/s`;
  return { name: `${name}, ${speed}`, line: "only", points: [at(from), at(ridge)] };
}

function level(name: string, flopsPerSecond: number, from: number, to: number): PlotSeries {
  const y = flopsPerSecond / 1e9;
  return { name, line: "only", points: [{ x: from, y }, { x: to, y }] };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(2)} ms`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
