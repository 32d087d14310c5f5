/**
 * Gradient accumulation: the gradients of several batches, summed in device memory, make one update.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { accumulate, add } from "../ops/kernels/mod.ts";
import { differentiate } from "../program/differentiate.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";

/**
 * Mean gradients and the mean loss over the batches of an update, weighted by their examples, so that the update equals
 * that of one large batch. Of a sparse weight only active values have a sum. Patterns may change between updates, never
 * inside one.
 *
 * Two programs share them: one adds a batch, the other adds the last one and updates. Each run says where its batch
 * stands in the update, as `part` of the clock.
 *
 * @example
 * ```ts
 * import { createDevice, crossEntropy, GradientSums, labels, matrix, nn, sgd } from "@filigree/filigree";
 *
 * const device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = nn.linear(4, 3);
 * const optimizer = sgd({ learningRate: 0.1 });
 * const sums = new GradientSums();
 * const specs = [matrix(4, 32), labels(32)];
 * const first = await device.compile(specs, (x, y) => sums.add(crossEntropy(model(x), y)));
 * const last = await device.compile(specs, (x, y) =>
 *   optimizer.update(crossEntropy(model(x), y), { sums }));
 * const batch = [new Float32Array(4 * 32).fill(1), new Uint32Array(32)];
 * first.run(batch, { step: 0, totalSteps: 1, part: { before: 0, total: 64 } });
 * last.run(batch, { step: 0, totalSteps: 1, part: { before: 32, total: 64 } });
 * const [losses] = await last.scalars();
 * console.assert(losses.length === 1 && losses[0] > 0);
 * device.close();
 * ```
 */
export class GradientSums {
  readonly #sums = new Map<Resource, Resource>();
  readonly #loss = new Resource({
    label: "sum of losses",
    type: "f32",
    length: 1,
    category: "outputs",
  });

  /**
   * Records that the gradients of a batch are added to the sums; nothing is updated.
   *
   * @returns The loss of this batch.
   */
  add(loss: Tensor): Tensor {
    this.gradients(loss);
    this.loss(loss);
    return loss;
  }

  /** Records that the gradients of a batch are added, and gives the sum of each parameter. */
  gradients(loss: Tensor): Map<Resource, Tensor> {
    const { trace } = loss;
    trace.stepWriters.push(({ u32, f32 }, { part }) => {
      const { before, total } = part ?? { before: 0, total: u32[STEP_WORDS.examples] };
      f32[STEP_WORDS.share] = u32[STEP_WORDS.examples] / total;
      u32[STEP_WORDS.begun] = before > 0 ? 1 : 0;
    });
    return new Map([...gradientsOf(loss)].map(([parameter, gradient]) => {
      const sum = trace.resource(this.#of(parameter));
      trace.emit(accumulate, [sum, gradient, trace.step], { length: parameter.length });
      return [parameter, sum];
    }));
  }

  /** Records that the loss of a batch is added, and gives the sum. */
  loss(loss: Tensor): Tensor {
    const { trace } = loss;
    const sum = trace.resource(this.#loss, []);
    trace.emit(accumulate, [sum, loss, trace.step], { length: 1 });
    return sum;
  }

  #of(parameter: Resource): Resource {
    let sum = this.#sums.get(parameter);
    if (sum === undefined) {
      const label = `${parameter.label}.gradient`;
      sum = new Resource({ label, type: "f32", length: parameter.length, category: "gradients" });
      this.#sums.set(parameter, sum);
    }
    return sum;
  }
}

/** Records the gradients of a loss with respect to every parameter that it reaches. */
export function gradientsOf(loss: Tensor): Map<Resource, Tensor> {
  const gradients = new Map<Resource, Tensor>();
  for (const [{ storage }, gradient] of differentiate(loss, add)) {
    if (storage.kind === "resource") gradients.set(storage.resource, gradient);
  }
  return gradients;
}
