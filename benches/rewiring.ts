/**
 * `rewiring/...`: the share of a training run that goes into rewiring: growth scores, transfers, selection, new indices.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import type { Dataset } from "../src/data/dataset.ts";
import type { Method } from "../src/methods/method.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "../tests/arbitraries.ts";
import { median } from "./measure.ts";

/** What is trained while it is rewired. */
export interface RewiringRun {
  /** How patterns change. */
  readonly method: Method;
  /** Features from the input to the classes. */
  readonly sizes: readonly number[];
  /** Share of absent connections. */
  readonly sparsity: number;
  /** Examples in a step. */
  readonly batchSize: number;
  /** Steps. */
  readonly steps: number;
}

/** What {@linkcode measureRewiring} found. */
export interface RewiringShare {
  /** Seconds in rewiring over seconds of the run. */
  readonly share: number;
  /** Rewirings. */
  readonly rewirings: number;
  /** Milliseconds of one rewiring. */
  readonly milliseconds: number;
  /** Milliseconds of one step. */
  readonly step: number;
}

/**
 * Trains on random data and adds up. The losses must be finite, connections must have been exchanged, and the density kept.
 *
 * @throws {Error} if they were not.
 */
export async function measureRewiring(backend: Backend, run: RewiringRun): Promise<RewiringShare> {
  const { method, sizes, sparsity, batchSize, steps } = run;
  const device = new Device(backend, "bench", 1, record);
  const model = mlp({ sizes, sparsity });
  const optimizer = adamw({ learningRate: 1e-3 });
  const trainer = new Trainer({ device, model, optimizer, method, seed: 1 });
  const data = randomData(sizes[0], sizes[sizes.length - 1], batchSize * 100);
  let rewiring = 0;
  let rewirings = 0;
  let exchanged = 0;
  let total = 0;
  // The first rewiring compiles what it needs; a pass over 100 steps warms everything up.
  for (const epochs of [1 + 1, Math.ceil(steps / 100)]) {
    [rewiring, rewirings, exchanged] = [0, 0, 0];
    const start = performance.now();
    for await (const event of trainer.fit(data, { epochs, batchSize, logEvery: 100 })) {
      if (event.kind !== "rewire") continue;
      rewiring += event.seconds;
      rewirings++;
      for (const { dropped, grown } of event.layers) {
        if (dropped !== grown) throw new Error(`dropped ${dropped} connections but grew ${grown}`);
        exchanged += grown;
      }
    }
    total = (performance.now() - start) / 1000;
  }
  if (exchanged === 0) throw new Error("Cannot report rewiring: no connection was exchanged");
  return {
    share: rewiring / total,
    rewirings,
    milliseconds: rewiring / rewirings * 1000,
    step: (total - rewiring) / steps * 1000,
  };
}

/**
 * The same share for a model so large that steps are few: times a few steps and a few rewirings, and adds up what `interval`
 * steps between rewirings would give.
 *
 * @throws {Error} if no connection was exchanged.
 */
export async function measureLargeRewiring(
  backend: Backend,
  run: Omit<RewiringRun, "steps">,
  interval: number,
): Promise<RewiringShare & { readonly active: number }> {
  const { method, sizes, sparsity, batchSize } = run;
  const device = new Device(backend, "bench", 1, record);
  const model = mlp({ sizes, sparsity });
  const optimizer = adamw({ learningRate: 1e-3 });
  const trainer = new Trainer({ device, model, optimizer, method, seed: 1 });
  const data = randomData(sizes[0], sizes[sizes.length - 1], batchSize * method.every);
  const rewirings: number[] = [];
  const steps: number[] = [];
  let start = performance.now();
  let rewiring = 0;
  for await (const event of trainer.fit(data, { epochs: ROUNDS, batchSize, logEvery: 1 })) {
    if (event.kind === "rewire") {
      rewiring = event.seconds;
      rewirings.push(rewiring);
      if (event.layers.some(({ dropped, grown }) => dropped === 0 || dropped !== grown)) {
        throw new Error("Cannot report rewiring: a layer exchanged nothing, or not one for one");
      }
    }
    if (event.kind !== "step") continue;
    const now = performance.now();
    steps.push((now - start) / 1000 - rewiring);
    [start, rewiring] = [now, 0];
  }
  if (rewirings.length < 2) throw new Error("Cannot report rewiring: there was none");
  // The first rewiring compiles what it needs.
  const [once, step] = [median(rewirings.slice(1)), median(steps)];
  return {
    share: once / (once + interval * step),
    rewirings: rewirings.length,
    milliseconds: once * 1000,
    step: step * 1000,
    active: trainer.topology.statistics().reduce((sum, { connections }) => sum + connections, 0),
  };
}

/** Epochs of {@linkcode measureLargeRewiring}, each with one rewiring but the first. */
const ROUNDS = 6;

function randomData(inputs: number, classes: number, examples: number): Dataset {
  const source = new Source(3);
  return {
    features: source.floats(inputs * examples),
    labels: Uint8Array.from(source.integers(examples, classes)),
    examples,
    inputs,
    classes,
  };
}
