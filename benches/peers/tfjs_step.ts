/**
 * The training step of TensorFlow.js, in a process or a page.
 *
 * @module
 */
import type * as Tfjs from "@tensorflow/tfjs";
import type { TaskArray, Work } from "./serve.ts";
import type { StepTask } from "./step_task.ts";

/** What this peer calls of the WebGPU backend. */
interface WebgpuBackend {
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  readonly queue: GPUQueue;
}

/** Waits until everything that was asked for has been computed. */
export function settler(tf: typeof Tfjs, device: string): () => Promise<void> {
  if (device !== "webgpu") return () => Promise.resolve();
  return async () => {
    const backend = tf.backend() as unknown as WebgpuBackend;
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.queue.onSubmittedWorkDone();
  };
}

/** `x` is [examples, inputs], weights become [inputs, outputs]: transposed products are slow on its WASM backend. */
export function prepareStep(
  tf: typeof Tfjs,
  settled: () => Promise<void>,
  task: StepTask,
): Work {
  const { learningRate } = task;
  const layers = task.weights.length;
  const indices = task.weights.map((_, i) => i);
  const matrix = ({ data, shape: [rows, columns] }: TaskArray) =>
    tf.tensor2d(data, [rows, columns]);
  const masks = task.masks?.map((mask) => tf.transpose(matrix(mask)));
  const weights = task.weights.map((weight) => tf.variable(tf.transpose(matrix(weight))));
  const biases = weights.map(({ shape: [, outputs] }) => tf.variable(tf.zeros([outputs])));
  const x = matrix(task.x);
  const classes = weights[layers - 1].shape[1];
  const y = tf.oneHot(tf.tensor1d(Int32Array.from(task.labels)), classes);
  const optimizer = tf.train.sgd(learningRate);
  const loss = (): Tfjs.Scalar => {
    let h: Tfjs.Tensor2D = x;
    for (const i of indices) {
      const weight = masks === undefined ? weights[i] : tf.mul<Tfjs.Tensor2D>(weights[i], masks[i]);
      h = tf.add(tf.matMul(h, weight), biases[i]);
      if (i < layers - 1) h = tf.relu(h);
    }
    return tf.losses.softmaxCrossEntropy(y, h) as Tfjs.Scalar;
  };
  return {
    async run(times) {
      const values: Tfjs.Scalar[] = [];
      for (let i = 0; i < times; i++) {
        const value = optimizer.minimize(loss, true);
        if (value !== null) values.push(value);
        await settled();
      }
      const losses: number[] = [];
      for (const value of values) {
        losses.push((await value.data())[0]);
        value.dispose();
      }
      return losses;
    },
  };
}
