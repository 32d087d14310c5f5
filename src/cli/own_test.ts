/**
 * What a run may be tested with: examples that it was not trained with, as far as its checkpoint tells.
 *
 * @module
 */
import { sourceIn } from "../data/examples_source.ts";
import { isOfFeatures } from "../data/preparation.ts";
import { isSource } from "../data/source.ts";
import { splitData, type TestedData, type TrainingData } from "../data/training_data.ts";
import { exists } from "../runtime/atomic_files.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { preparationIn } from "../train/description.ts";
import { CheckpointError } from "../train/errors.ts";
import { OF_CONTENT } from "../train/terms.ts";
import { trainingIn } from "../train/training.ts";
import type { Config } from "./config/schema.ts";
import { TEST_SHARE } from "./data.ts";
import { ValidationError } from "./deps.ts";

/** Data as they are today, of a run that names them. */
export interface OwnData extends TestedData {
  /** Whether those to test with were set aside of one file, so that a change of it chooses others. */
  readonly aside: boolean;
}

/**
 * Whether examples are those that the run of a checkpoint was begun with, standardised as it says; undefined where it does not tell, as
 * those of old do.
 */
export async function isOfRun(
  checkpoint: Checkpoint,
  train: TrainingData,
): Promise<boolean | undefined> {
  const then = contentIn(checkpoint);
  if (then === undefined) return undefined;
  const preparation = preparationIn(checkpoint);
  const known = preparation !== undefined && isOfFeatures(preparation) ? preparation : undefined;
  // Files are standardised by all of their rows, trainings by those that they have.
  const measured = !isSource(train) && train.normalization !== undefined;
  const same = measured && known?.normalization !== undefined
    ? { ...train, normalization: known.normalization }
    : train;
  return then === await sourceIn(same).fingerprint();
}

/** What the data of a run were. */
function contentIn(checkpoint: Checkpoint): string | undefined {
  try {
    return trainingIn(checkpoint).run?.terms.fixed[OF_CONTENT];
  } catch (error) {
    // To go on with it takes more than to test it.
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}

/**
 * Refuses to test with a part of data that changed, where some of it may be what the model was trained with; says in a line that they
 * changed where those to test with have a file of their own.
 *
 * @param name What they are called.
 * @param own All of them, before any are set aside to validate with.
 * @param tell Takes a line.
 * @throws {ValidationError} if those to test with were set aside of data that are others now.
 */
export async function requireOwn(
  name: string,
  checkpoint: Checkpoint,
  { train, aside, config }: Pick<OwnData, "train" | "aside"> & { readonly config: Config },
  tell: (line: string) => void,
): Promise<void> {
  if (await isOfRun(checkpoint, trainedOf(train, config)) !== false) return;
  if (aside) {
    throw new ValidationError(
      `Cannot test with "${name}": it is not what the model was trained with, so that other examples would be set aside, most of ` +
        "which it may have been trained with; expected the data as they were, or --data and examples that it was not trained with.",
    );
  }
  tell(
    `the examples of "${name}" to train with are not those that the model was trained with: those to test with may be others too. ` +
      "A relative path counts from the folder of this command",
  );
}

/**
 * Of examples that come without a part to test with: where they are those of the run, the part that was set aside to test with, and
 * else all.
 */
export async function untrainedOf(
  all: TrainingData,
  { checkpoint, config }: { readonly checkpoint: Checkpoint; readonly config: Config | undefined },
): Promise<TrainingData> {
  if (config === undefined || all.examples < 2 || isSource(all) && all.split === undefined) {
    return all;
  }
  const { train, test } = splitData(all, { share: TEST_SHARE, seed: config.run.seed });
  return await isOfRun(checkpoint, trainedOf(train, config)) === true ? test : all;
}

/**
 * Refuses to validate with what is tested with, or with the data of which that was set aside: the test would choose the model that it
 * tests.
 *
 * @param names What the data of the run and those to validate with are called.
 * @param looked Those to validate with, prepared like those of `test`.
 * @throws {ValidationError} if they are the same file or folder, or the same examples.
 */
export async function requireOthers(
  { name, validation }: { readonly name: string; readonly validation: string },
  looked: TrainingData,
  test: TrainingData,
): Promise<void> {
  const contents = [looked, test].map((data) => sourceIn(data).fingerprint());
  const [own, other] = await Promise.all(contents);
  if (own !== other && await placeOf(name) !== await placeOf(validation)) return;
  throw new ValidationError(
    `Option "--validation" (data.validation) is "${validation}", which has the examples that the model is tested with, and they are to ` +
      "choose nothing; expected a share of those to train with, such as 0.1, or other examples.",
  );
}

/** A path as the system knows it; the name of what is none. */
async function placeOf(name: string): Promise<string> {
  return await exists(name) ? await Deno.realPath(name) : name;
}

/** What is trained with of examples to train with: a share may be set aside to validate with. */
function trainedOf(
  train: TrainingData,
  { run: { seed }, data: { validation } }: Config,
): TrainingData {
  const share = Number(validation ?? NaN);
  return Number.isNaN(share) ? train : splitData(train, { share, seed }).train;
}
