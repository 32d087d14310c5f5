/**
 * The batch normalisation layer.
 *
 * @module
 */
import { batchNorm as batchNormOperation } from "../ops/batch_norm.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import type { Context } from "./context.ts";
import { defineLayer, type LayerDefinition, recordOf, requireShape } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxAffine } from "./onnx.ts";
import { isSequence } from "./onnx_linear.ts";
import { makeBias, requireSizes } from "./parameters.ts";

/** Options of {@linkcode batchNorm}. */
export interface BatchNormOptions {
  /** Added to variances, so that a channel that never changes is divided by no 0; 1e-5 by default. */
  readonly epsilon?: number;
  /** Share of the newest batch in the running statistics; 0.1 by default. */
  readonly momentum?: number;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** Which statistics a call works with. */
const STATISTICS = { train: "tracked", score: "batch", evaluate: "running" } as const;

/**
 * Batch normalisation (Ioffe and Szegedy 2015): every channel of `[channels, examples]` or
 * `[channels, height, width, examples]` to mean 0 and variance 1 over pixels and examples, then scaled (by 1 at first) and
 * shifted (by 0 at first). Training uses the statistics of the batch and keeps running ones, with unbiased variances as
 * PyTorch does; evaluation uses the running ones, which checkpoints hold and optimizers leave alone. Behind a convolution or
 * linear layer with normalisation no bias is of use. Of several processes each goes by the examples that it has, or by those of all:
 * `syncBatchNorm` of a trainer.
 *
 * @param channels Channels of x.
 * @throws {RangeError} if `channels` is not a whole number above 0, epsilon is not above 0 or momentum not in [0, 1].
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(
 *   nn.conv2d(3, 16, { padding: 1, bias: false }),
 *   nn.batchNorm(16),
 *   nn.relu(),
 * );
 * console.assert(model.parameters.length === 4);
 * ```
 */
export function batchNorm(channels: number, options: BatchNormOptions = {}): Module {
  const { epsilon = 1e-5, momentum = 0.1, name = "batchNorm" } = options;
  const what = `batch normalisation "${name}"`;
  requireSizes(what, { channels });
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw new RangeError(`Cannot make ${what}: epsilon is ${epsilon}; expected a number above 0`);
  }
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new RangeError(
      `Cannot make ${what}: momentum is ${momentum}; expected a number from 0 to 1`,
    );
  }
  const category = "parameters";
  const scale = new Resource({
    label: `${name}.scale`,
    type: "f32",
    length: channels,
    category,
    trainable: true,
    initial: () => new Float32Array(channels).fill(1),
  });
  const shift = makeBias(`${name}.shift`, channels);
  const running = new Resource({
    label: `${name}.running`,
    type: "f32",
    length: 2 * channels,
    category,
    initial: () => new Float32Array(2 * channels).fill(1, channels),
  });
  const norm = { scale, shift, running, epsilon, momentum };
  const apply = (x: Tensor, { mode, ranks }: Context): Tensor => {
    const statistics = STATISTICS[mode];
    return batchNormOperation(x, {
      ...norm,
      statistics,
      ...(ranks === undefined ? {} : { ranks }),
    });
  };
  return makeModule(apply, {
    ...recordOf(batchNormLayer, { channels, epsilon, momentum }),
    name,
    own: { scale, shift, running },
  });
}

/** The batch normalisation layer as checkpoints and exports know it. */
export const batchNormLayer: LayerDefinition = defineLayer({
  kind: "batchNorm",
  settings: {
    channels: { type: "integer", least: 1, description: "Channels of x" },
    epsilon: { type: "number", above: 0, description: "Added to variances" },
    momentum: { type: "number", least: 0, most: 1, description: "Share of the newest batch" },
  },
  make: ({ settings: { channels, ...settings }, name }) =>
    batchNorm(channels, { ...settings, name }),
  exported: {
    shape(layer, input) {
      requireShape(layer, input, [layer.vectors.scale.length, ...input.slice(1)]);
      return input;
    },
    describe(
      { name, settings: { epsilon }, vectors: { scale, shift, running } },
      writer,
      [channels],
    ) {
      return {
        ...{ name, channels, epsilon },
        scale: writer.vector(scale, `${name}.scale`),
        shift: writer.vector(shift, `${name}.shift`),
        running: writer.vector(running, `${name}.running`, [2, channels]),
      };
    },
    onnx({ name, settings: { epsilon }, vectors: { scale, shift, running } }, graph, x) {
      const [mean, variance] = [running.subarray(0, scale.length), running.subarray(scale.length)];
      if (isSequence(x.shape)) {
        // The operator of ONNX has its channels behind the examples, where a sequence has positions.
        const by = scale.map((factor, i) => factor / Math.sqrt(variance[i] + epsilon));
        const to = shift.map((offset, i) => offset - mean[i] * by[i]);
        return onnxAffine(graph, x, { scale: by, shift: to, name });
      }
      const parts = { scale, shift, mean, variance };
      const vectors = Object.entries(parts).map(([part, numbers]) =>
        graph.vector(numbers, `${name}.${part}`)
      );
      return graph.node("BatchNormalization", [x.name, ...vectors], { epsilon });
    },
  },
});
