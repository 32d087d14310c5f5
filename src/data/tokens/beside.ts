/**
 * Examples to pre-train with that a worker makes beside the training, two batches ahead: the same bits as those that are made
 * between the steps. Making a batch takes a hundredth of a step of the smallest model or less, so that this pays only where the
 * thread of the training is wanted for something else (`benches/pretraining.ts`).
 *
 * @module
 */
import type { Batch, EpochOptions, Source } from "../source.ts";
import type { PretrainingName, PretrainingOptions } from "./pretraining.ts";

/** What the worker is told: an epoch to begin, or that the next batch is wanted. */
export type Asked =
  | {
    /** Folder of the corpus. */
    readonly folder: string;
    /** How examples are made. */
    readonly options: PretrainingOptions;
    /** Which epoch. */
    readonly number: number;
    /** How it is gone through. */
    readonly epoch: EpochOptions;
  }
  | "next";

/** What the worker says: a batch, that there is none left, or what is wrong. */
export interface Made {
  /** A batch. */
  readonly batch?: Batch<PretrainingName>;
  /** What is wrong. */
  readonly fault?: string;
}

/** Batches that are made ahead. */
const AHEAD = 2;

/** The examples of a source, made by a worker that opens the same corpus. */
export function besideTraining(
  source: Source<PretrainingName>,
  folder: string | URL,
  options: PretrainingOptions,
): Source<PretrainingName> {
  const { like } = source;
  return {
    ...source,
    ...(like === undefined
      ? {}
      : { like: (other) => besideTraining(like.call(source, other), folder, options) }),
    async *epoch(number, epoch) {
      using worker = new BatchWorker({ folder: String(folder), options, number, epoch });
      while (true) {
        const batch = await worker.next();
        if (batch === undefined) return;
        yield batch;
      }
    },
  };
}

/** A worker and what it has said. */
class BatchWorker implements Disposable {
  readonly #worker: Worker;
  readonly #made: Made[] = [];
  #heard: (() => void) | undefined;

  constructor(asked: Asked) {
    const worker = this.#worker = new Worker(new URL("./beside_worker.ts", import.meta.url), {
      type: "module",
      name: "filigree batches",
    });
    worker.onmessage = ({ data }: MessageEvent<Made>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#hear({ fault: `Cannot make batches: their worker has ended: ${event.message}` });
    };
    worker.postMessage(asked);
    for (let i = 0; i < AHEAD; i++) worker.postMessage("next" satisfies Asked);
  }

  /** The next batch, or undefined after the last one. */
  async next(): Promise<Batch<PretrainingName> | undefined> {
    while (this.#made.length === 0) await new Promise<void>((heard) => this.#heard = heard);
    const { batch, fault } = this.#made.shift() ?? {};
    if (fault !== undefined) throw new Error(fault);
    this.#worker.postMessage("next" satisfies Asked);
    return batch;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #hear(made: Made): void {
    this.#made.push(made);
    this.#heard?.();
  }
}
