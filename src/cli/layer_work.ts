/**
 * What a training step costs, layer by layer, beside what it would cost were the layers dense; and how the device computes it.
 *
 * @module
 */
import { pathsIn } from "../nn/module.ts";
import type { LayerWeight } from "../nn/tree.ts";
import type { WebgpuBackend } from "../device/webgpu/backend.ts";
import { GradientSums } from "../optim/gradient_sums.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { workOf } from "../profile/work.ts";
import type { Device } from "../program/device.ts";
import type { TracedProgram } from "../program/program.ts";
import { arraysIn, type SplitData } from "../data/training_data.ts";
import { specsOf } from "../train/objective.ts";
import { expectedRepeats, firstConnections } from "../sparse/geometry.ts";
import { mayRepeat } from "../sparse/lookup.ts";
import { traceUpdate } from "../train/update.ts";
import type { Config } from "./config/schema.ts";
import type { Learning } from "./learning.ts";

/** The programs of one step of a training, in order: traced, nothing is allocated. */
export function traceStep(
  { device, data: { train }, optimizer, learning: { model, loss, inputs }, config }: StepParts,
): TracedProgram[] {
  const { batch, accumulate } = config.train;
  const moments = optimizer.begin(model.parameters, pathsIn(model));
  const sums = new GradientSums();
  // What ranks have in parts is told as one process would have it.
  const parts = { device, model, optimizer, moments, loss, sums, alone: true };
  const specs = specsOf("train", inputs, arraysIn(train, config.data), batch);
  const { add, last } = traceUpdate(parts, specs, accumulate);
  return [...Array<TracedProgram | undefined>(accumulate - 1).fill(add), last]
    .filter((program) => program !== undefined);
}

/** What {@linkcode traceStep} traces. */
export interface StepParts {
  /** Where it runs. */
  readonly device: Device;
  /** The examples. */
  readonly data: SplitData;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** The model and what it learns. */
  readonly learning: Learning;
  /** Batch sizes. */
  readonly config: Config;
}

/** One weight matrix before training. */
export interface LayerPlan {
  /** Its name. */
  readonly label: string;
  /** `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
  /** Connections that it begins with. */
  readonly connections: number;
  /** The same as a share of all that are possible, in [0, 1]. */
  readonly density: number;
  /**
   * Floating-point operations of its products in one step, forward and both gradients, counted by connections: of a layer under a
   * mask those of the weights that its final mask leaves, as publications count them.
   */
  readonly flops: number;
  /** What the device carries out: of a layer under a mask, whose products are dense, `denseFlops`; else `flops`. */
  readonly deviceFlops: number;
  /** What they would be if every connection existed. */
  readonly denseFlops: number;
}

/**
 * The layers of a model with the work of one step, before anything is allocated.
 *
 * @param programs The programs that a step runs, in order.
 */
export function planLayers(
  programs: readonly TracedProgram[],
  weights: readonly LayerWeight[],
): LayerPlan[] {
  const calls = Map.groupBy(
    programs.flatMap((each) => workOf(each, weights)),
    ({ parameter }) => parameter,
  );
  return weights.map(({ label, values, shape, sparse }) => {
    const all = shape[0] * shape[1];
    const connections = sparse === undefined ? all : firstConnections(sparse.geometry);
    const density = connections / all;
    let flops = 0, deviceFlops = 0, denseFlops = 0;
    for (const { flops: own = 0, denseFlops: whole = 0 } of calls.get(values) ?? []) {
      deviceFlops += own;
      denseFlops += whole;
      // A product of lists has counted connections; a dense one of a sparse weight has not.
      flops += own < whole ? own : whole * density;
    }
    return { label, shape, connections, density, flops, deviceFlops, denseFlops };
  });
}

/** How much of what is drawn with replacement repeats an input, as chance has it: a sentence, or none where nothing is. */
export function repeatNotes(weights: readonly LayerWeight[]): string[] {
  let connections = 0, repeats = 0;
  for (const { sparse } of weights) {
    if (sparse === undefined || !mayRepeat(sparse.spec)) continue;
    const own = firstConnections(sparse.geometry);
    connections += own;
    repeats += own * expectedRepeats(sparse.geometry);
  }
  if (connections === 0) return [];
  const share = `${(100 * repeats / connections).toFixed(1)} %`;
  return [`of what is drawn with replacement about ${share} repeat an input of their row`];
}

/** The sizes of layers one behind the other, such as "784-512-10". */
export function shapesOf(layers: readonly LayerPlan[]): string {
  const [first] = layers;
  return [first?.shape[1] ?? 0, ...layers.map(({ shape }) => shape[0])].join("-");
}

/** How each kernel is computed on WebGPU: the entry points that it dispatches, by the kernel's name, each once. */
export function variantsOf(
  { name, backend }: Device,
  programs: readonly TracedProgram[],
): Record<string, string> {
  if (name !== "webgpu") return {};
  const { traits } = backend as WebgpuBackend;
  const found = new Map<string, Set<string>>();
  for (const { kernel, params } of programs.flatMap(({ calls }) => calls)) {
    const names = found.get(kernel.name) ?? new Set();
    for (const { entry, module } of kernel.gpu.dispatches(params, traits)) {
      names.add(module === undefined ? entry : `${module}.${entry}`);
    }
    found.set(kernel.name, names);
  }
  return Object.fromEntries([...found].map(([name, names]) => [name, [...names].join(", ")]));
}
