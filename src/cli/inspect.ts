/**
 * `filigree inspect`: what a checkpoint holds. It needs no device.
 *
 * @module
 */
import { mayRepeat, patternName } from "../sparse/lookup.ts";
import { countConnections } from "../sparse/pattern.ts";
import { patternHash, patternStatistics } from "../sparse/statistics.ts";
import { eachConnection } from "../sparse/convert.ts";
import { type SnapshotLayer, snapshotLayers } from "../train/snapshot.ts";
import type { Flags } from "./config/flags.ts";
import { configToml } from "./config/load.ts";
import { bold, Command } from "./deps.ts";
import { grouped } from "./grouped.ts";
import { Output } from "./output.ts";
import { readSaved } from "./runs.ts";
import type { Verb } from "./verb.ts";

/** Lines of a histogram. */
const BINS = 8;

/** Characters of its longest bar. */
const BAR = 40;

/** The verb `inspect`. */
export const verb: Verb = { name: "inspect", rank: 8, command: inspectCommand };

/** The command `inspect`. */
function inspectCommand(): Command {
  const command: Command = new Command();
  command
    .description("Show the layers of a checkpoint: sizes, patterns, fan-in and fan-out, dead rows.")
    .arguments("<run:string>")
    .action(async (flags: Flags, run: string) => await inspect(run, flags));
  return command;
}

async function inspect(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { checkpoint, config } = await readSaved(run);
  const { path } = checkpoint;
  const layers = snapshotLayers(checkpoint);
  const { step } = JSON.parse(checkpoint.metadata.training ?? "{}");
  if (config !== undefined) output.detail(configToml(config));
  output.result({ path, step, layers: layers.map(describe), config }, () => [
    `${bold(path)}, step ${step}`,
    ...layers.flatMap((layer) => linesOf(layer, output.quiet)),
    `\n${totalOf(layers)}`,
  ]);
}

/** What is said of a layer. */
function describe({ name, rows, inputs, pattern, values }: SnapshotLayer) {
  const shape = { name, rows, inputs };
  if (pattern === undefined) return { ...shape, pattern: "dense", connections: values.length };
  const { connections, density, repeats, liveRows, fanIn, fanOut } = patternStatistics(pattern);
  return {
    ...shape,
    pattern: patternName(pattern.spec),
    connections,
    density,
    ...(mayRepeat(pattern.spec) ? { repeats } : {}),
    ablatedRows: rows - liveRows,
    fanIn,
    fanOut,
    hash: patternHash(pattern),
  };
}

/** All layers together, as the end of a training says it. */
function totalOf(layers: readonly SnapshotLayer[]): string {
  let connections = 0, all = 0, absent = 0, sparse = 0;
  for (const { rows, inputs, pattern, values } of layers) {
    const size = rows * inputs;
    const active = pattern === undefined ? values.length : countConnections(pattern);
    connections += active;
    all += size;
    absent += pattern === undefined ? 0 : size - active;
    sparse += pattern === undefined ? 0 : size;
  }
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return `${grouped(connections)} connections: ` +
    `sparsity ${percent(sparse === 0 ? 0 : absent / sparse)} of the sparse layers, ` +
    `density ${percent(connections / all)} of all`;
}

/** A layer for people, without histograms if `quiet`. */
function linesOf({ name, rows, inputs, pattern }: SnapshotLayer, quiet: boolean): string[] {
  const title = `\n${bold(name)}  ${rows} x ${inputs}`;
  if (pattern === undefined) return [title, "  dense"];
  const { connections, density, repeats, liveRows } = patternStatistics(pattern);
  const again = mayRepeat(pattern.spec)
    ? `, of which ${grouped(repeats)} repeat an input of their row`
    : "";
  const share = `${(100 * density).toFixed(2)} %${again}`;
  const summary =
    `  ${patternName(pattern.spec)}: ${grouped(connections)} connections, ${share}; ` +
    `${rows - liveRows} of ${rows} rows without connections; hash ${patternHash(pattern)}`;
  if (quiet) return [title, summary];
  const fanIn = new Uint32Array(rows), fanOut = new Uint32Array(inputs);
  eachConnection(pattern, (_, row, input) => {
    fanIn[row]++;
    fanOut[input]++;
  });
  const histograms = ([["fan-in", fanIn], ["fan-out", fanOut]] as const).flatMap((
    [what, counts],
  ) => [`  ${what}`, ...histogram(counts).map((line) => `    ${line}`)]);
  return [title, summary, ...histograms];
}

/** A histogram of counts in plain characters, a line for each range of equal width. */
export function histogram(counts: Uint32Array): string[] {
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const least = counts.reduce((a, b) => Math.min(a, b), most);
  const width = Math.max(1, Math.ceil((most - least + 1) / BINS));
  const bins = new Uint32Array(Math.ceil((most - least + 1) / width));
  for (const count of counts) bins[Math.floor((count - least) / width)]++;
  const longest = bins.reduce((a, b) => Math.max(a, b), 1);
  const digits = String(most).length;
  return Array.from(bins, (found, i) => {
    const from = least + i * width, to = Math.min(most, from + width - 1);
    const range = `${String(from).padStart(digits)} to ${String(to).padStart(digits)}`;
    return `${range}  ${"#".repeat(Math.ceil(BAR * found / longest)).padEnd(BAR)}  ${found}`;
  });
}
