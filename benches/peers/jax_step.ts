/**
 * The training step of jax-js, in a process or a page.
 *
 * @module
 */
import type { TaskArray, Work } from "./serve.ts";
import type { StepTask } from "./step_task.ts";

/** The library. */
export type Jax = typeof import("@jax-js/jax");

/** A tensor of the library. */
export type Tensor = ReturnType<Jax["numpy"]["array"]>;

/** `x` is [examples, inputs], weights are [outputs, inputs], as jax-js users write it. */
export function prepareStep(
  jax: Jax,
  settled: () => Promise<void>,
  task: StepTask,
): Work {
  const { blockUntilReady, jit, nn, numpy: np, tree, valueAndGrad } = jax;
  const { learningRate, labels, x: batch } = task;
  const layers = task.weights.length;
  const array = ({ data, shape }: TaskArray): Tensor => np.array(data, { shape });
  const indices = task.weights.map((_, i) => i);
  const masks = task.masks?.map(array) ?? [];
  const masked = masks.length > 0;
  const examples = batch.shape[0];
  const classes = task.weights[layers - 1].shape[0];
  const target = new Float32Array(examples * classes);
  labels.forEach((label, i) => target[i * classes + label] = 1);

  type Parameters = { weights: Tensor[]; biases: Tensor[] };
  const weights = task.weights.map(array);
  const biases = weights.map(({ shape: [outputs] }) => np.zeros([outputs]));
  let parameters: Parameters = { weights, biases };

  const loss = (p: Parameters, x: Tensor, y: Tensor, ...masks: Tensor[]): Tensor => {
    let h = x;
    for (const i of indices) {
      const weight = masked ? p.weights[i].mul(masks[i]) : p.weights[i];
      h = np.matmul(h, weight.transpose()).add(p.biases[i]);
      if (i < layers - 1) h = nn.relu(h);
    }
    return nn.logSoftmax(h, 1).mul(y).sum().mul(-1 / examples);
  };
  // deno-lint-ignore no-explicit-any -- jax-js cannot type a function over trees and arrays.
  const step: (...given: unknown[]) => [Parameters, Tensor] = (jit as any)(
    (p: Parameters, x: Tensor, y: Tensor, ...masks: Tensor[]) => {
      // deno-lint-ignore no-explicit-any -- as above.
      const [value, gradient] = (valueAndGrad as any)(loss)(tree.ref(p), x, y, ...masks);
      const next = tree.map(
        (old: Tensor, slope: Tensor) => old.sub(slope.mul(learningRate)),
        p,
        gradient,
      );
      return [next, value];
    },
  );
  return {
    async run(times) {
      const values: Tensor[] = [];
      for (let i = 0; i < times; i++) {
        const x = np.array(batch.data, { shape: batch.shape });
        const y = np.array(target, { shape: [examples, classes] });
        const [next, value] = step(parameters, x, y, ...masks.map((mask) => mask.ref));
        parameters = next;
        values.push(value);
        await blockUntilReady(parameters);
      }
      await settled();
      const losses: number[] = [];
      for (const value of values) losses.push((await value.data())[0]);
      return losses;
    },
  };
}
