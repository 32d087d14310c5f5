/**
 * Gradient accumulation: the gradients of several batches, summed in device memory, make one update.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { accumulate } from "../ops/kernels/accumulate.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor, Trace } from "../program/trace.ts";
import { type Gradients, gradientsOf } from "./gradients.ts";

/**
 * Mean gradients and the mean loss over the batches of an update, weighted by their examples, so that the update equals
 * that of one large batch. Of a sparse weight only active values have a sum. Patterns may change between updates, never
 * inside one.
 *
 * Two programs share them: one adds a batch, the other adds the last one and updates. Each run says where its batch
 * stands in the update, as `part` of the clock. Or one adds every batch, and the other, which begins with
 * {@linkcode GradientSums.held}, updates: between the two the host may change what lies in the sums, such as by an exchange
 * with other machines.
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
    this.sum(gradientsOf(loss));
    return loss;
  }

  /** The transform that adds the gradients and the loss of a batch, and gives the sums. */
  sum(gradients: Gradients): Gradients {
    const { loss: { trace }, of } = gradients;
    trace.stepWriters.push(({ u32, f32 }, { part }) => {
      const examples = u32[STEP_WORDS.examples];
      f32[STEP_WORDS.share] = part?.counts === false ? 0 : examples / (part?.total ?? examples);
    });
    const added = (to: Tensor, length: number, x: Tensor): Tensor => {
      trace.emit(accumulate, [to, x, trace.step], { length });
      return to;
    };
    const sums = new Map<Resource, Tensor>();
    for (const [parameter, gradient] of of) {
      const sum = trace.resource(this.of(parameter));
      sums.set(parameter, added(sum, parameter.length, gradient));
    }
    return {
      ...gradients,
      of: sums,
      loss: added(trace.resource(this.#loss, []), 1, gradients.loss),
    };
  }

  /**
   * The sums as they lie, with nothing added: what the second half of a step begins with, once a first half has added every
   * batch and the host has changed what it wants to change.
   *
   * @throws {ReferenceError} if no program was traced that adds to them.
   */
  held(trace: Trace): Gradients {
    if (this.#sums.size === 0) {
      throw new ReferenceError(
        "Cannot take the sums of gradients: nothing adds to them; expected a program that does to be traced first",
      );
    }
    const sums = [...this.#sums].map(([parameter, sum]) =>
      [parameter, trace.resource(sum)] as const
    );
    return { loss: trace.resource(this.#loss, []), of: new Map(sums) };
  }

  /** Where all of them lie: the sum of each parameter, then that of the losses. */
  get resources(): readonly Resource[] {
    return [...this.#sums.values(), this.#loss];
  }

  /** Where the sum of a parameter lies: as long as the parameter. */
  of(parameter: Resource): Resource {
    let sum = this.#sums.get(parameter);
    if (sum === undefined) {
      const label = `${parameter.label}.gradient`;
      sum = new Resource({ label, type: "f32", length: parameter.length, category: "gradients" });
      this.#sums.set(parameter, sum);
    }
    return sum;
  }
}
