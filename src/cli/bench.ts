/**
 * `filigree bench`: on this device, dense against every pattern over densities: what is faster from where on.
 *
 * @module
 */
import { createDevice } from "../ops/device.ts";
import { chartOf, toCsv } from "../crossover/chart.ts";
import {
  type Candidate,
  type Impossible,
  measureCrossover,
  nearestRatio,
  type Point,
} from "../crossover/mod.ts";
import { inPlainWords, percent, type Threshold, thresholdsOf } from "../crossover/summary.ts";
import { writeAtomically } from "../runtime/atomic_files.ts";
import type { Flags } from "./config/flags.ts";
import { LARGEST } from "./config/schema.ts";
import { bold, Command, dim, drawSvg, EnumType, formatBytes, ValidationError } from "./deps.ts";
import { densityOf, parsePattern } from "./patterns.ts";
import { requireOwnFile } from "./free_names.ts";
import { Output } from "./output.ts";
import { Progress, standardError } from "./progress.ts";
import { requireCores } from "./room.ts";
import { linesOfTable } from "./table.ts";
import type { Verb } from "./verb.ts";

/** Densities that are measured. */
const DENSITIES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];

/** Densities of a quick look. */
const QUICK_DENSITIES = [0.05, 0.2, 0.6];

/** Families that are measured by default. */
const FAMILIES = "fan-in,group-16,block-16,n:m";

/** The verb `bench`. */
export const verb: Verb = { name: "bench", rank: 14, command: benchCommand };

/** The command `bench`. */
function benchCommand(): Command {
  const command: Command = new Command();
  command
    .description("Measure from which density on a sparse layer is faster than a dense one here.")
    .type("device", new EnumType(["auto", "webgpu", "wasm"]))
    .option("--size <features:integer>", "Inputs and outputs of the layer.", { default: 1024 })
    .option("--batch <examples:integer>", "Examples in a batch.", { default: 256 })
    .option(
      "--patterns <names:string>",
      "Patterns, separated by commas: fan-in, group-16, block-16, 2:4, or n:m for the usual ratios.",
      { default: FAMILIES },
    )
    .option("--device <name:device>", "auto, webgpu or wasm.", { default: "auto" })
    .option("--threads <count:integer>", "Threads of the device wasm; all cores by default.")
    .type("build", new EnumType(["auto", "plain", "relaxed"]))
    .option(
      "--build <name:build>",
      "Build of the device wasm: relaxed fuses multiplications and additions, plain has one thread; auto takes plain for one.",
    )
    .option("--quick", "Fewer densities, shorter looks.")
    .option("--csv <file:string>", "Write the points as CSV.")
    .option("--svg <file:string>", "Draw the points as SVG.")
    .example("Whether sparsity pays here", "filigree bench --quick")
    .action(async (flags: Flags) => await bench(flags));
  return command;
}

async function bench(flags: Flags): Promise<void> {
  const { quick, csv, svg, threads, build } = flags;
  const output = new Output(flags);
  const [size, batch] = [positive("--size", flags.size), positive("--batch", flags.batch)];
  const densities = quick === true ? QUICK_DENSITIES : DENSITIES;
  const candidates = candidatesOf(String(flags.patterns), densities);
  const prefer = flags.device === "webgpu" || flags.device === "wasm" ? flags.device : "auto";
  for (const name of ["threads", "build"]) {
    if (flags[name] === undefined || prefer !== "webgpu") continue;
    throw new ValidationError(`Option "--${name}" applies to --device wasm only.`);
  }
  const asked = threads === undefined ? undefined : positive("--threads", threads);
  requireCores(asked, navigator.hardwareConcurrency);
  if (build === "plain" && asked !== undefined && asked > 1) {
    throw new ValidationError('Option "--build" is plain, which has one thread.');
  }
  if (typeof csv === "string") await requireOwnFile("--csv", csv, "CSV of a bench");
  if (typeof svg === "string") await requireOwnFile("--svg", svg, "SVG of a plot");
  using device = await createDevice({
    prefer,
    ...(asked === undefined ? {} : { threads: asked }),
    ...(build === "plain" || build === "relaxed" ? { build } : {}),
  });
  const { description, threads: used } = device.backend.info;
  output.device(device);
  const progress = output.quiet ? undefined : new Progress(standardError());
  const points: Point[] = [];
  const impossible: Impossible[] = [];
  const effort = {
    milliseconds: device.name === "webgpu" ? 40 : 20,
    rounds: quick === true ? 3 : 7,
    together: 400,
  };
  progress?.update("preparing the dense layer");
  for await (const found of measureCrossover(device, { size, batch, candidates, effort })) {
    if ("reason" in found) impossible.push(found);
    else points.push(found);
    const done = points.length + impossible.length;
    progress?.update(`${done}/${candidates.length}  ${found.family} at ${percent(found.density)}`);
  }
  progress?.clear();
  if (points.length === 0) throw new RangeError(impossible[0].reason);
  const summary = inPlainWords(points, size);
  if (typeof csv === "string") await write(csv, toCsv(points), output);
  if (typeof svg === "string") {
    const title = `${size} x ${size}, batch ${batch}, ${description}`;
    await write(svg, await drawSvg(chartOf(points, title)), output);
  }
  const thresholds = thresholdsOf(points);
  const about = { device: device.name, description, threads: used, size, batch };
  output.result({ ...about, points, impossible, thresholds, summary }, () => [
    `${bold(device.name)}: ${description}`,
    ...tableOf(points),
    "",
    ...impossible.map(describe),
    ...thresholds.map(whereItWins),
    `\n${bold(summary)}`,
  ]);
}

/** The patterns of names such as "fan-in" at every density; `N:M` has one of its own, `n:m` a few. */
export function candidatesOf(names: string, densities: readonly number[]): Candidate[] {
  const families = [...new Set(names.split(",").map((name) => name.trim()))];
  return families.flatMap((family) => {
    if (family === "n:m") {
      const ratios = new Set(densities.map(nearestRatio));
      return [...ratios].map(([n, m]) => ({
        family,
        density: n / m,
        spec: parsePattern(`${n}:${m}`, 1),
      }));
    }
    if (family === "dense") {
      throw new ValidationError(`Option "--patterns" names "dense", which all are compared with.`);
    }
    const fixed = densityOf(family);
    if (fixed !== undefined) return [{ family, density: fixed, spec: parsePattern(family, 1) }];
    return densities.map((density) => ({ family, density, spec: parsePattern(family, density) }));
  });
}

function positive(option: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LARGEST) {
    return value;
  }
  throw new ValidationError(
    `Option "${option}" is ${value}; expected a whole number above 0, at most ${LARGEST}.`,
  );
}

async function write(path: string, text: string, output: Output): Promise<void> {
  await writeAtomically(path, new TextEncoder().encode(text), "result");
  output.detail(`wrote ${path}`);
}

function tableOf(points: readonly Point[]): string[] {
  const rows = points.map(({ pattern, density, forward, step, bytes, denseBytes }) => [
    pattern,
    percent(density),
    milliseconds(forward.second),
    factor(forward.ratio),
    milliseconds(step.second),
    factor(step.ratio),
    formatBytes(bytes, { binary: true }),
    factor(denseBytes / bytes),
  ]);
  const [{ forward, step, denseBytes }] = points;
  const dense = [
    "dense",
    "100 %",
    milliseconds(forward.first),
    "",
    milliseconds(step.first),
    "",
    formatBytes(denseBytes, { binary: true }),
    "",
  ];
  const header = ["pattern", "density", "forward", "faster", "step", "faster", "memory", "less"];
  const [head, ...body] = linesOfTable([header, dense, ...rows], (column) => column > 0);
  return [dim(head), ...body];
}

function describe({ family, density, reason }: Impossible): string {
  return `${family} at ${percent(density)}: ${reason}\n`;
}

function whereItWins({ family, forward, step, highest }: Threshold): string {
  const place = (density: number | undefined): string => {
    if (density === undefined) return "at no density measured";
    return density >= highest ? `up to ${percent(highest)} at least` : `below ${percent(density)}`;
  };
  return `${family} is faster than dense: forward ${place(forward)}, whole step ${place(step)}`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

function factor(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)} x`;
}
