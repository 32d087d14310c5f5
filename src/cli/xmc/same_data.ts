/**
 * Whether the data of a run of very many labels are those that it began with.
 *
 * @module
 */
import { isOfRanking } from "../../data/labels/source.ts";
import { preparationFor, type TrainingData } from "../../data/training_data.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { preparationIn } from "../../train/description.ts";
import { ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { isOfRun } from "../own_test.ts";
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

/**
 * Says where rows are not those that a model was trained with, as it reads them: how often labels come is counted in them. Where what
 * labels are called is lost they have to be the same, or nobody knew which labels the numbers of today are.
 *
 * @param lost Why nobody knows the names of the labels any more, where there were some.
 * @param other Whether another file is tested with than that of the run, which may number other labels behind those to train with.
 * @param tell Takes a line.
 * @throws {ValidationError} if names are lost, and rows are others or the checkpoint does not tell.
 */
export async function requireKnownRows(
  name: string,
  checkpoint: Checkpoint,
  train: TrainingData,
  { lost, other, tell }: {
    readonly lost?: string;
    readonly other: boolean;
    readonly tell: (line: string) => void;
  },
): Promise<void> {
  const isSame = await isOfRun(checkpoint, train);
  if (lost !== undefined && (other || isSame !== true)) {
    throw new ValidationError(
      `Cannot tell which labels of "${name}" are those of the model: ${lost}; expected those names, or the rows that it was trained with, ` +
        "and no other ones to test with.",
    );
  }
  if (isSame !== false) return;
  tell(
    `the rows of "${name}" to train with are not those that the model was trained with: PSP and figures by frequency count ` +
      "labels in those of today",
  );
}
