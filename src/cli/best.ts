/**
 * Which epoch was best on the validation examples, and how long ago that was. Kept in the checkpoints of a run, so that one
 * that goes on chooses and stops as if it had never been interrupted.
 *
 * @module
 */
import type { Checkpoint } from "../train/checkpoint.ts";
import type { Evaluation } from "../train/evaluate.ts";

/** Name of the field in the metadata of checkpoints. */
const FIELD = "validation";

/** The validation of a run so far. */
export class Best {
  /** Of every epoch. */
  readonly #evaluations: Evaluation[];
  #epoch = -1;

  /** Goes on with what a checkpoint says of the epochs before it. */
  constructor(checkpoint?: Checkpoint) {
    this.#evaluations = JSON.parse(checkpoint?.metadata[FIELD] ?? "[]");
    this.#evaluations.forEach((_, epoch) => this.#compare(epoch));
  }

  /** What the best epoch gave; undefined before the first. The earliest counts among equals. */
  get evaluation(): Evaluation | undefined {
    return this.#evaluations[this.#epoch];
  }

  /** Notes the next epoch, and tells whether it is the best so far. */
  note(evaluation: Evaluation): boolean {
    return this.#compare(this.#evaluations.push(evaluation) - 1);
  }

  /** Whether the best epoch is the last one. */
  get isLast(): boolean {
    return this.#epoch === this.#evaluations.length - 1;
  }

  /** Whether the best epoch is `patience` epochs ago. */
  exhausted(patience: number | undefined): boolean {
    return patience !== undefined && this.#evaluations.length - 1 - this.#epoch >= patience;
  }

  /** What the next checkpoint keeps. */
  get notes(): Readonly<Record<string, string>> {
    return this.#evaluations.length === 0 ? {} : { [FIELD]: JSON.stringify(this.#evaluations) };
  }

  #compare(epoch: number): boolean {
    const best = this.evaluation;
    const better = best === undefined || scoreOf(this.#evaluations[epoch]) > scoreOf(best);
    if (better) this.#epoch = epoch;
    return better;
  }
}

/**
 * The larger the better: the accuracy, or P@1 of a ranking, and among equal ones the lower loss; the loss with its sign turned
 * where there is neither.
 */
export function scoreOf({ loss, ...shares }: Evaluation): number {
  const accuracy = shares.accuracy ?? shares["P@1"];
  if (accuracy === undefined) return -loss;
  // Accuracies of fewer than ten million examples differ by more.
  return accuracy - 1e-9 * Math.min(loss, 100);
}
