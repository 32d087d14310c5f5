/**
 * What `filigree train` prints: lines for people, or one JSON object per line.
 *
 * @module
 */
import type { BinScores } from "../data/labels/bins.ts";
import type { PropensityModel } from "../data/labels/propensity.ts";
import type { Bytes, Plan } from "../program/plan.ts";
import type { Evaluation } from "../train/evaluate.ts";
import type { RewireEvent } from "../train/trainer.ts";
import { bold, dim, formatBytes } from "./deps.ts";
import type { TrainingFlops } from "./flops.ts";
import { grouped } from "./grouped.ts";
import type { LayerPlan } from "./layer_work.ts";
import { allOf, byPropensity, mainOf, written } from "./measures.ts";
import { type Progress, progressFields, seconds } from "./progress.ts";
import { measuredIn, type RunEvent } from "./run_events.ts";
import { linesOfTable } from "./table.ts";

/** What is known before the first step. */
export interface Start extends Partial<TrainingFlops> {
  /** Where it trains. */
  readonly device: string;
  /** What that is. */
  readonly description: string;
  /** Why there. */
  readonly reason: string;
  /** Name of the data set. */
  readonly data: string;
  /** Examples to train with. */
  readonly examples: number;
  /** What the network is, in a few words. */
  readonly network: string;
  /** Name of the method. */
  readonly method: string;
  /** Passes over the examples. */
  readonly epochs: number;
  /** Updates in all of them. */
  readonly steps: number;
  /** The highest learning rate. */
  readonly learningRate: number;
  /** Weight matrices. */
  readonly layers: readonly LayerPlan[];
  /** How kernels are computed where there are several ways: entry points by the kernel's name. */
  readonly variants: Readonly<Record<string, string>>;
  /** Bytes, kernels and operations. */
  readonly plan: Plan;
  /** What is asked for and will not be, a sentence each. */
  readonly notes: readonly string[];
  /** The run's folder, if it has one. */
  readonly run?: string;
}

/** What is known after the test. */
export interface Done
  extends Partial<Pick<TrainingFlops, "trainingFlops" | "trainingDeviceFlops">> {
  /** Result on the test examples: of the best checkpoint where there are validation examples and checkpoints. */
  readonly test: Evaluation;
  /** Result of the same model on the validation examples, if there are any. */
  readonly validation?: Evaluation;
  /** The same by how many examples to train with a label has, where very many labels are ranked. */
  readonly bins?: readonly BinScores[];
  /** What propensities were made with, where there are figures by them. */
  readonly propensity?: PropensityModel;
  /** Epochs that were trained: fewer than were asked for where patience ended. */
  readonly epochs: number;
  /** Steps carried out. */
  readonly steps: number;
  /** Mean training loss of the last epoch. */
  readonly loss: number;
  /** Share of absent connections over the layers that are sparse. */
  readonly sparsity: number;
  /** Hash of all patterns. */
  readonly hash: string;
  /** Device bytes of training, by category. */
  readonly bytes: Bytes;
  /** Where it trained. */
  readonly device: string;
  /** Processes that trained. */
  readonly ranks: number;
  /** Seconds of training, without reading data. */
  readonly seconds: number;
  /** Milliseconds of a step, rewirings included and tests between epochs left out. */
  readonly stepMs: number;
}

/** Takes what happens and prints it. */
export interface Reporter {
  /** Steps between two reports of the loss. */
  readonly logEvery: number;
  /** The plan alone was asked for; `config` is the resolved configuration as TOML. */
  plan(start: Start, config: string): void;
  /** Training begins. */
  start(start: Start): void;
  /** What the training begins with, where that is not drawn. */
  note(line: string): void;
  /** Something happened; `elapsed` is in seconds since the start. */
  event(event: RunEvent, elapsed: number): void;
  /** A checkpoint was written. */
  saved(path: string): void;
  /** The run in a folder has stopped before its end, as it was asked to. */
  paused(pause: Pause): void;
  /** All is done. */
  done(done: Done): void;
}

/** A run that stopped before its end, as it was asked to. */
export interface Pause {
  /** Its folder. */
  readonly run: string;
  /** Epochs after which it was to stop. */
  readonly after: number;
  /** Epochs that it has in all. */
  readonly epochs: number;
}

/** How much is said, and where. */
export interface ReportOptions {
  /** The result alone. */
  readonly quiet?: boolean;
  /** The plan, kernels, and every layer at each rewiring too. */
  readonly verbose?: boolean;
  /** Takes lines for standard output. */
  readonly print?: (line: string) => void;
}

/** JSON lines on standard output. Verbose or not, they say everything. */
export function jsonReporter(options: ReportOptions = {}): Reporter {
  const { quiet = false, print = console.log } = options;
  const emit = (event: string, fields: object): void => print(JSON.stringify({ event, ...fields }));
  return {
    logEvery: 100,
    plan: (start, config) => emit("plan", { ...start, work: workTotals(start), config }),
    start: (start) => quiet || emit("start", start),
    note: (text) => quiet || emit("note", { text }),
    event: (event) => {
      if (quiet) return;
      if (event.kind !== "step") {
        const { kind, ...fields } = event;
        return emit(kind, fields);
      }
      const { kind, losses: _, ...fields } = event;
      emit(kind, fields);
    },
    saved: (path) => quiet || emit("checkpoint", { path }),
    paused: (pause) => emit("paused", pause),
    done: ({ stepMs: _, ...done }) => emit("done", { ...rankingIn(done.test), ...done }),
  };
}

/** Progress on standard error, the result on standard output. */
export function textReporter(
  progress: Progress,
  options: ReportOptions = {},
): Reporter {
  const { quiet = false, verbose = false, print = console.log } = options;
  let layers: readonly LayerPlan[] = [];
  return {
    logEvery: progress.terminal ? 20 : 100,
    plan: (start, config) => {
      const notes = start.notes.map((note) => ["note", note]);
      const facts = titled([...factsOf(start), ...workOf(start), ...notes], 8);
      [...facts, "", ...describePlan(start), "", config].forEach((line) => print(line));
    },
    start: (start) => {
      ({ layers } = start);
      if (quiet) return;
      const { plan, run, notes } = start;
      titled([
        ...factsOf(start),
        ["memory", `${size(plan.bytes.total)} on the device`],
        ...run === undefined ? [] : [["run", run]],
        ...notes.map((note) => ["note", note]),
      ], 9).forEach((line) => progress.log(line));
      if (verbose) ["", ...describePlan(start), ""].forEach((line) => progress.log(line));
    },
    note: (line) => quiet || titled([["note", line]], 9).forEach((each) => progress.log(each)),
    event: (event, elapsed) => {
      if (quiet) return;
      if (event.kind === "step") progress.update(progressFields({ ...event, elapsed }));
      if (event.kind === "rewire" && verbose) {
        describeRewiring(event).forEach((line) => progress.log(line));
      }
      if (event.kind === "epoch") {
        const { epoch, loss } = event;
        const measured = Object.entries(measuredIn(event)).map(([part, evaluation]) =>
          `  ${part} ${allOf(evaluation)}`
        ).join("");
        progress.log(
          `epoch ${epoch + 1}  mean loss ${loss.toFixed(4)}${measured}  ${
            event.seconds.toFixed(1)
          } s`,
        );
      }
    },
    saved: (path) => verbose && !quiet && progress.log(`wrote ${path}`),
    paused: ({ run, after, epochs }) => {
      progress.clear();
      print(`paused after ${after} of ${epochs} epochs; \`filigree resume ${run}\` goes on`);
    },
    done: (done) => {
      progress.clear();
      const main = mainOf(done.test);
      print(`test ${main.title} ${bold(written(main, done.test))}`);
      const others = allOf(done.test, [main.name, "loss"]) + byPropensity(done.propensity);
      if (others !== "" && !quiet) print(dim(`test ${others}`));
      if (done.validation !== undefined && !quiet) {
        print(dim(`validation ${allOf(done.validation)}`));
      }
      const took = `trained in ${seconds(done.seconds)}`;
      print(dim(
        done.hash === ""
          ? `sparsity 0.00 %: all layers are dense  ${took}`
          : `${shareOf(done.sparsity, layers)}  ${took}  ${patternsOf(done.hash, verbose)}`,
      ));
    },
  };
}

/** The figures of a ranking, which are of the result itself as well. */
export function rankingIn(test: Evaluation): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(test).filter(([name]) => name.includes("@")));
}

/** Hashes of patterns for people: where there are many, the ends of the list, which tell two runs apart. */
function patternsOf(hash: string, verbose: boolean): string {
  const all = hash.split("-");
  if (verbose || all.length <= HASHES) return `patterns ${hash}`;
  return `patterns ${all[0]} to ${all.at(-1)} of ${all.length} matrices`;
}

/** Most hashes of patterns on a line. */
const HASHES = 4;

/** A sparsity of the sparse layers, and where all layers are known the density of the whole that it makes. */
function shareOf(sparsity: number, layers: readonly LayerPlan[]): string {
  const text = `sparsity ${(100 * sparsity).toFixed(2)} % of the sparse layers`;
  if (layers.length === 0) return text;
  const sizes = layers.map(({ shape, density }) => ({ all: shape[0] * shape[1], density }));
  const sum = (some: typeof sizes): number => some.reduce((total, { all }) => total + all, 0);
  const sparse = sum(sizes.filter(({ density }) => density < 1));
  const density = 1 - sparsity * sparse / sum(sizes);
  return `${text}, density ${(100 * density).toFixed(2)} % of all`;
}

/** Operations of the products of one step: by connections, as the device carries them out, and were every layer dense. */
function workTotals(
  { plan, layers }: Start,
): Pick<LayerPlan, "flops" | "deviceFlops" | "denseFlops"> {
  const sum = (of: (layer: LayerPlan) => number): number =>
    layers.reduce((total, layer) => total + of(layer), 0);
  if (layers.length === 0) {
    return { flops: plan.flops, deviceFlops: plan.flops, denseFlops: plan.flops };
  }
  return {
    flops: sum(({ flops }) => flops),
    deviceFlops: sum(({ deviceFlops }) => deviceFlops),
    denseFlops: sum(({ denseFlops }) => denseFlops),
  };
}

/** What trains where with what, and how long: titles and texts. */
function factsOf(start: Start): string[][] {
  const { device, description, reason, data, network, method, layers } = start;
  const connections = layers.reduce((sum, layer) => sum + layer.connections, 0);
  const epochs = `${grouped(start.epochs)} ${start.epochs === 1 ? "epoch" : "epochs"}`;
  return [
    ["device", `${device}: ${description} (${reason})`],
    ["data", `${data}, ${grouped(start.examples)} examples to train with`],
    ["network", `${network}, ${grouped(connections)} connections`],
    ["method", method],
    ["steps", `${grouped(start.steps)} in ${epochs}`],
    ["rate", `up to ${Number(start.learningRate.toPrecision(4))}`],
  ];
}

/** What training costs, as publications count it, and as the device carries it out where that is more. */
function workOf(
  { flopsPerSequence, deviceFlopsPerSequence = 0, trainingFlops = 0, trainingDeviceFlops = 0 }:
    Start,
): string[][] {
  if (flopsPerSequence === undefined) return [];
  const counted = "by the formula of Dietrich et al. (2022), without embeddings and heads";
  const isMore = grouped(trainingFlops) !== grouped(trainingDeviceFlops);
  const times = `${grouped(trainingFlops)} in all`;
  const device = `${grouped(deviceFlopsPerSequence)} for a sequence, ${
    grouped(trainingDeviceFlops)
  } in all`;
  return [
    ["work", `${grouped(flopsPerSequence)} FLOPs to train with one sequence, ${counted}; ${times}`],
    ...isMore
      ? [[
        "",
        `these are counted by the connections that exist; the device carries out ${device}: it multiplies what masks leave out too`,
      ]]
      : [],
  ];
}

/** Lines of which each has a title in as many characters as `width`. */
function titled(rows: readonly (readonly string[])[], width: number): string[] {
  return rows.map(([title, text]) => `${title.padEnd(width)}${text}`);
}

function describePlan(start: Start): string[] {
  const { layers, plan, variants } = start;
  const bytes = Object.entries(plan.bytes).filter(([name]) => name !== "total");
  const connections = layers.reduce((sum, layer) => sum + layer.connections, 0);
  const possible = layers.reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
  const total = { label: "all layers", size: "", connections, density: connections / possible };
  // Layers under masks alone have products of what does not exist.
  const masked = layers.some(({ flops, deviceFlops }) => grouped(flops) !== grouped(deviceFlops));
  const titles = masked ? ["FLOPs of a step by connections", "of the device"] : ["FLOPs of a step"];
  const { deviceFlops } = workTotals(start);
  return [
    ...aligned([
      ["layers", "", "connections", "density", ...titles, "if dense"],
      ...layers.map((layer) =>
        workRow({ ...layer, size: `${layer.shape[0]} x ${layer.shape[1]}` }, masked)
      ),
      workRow({ ...total, ...workTotals(start) }, masked),
      // Attention is a product of no weight, and kernels of sparse weights go over the room in which they grow.
      ...grouped(plan.flops) === grouped(deviceFlops) ? [] : [[
        "  all products, room for growth too",
        ...["", "", "", ...masked ? [""] : []],
        grouped(plan.flops),
        "",
      ]],
    ]),
    "",
    bold("device memory"),
    ...bytes.map(([name, count]) =>
      `  ${name.padEnd(12)} ${size(count).padStart(12)} ${grouped(count).padStart(16)} bytes`
    ),
    `  ${"total".padEnd(12)} ${size(plan.bytes.total).padStart(12)} ${
      grouped(plan.bytes.total).padStart(16)
    } bytes`,
    "",
    bold("kernels of one step"),
    ...Object.entries(plan.kernels).map(([name, calls]) => {
      const variant = variants[name] === undefined ? "" : ` (${variants[name]})`;
      return `  ${name} x ${calls}${variant}`;
    }),
  ];
}

/** What a row of the table of a plan says. */
interface WorkRow extends Omit<LayerPlan, "shape"> {
  readonly size: string;
}

function workRow(row: WorkRow, masked: boolean): string[] {
  const { label, size, connections, density, flops, deviceFlops, denseFlops } = row;
  return [
    `  ${label}`,
    size,
    grouped(connections),
    `${(100 * density).toFixed(2)} %`,
    grouped(flops),
    ...masked ? [grouped(deviceFlops)] : [],
    grouped(denseFlops),
  ];
}

/** Columns as wide as their longest text, under a bold first row; the first two to the left. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const [head, ...lines] = linesOfTable(rows, (column) => column > 1);
  return [bold(head), ...lines];
}

function describeRewiring({ step, layers, seconds }: RewireEvent): string[] {
  const rows = layers.map((
    { label, dropped, grown, ablated, revived },
  ) => [
    `  ${label}`,
    "",
    ...[dropped, grown, ablated, revived].map(grouped),
  ]);
  return aligned([
    [`rewired at step ${step}`, `${(1000 * seconds).toFixed(1)} ms`, "dropped", "grown"]
      .concat("ablated", "revived"),
    ...rows,
  ]);
}

function size(bytes: number): string {
  return formatBytes(bytes, { binary: true });
}
