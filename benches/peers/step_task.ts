/**
 * What a training step is given, wherever its arrays come from.
 *
 * @module
 */
import type { OpenRequest } from "./protocol.ts";
import { readArray, type TaskArray } from "./serve.ts";

/** A perceptron that trains by plain SGD. */
export interface StepTask {
  /** `[examples, inputs]`. */
  readonly x: TaskArray;
  /** The class of each example. */
  readonly labels: Float32Array;
  /** `[outputs, inputs]` of each layer. */
  readonly weights: readonly TaskArray[];
  /** The same, 1 where there is a connection; absent of dense networks. */
  readonly masks?: readonly TaskArray[];
  /** Of every step. */
  readonly learningRate: number;
}

/** The step that a request asks for. */
export function stepTask(request: OpenRequest, masked: boolean): StepTask {
  const { layers, learningRate } = request.params;
  const arrays = (name: string): TaskArray[] =>
    Array.from({ length: layers }, (_, i) => readArray(request, `${name}${i}`));
  return {
    ...{ x: readArray(request, "x"), labels: readArray(request, "labels").data, learningRate },
    ...{ weights: arrays("weight"), ...(masked ? { masks: arrays("mask") } : {}) },
  };
}
