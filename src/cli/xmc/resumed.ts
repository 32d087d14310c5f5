/**
 * Whether a run of very many labels goes on with the data that it began with.
 *
 * @module
 */
import { isOfRanking } from "../../data/labels/source.ts";
import { preparationFor, type TrainingData } from "../../data/training_data.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { preparationIn } from "../../train/description.ts";
import { ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { wordsIn } from "./words.ts";

/**
 * Refuses data of which another model would be made: what is told of its parameters then would not say why.
 *
 * @param run Its folder.
 * @param name What it is trained with.
 * @throws {ValidationError} if there are other labels, words or features than the run began with.
 */
export function requireSameSizes(
  run: string,
  name: string,
  checkpoint: Checkpoint,
  train: TrainingData,
): void {
  const then = preparationIn(checkpoint);
  if (then === undefined || !isOfRanking(then)) return;
  const now = preparationFor(train);
  if (!isOfRanking(now)) return;
  const words = wordsIn(then) === undefined ? "features" : "words";
  for (const [what, key] of [["labels", "labels"], [words, "features"]] as const) {
    if (then[key] === now[key]) continue;
    throw new ValidationError(
      `Cannot resume "${run}": "${name}" has ${
        grouped(now[key])
      } ${what} now, and the run was begun with ${
        grouped(then[key])
      }; expected the data that it began with.`,
    );
  }
}
