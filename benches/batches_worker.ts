/**
 * The worker of `batches/...`: makes the batches of an epoch in shared memory, two taking turns, one for each message.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { ClassDataset } from "../src/data/dataset.ts";
import { sourceIn } from "../src/data/examples_source.ts";
import { Ahead } from "../src/train/ahead.ts";

/** What the worker is begun with. */
export interface WorkerOrder {
  /** The examples; their arrays are in shared memory. */
  readonly data: ClassDataset;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Memory of two batches. */
  readonly slots: readonly { readonly features: Uint32Array; readonly target: Uint32Array }[];
}

let batches: Ahead | undefined;
let order: WorkerOrder | undefined;
let turn = 0;

self.onmessage = async ({ data }: MessageEvent<WorkerOrder | number>) => {
  if (typeof data !== "number") {
    order = data;
    return;
  }
  if (order === undefined) return;
  // A number begins that epoch; below 0 it asks for the next batch.
  if (data >= 0) {
    const { batchSize } = order;
    batches = new Ahead(sourceIn(order.data), data, { batchSize, seed: 0, shuffle: true });
  }
  const batch = await batches?.next();
  if (batch === undefined) return self.postMessage(0);
  const slot = order.slots[turn++ % 2];
  slot.features.set(batch.arrays.features);
  slot.target.set(batch.arrays.target);
  self.postMessage(batch.examples);
};
