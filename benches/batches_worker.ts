/**
 * The worker of `batches/...`: makes the batches of an epoch in shared memory, two taking turns, one for each message.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { ClassDataset } from "../src/data/dataset.ts";
import { sourceOf } from "../src/data/examples_source.ts";
import type { Batch } from "../src/data/source.ts";

/** What the worker is begun with. */
export interface WorkerOrder {
  /** The examples; their arrays are in shared memory. */
  readonly data: ClassDataset;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Memory of two batches. */
  readonly slots: readonly { readonly features: Float32Array; readonly target: Uint32Array }[];
}

let batches: Iterator<Batch> | undefined;
let order: WorkerOrder | undefined;
let turn = 0;

self.onmessage = ({ data }: MessageEvent<WorkerOrder | number>) => {
  if (typeof data !== "number") {
    order = data;
    return;
  }
  if (order === undefined) return;
  // A number begins that epoch; below 0 it asks for the next batch.
  if (data >= 0) {
    const { batchSize } = order;
    batches = sourceOf(order.data).epoch(data, { batchSize, seed: 0, shuffle: true })
      [Symbol.iterator]();
  }
  const { value, done } = batches?.next() ?? { value: undefined, done: true };
  if (done === true) return self.postMessage(0);
  const slot = order.slots[turn++ % 2];
  slot.features.set(value.arrays.features);
  slot.target.set(value.arrays.target);
  self.postMessage(value.examples);
};
