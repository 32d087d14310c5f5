/**
 * The worker of `beside.ts`: makes the batches of an epoch, one for each time that it is asked.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { Batch } from "../source.ts";
import type { Asked, Made } from "./beside.ts";
import { openPretrainingCorpus, type PretrainingName } from "./pretraining.ts";

/** Batches one after the other. */
type Batches = Iterator<Batch<PretrainingName>> | AsyncIterator<Batch<PretrainingName>>;

let batches: Promise<Batches> | undefined;

/** What is asked is answered in its order. */
let answered: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Asked>): void => {
  if (data !== "next") batches = begin(data);
  else answered = answered.then(async () => self.postMessage(await make()));
};

async function begin(
  { folder, options, number, epoch }: Exclude<Asked, "next">,
): Promise<Batches> {
  const { train } = await openPretrainingCorpus(folder, options);
  const made = train.epoch(number, epoch);
  return Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]();
}

async function make(): Promise<Made> {
  try {
    const next = await (await batches)?.next();
    return next === undefined || next.done === true ? {} : { batch: next.value };
  } catch (fault) {
    return { fault: fault instanceof Error ? fault.message : String(fault) };
  }
}
