/**
 * What `filigree train` prints: lines for people, or one JSON object per line.
 *
 * @module
 */
import type { Bytes, Plan } from "../program/plan.ts";
import type { TrainEvent } from "../train/trainer.ts";
import { bold, dim, formatBytes } from "./deps.ts";
import { type Progress, progressLine, seconds } from "./progress.ts";

/** One weight matrix before training. */
export interface LayerPlan {
  /** Its name. */
  readonly label: string;
  /** `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
  /** Connections that it may have. */
  readonly connections: number;
}

/** What is known before the first step. */
export interface Start {
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
  /** Name of the method. */
  readonly method: string;
  /** Weight matrices. */
  readonly layers: readonly LayerPlan[];
  /** Bytes, kernels and operations. */
  readonly plan: Plan;
  /** The run's folder, if it has one. */
  readonly run?: string;
}

/** What is known after the test. */
export interface Done {
  /** Result on the test examples. */
  readonly test: { readonly accuracy: number };
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
  /** Something happened; `elapsed` is in seconds since the start. */
  event(event: TrainEvent, elapsed: number): void;
  /** All is done. */
  done(done: Done): void;
}

/** JSON lines on standard output. */
export function jsonReporter(print: (line: string) => void = console.log): Reporter {
  const emit = (event: string, fields: object): void => print(JSON.stringify({ event, ...fields }));
  return {
    logEvery: 100,
    plan: (start, config) => emit("plan", { ...start, config }),
    start: (start) => emit("start", start),
    event: (event) => {
      if (event.kind !== "step") {
        const { kind, ...fields } = event;
        return emit(kind, fields);
      }
      const { kind, losses: _, ...fields } = event;
      emit(kind, fields);
    },
    done: ({ test, loss, sparsity, hash, bytes, device, seconds }) =>
      emit("done", {
        test: { accuracy: test.accuracy },
        loss,
        sparsity,
        hash,
        bytes,
        device,
        seconds,
      }),
  };
}

/** Progress on standard error, the result on standard output. */
export function textReporter(
  progress: Progress,
  options: { readonly quiet?: boolean; readonly print?: (line: string) => void } = {},
): Reporter {
  const { quiet = false, print = console.log } = options;
  return {
    logEvery: progress.terminal ? 20 : 100,
    plan: (start, config) => [...describePlan(start), "", config].forEach((line) => print(line)),
    start: (start) => {
      if (quiet) return;
      const { device, description, reason, method, data, examples, layers, plan } = start;
      const connections = layers.reduce((sum, layer) => sum + layer.connections, 0);
      progress.log(`device   ${device}: ${description} (${reason})`);
      progress.log(`data     ${data}, ${examples.toLocaleString("en")} examples to train with`);
      progress.log(`network  ${shapes(layers)}, ${connections.toLocaleString("en")} connections`);
      progress.log(`method   ${method}`);
      progress.log(`memory   ${size(plan.bytes.total)} on the device`);
      if (start.run !== undefined) progress.log(`run      ${start.run}`);
    },
    event: (event, elapsed) => {
      if (quiet) return;
      if (event.kind === "step") progress.update(progressLine({ ...event, elapsed }));
      if (event.kind === "epoch") {
        const { epoch, loss } = event;
        progress.log(
          `epoch ${epoch + 1}  mean loss ${loss.toFixed(4)}  ${event.seconds.toFixed(1)} s`,
        );
      }
    },
    done: (done) => {
      progress.clear();
      print(`test accuracy ${bold(`${(100 * done.test.accuracy).toFixed(2)} %`)}`);
      print(dim(
        `sparsity ${(100 * done.sparsity).toFixed(2)} %  trained in ${seconds(done.seconds)}  ` +
          `patterns ${done.hash}`,
      ));
    },
  };
}

function describePlan({ device, description, reason, method, layers, plan }: Start): string[] {
  const bytes = Object.entries(plan.bytes).filter(([name]) => name !== "total");
  const kernels = Object.entries(plan.kernels).map(([name, calls]) => `${name} x ${calls}`);
  return [
    `device  ${device}: ${description} (${reason})`,
    `method  ${method}`,
    "",
    bold("layers"),
    ...layers.map(({ label, shape: [outputs, inputs], connections }) =>
      `  ${label.padEnd(16)} ${`${outputs} x ${inputs}`.padEnd(12)} ` +
      `${connections.toLocaleString("en").padStart(12)} connections  ` +
      `${(100 * connections / (outputs * inputs)).toFixed(2).padStart(6)} %`
    ),
    "",
    bold("device memory"),
    ...bytes.map(([name, count]) => `  ${name.padEnd(12)} ${size(count).padStart(12)}`),
    `  ${"total".padEnd(12)} ${size(plan.bytes.total).padStart(12)}`,
    "",
    bold("one step"),
    `  kernels: ${kernels.join(", ")}`,
    `  products: ${(plan.flops / 1e6).toFixed(1)} million floating-point operations`,
  ];
}

function shapes(layers: readonly LayerPlan[]): string {
  const [first] = layers;
  return [first?.shape[1] ?? 0, ...layers.map((layer) => layer.shape[0])].join("-");
}

function size(bytes: number): string {
  return formatBytes(bytes, { binary: true });
}
