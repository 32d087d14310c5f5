/**
 * Means over the examples of a batch.
 *
 * @module
 */
import { extentOf } from "../program/axes.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { mean as meanKernel } from "./kernels/mean.ts";
import { meanGradient } from "./kernels/mean_gradient.ts";
import { weightedMean as weightedMeanKernel } from "./kernels/weighted_mean.ts";
import { weightedMeanGradient } from "./kernels/weighted_mean_gradient.ts";
import { meanAlong } from "./reductions.ts";
import { reshape } from "./reshape.ts";

/** Mean over the positions and the real examples of a `[1, ..., examples]` tensor. */
export function mean(x: Tensor): Tensor {
  return x.shape.length > 2 ? meanOfExamples(meanOfPositions(x)) : meanOfExamples(x);
}

/** `[1, examples]`: the mean over the positions of each example. */
function meanOfPositions(x: Tensor): Tensor {
  const positions = extentOf(x.shape.slice(1, -1));
  return reshape(meanAlong(reshape(x, [1, positions]), "positions"), [1]);
}

function meanOfExamples(x: Tensor): Tensor {
  const { trace, columns } = x;
  const output = trace.transient([], "activations");
  trace.emit(meanKernel, [x, trace.step, output], { columns });
  trace.differentiable({
    inputs: [x],
    output,
    backward(upstream) {
      const each = trace.activation(x.shape);
      trace.emit(meanGradient, [upstream, trace.step, each], { columns });
      return [each];
    },
  });
  return output;
}

/**
 * Mean over the real examples of a `[1, examples]` tensor, each weighted by the weight of its class; 0 where all of them
 * weigh nothing.
 *
 * @param labels `[1, examples]`, u32
 * @param weights One for each class.
 */
export function weightedMean(x: Tensor, labels: Tensor, weights: ArrayLike<number>): Tensor {
  const { trace, columns } = x;
  const shape = { columns, classes: weights.length };
  const ofClasses = trace.resource(
    new Resource({
      label: "class weights",
      type: "f32",
      length: weights.length,
      category: "program",
      initial: () => Float32Array.from(weights),
    }),
  );
  const output = trace.transient([], "activations");
  const total = trace.transient([], "activations");
  trace.emit(weightedMeanKernel, [x, labels, ofClasses, trace.step, output, total], shape);
  trace.differentiable({
    inputs: [x],
    output,
    backward(upstream) {
      const each = trace.activation(x.shape);
      const read = [upstream, labels, ofClasses, total, trace.step];
      trace.emit(weightedMeanGradient, [...read, each], shape);
      return [each];
    },
  });
  return output;
}
