/**
 * What ranks exchange in a step: the gradients of the parameters, of a sparse weight those of its stored values alone, in one sum.
 *
 * @module
 */
import type { Parallel } from "../parallel/parallel.ts";
import type { Device } from "../program/device.ts";
import type { Resource } from "../program/resource.ts";

/** What {@linkcode Exchange} is made of. */
export interface ExchangeParts {
  /** Where this rank computes. */
  readonly device: Device;
  /** The ranks. */
  readonly parallel: Parallel;
  /** What is added up: the sums of gradients and losses of this rank's examples, each divided by those of all ranks. */
  readonly sums: readonly Resource[];
  /** What every batch changes beside them, of which the mean over all examples is kept: running statistics. */
  readonly states: readonly Resource[];
}

/** The sums of a step over all ranks. */
export class Exchange {
  readonly #parts: ExchangeParts;
  /** Everything one behind the other, and whether a rank was asked to stop. */
  readonly #message: Float32Array;

  /** Takes the memory of what travels. */
  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const { sums, states } = parts;
    const numbers = [...sums, ...states].reduce((count, { length }) => count + length, 0);
    this.#message = new Float32Array(numbers + 1);
  }

  /** Has the sums of this rank begin with 0. */
  clear(): void {
    const { device, sums } = this.#parts;
    for (const sum of sums) device.write(sum, new Float32Array(sum.length));
  }

  /**
   * Puts the sums over all ranks into the place of this rank's.
   *
   * @param share Share of this rank's examples in those of the step; 0 where it had none and its sums count for nothing.
   * @param stop Whether this rank was asked to stop.
   * @returns Whether any rank was.
   */
  async sum(share: number, stop: boolean): Promise<boolean> {
    const { device, parallel, sums, states } = this.#parts;
    const message = this.#message;
    const all = [...sums, ...states];
    const read = share === 0 ? [] : await Promise.all(all.map((each) => device.readFloats(each)));
    if (share === 0) message.fill(0);
    let at = 0;
    for (const [i, numbers] of read.entries()) {
      message.set(i < sums.length ? numbers : numbers.map((state) => share * state), at);
      at += numbers.length;
    }
    message[message.length - 1] = Number(stop);
    parallel.allReduce(message);
    at = 0;
    for (const resource of all) {
      device.write(resource, message.subarray(at, at + resource.length));
      at += resource.length;
    }
    return message[message.length - 1] > 0;
  }
}
