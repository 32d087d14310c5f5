/**
 * The parts of a fine-tuning: labelled sentences, and a classifier over an encoder that was pre-trained.
 *
 * @module
 */
import { splitData } from "../data/training_data.ts";
import {
  type SentencePreparation,
  sentencePreparationOf,
  sentenceSource,
} from "../data/tokens/labelled.ts";
import { classifierOf } from "../models/bert.ts";
import type { MemorySource } from "../data/source.ts";
import { ofSentences } from "../tasks/sentences.ts";
import { grouped } from "./grouped.ts";
import { requireSteps, withLength } from "./run_length.ts";
import type { Config } from "./config/schema.ts";
import { TEST_SHARE } from "./data.ts";
import { ValidationError } from "./deps.ts";
import { readLabelled, requireClasses } from "./labelled.ts";
import { learning } from "./learning.ts";
import { type OwnData, requireOthers } from "./own_test.ts";
import { asWrongUse } from "./patterns.ts";
import { POSITIONS } from "./pretraining.ts";
import type { Opened } from "./session.ts";
import { sparsityOf, trainedBy } from "./settings.ts";
import { openStart } from "./start.ts";
import { classWeightsOf, taskNotes, taskOf } from "./task.ts";

/** What a configuration makes of labelled sentences and of what it begins with. */
export async function openFineTuning(asked: Config): Promise<Opened> {
  const { data: { name, validation, positions }, run: { seed } } = asked;
  const start = await openStart(asked);
  const labelled = await readLabelled(name);
  requireClasses(labelled, name);
  const preparation = asWrongUse(() =>
    sentencePreparationOf(labelled, start.tokenizer, {
      positions: positions ?? Math.min(POSITIONS, start.positions),
    })
  );
  requirePositions(preparation, start.positions);
  const all = sentenceSource(labelled, preparation);
  const tested = asWrongUse(() => splitData(all, { share: TEST_SHARE, seed }));
  const data = validation === undefined ? tested : {
    ...tested,
    ...await validated(tested, { name, validation }, { preparation, seed }),
  };
  const config = withLength(asked, data.train.examples);
  requireSteps(config, data.train.examples);
  const task = taskOf(config, preparation.target, await classWeightsOf(config, data.train));
  const model = asWrongUse(() => classifierOf(start.model, preparation.target.classes));
  return {
    ...{ config, data, network: networkOf(start, preparation, data) },
    ...asWrongUse(() => trainedBy(config, { model, sparsity: sparsityOf(config) })),
    learning: learning({ model, task: ofSentences(task.task) }),
    notes: taskNotes(task),
    begin: (device, trainer) => start.begin(device, trainer, model),
  };
}

/** What learns, in a few words, and how many sentences say what it is worth. */
function networkOf(
  { network }: { readonly network: string },
  { target: { classes } }: SentencePreparation,
  { train, test }: Pick<Opened["data"], "train" | "test">,
): string {
  const [learnt, tested] = [train, test].map(({ examples }) => grouped(examples));
  return `${network}, ${classes} classes, ${learnt} examples to train with and ${tested} to test with`;
}

/** Examples to validate with: a share of those to train with, or another file. */
async function validated(
  { train, test }: Pick<Opened["data"], "train" | "test">,
  names: { readonly name: string; readonly validation: string },
  { preparation, seed }: { readonly preparation: SentencePreparation; readonly seed: number },
): Promise<Partial<Opened["data"]>> {
  const share = Number(names.validation);
  if (Number.isNaN(share)) {
    const validation = await openSentences(names.validation, preparation);
    await requireOthers(names, validation, test);
    return { validation };
  }
  const parts = asWrongUse(() => splitData(train, { share, seed }));
  return { train: parts.train, validation: parts.test };
}

/**
 * Labelled sentences as a model reads them.
 *
 * @throws {ValidationError} if there is no such file, or it has a class that the model does not know.
 */
export async function openSentences(
  name: string,
  preparation: SentencePreparation,
): Promise<MemorySource> {
  const labelled = await readLabelled(name);
  return asWrongUse(() => sentenceSource(labelled, preparation));
}

/** Those of a run's own file: to train with, and set aside to test with. */
export async function openOwnSentences(
  { data: { name }, run: { seed } }: Config,
  preparation: SentencePreparation,
): Promise<OwnData> {
  const all = await openSentences(name, preparation);
  return { ...asWrongUse(() => splitData(all, { share: TEST_SHARE, seed })), aside: true };
}

function requirePositions({ inputs }: SentencePreparation, most: number): void {
  if (inputs <= most) return;
  throw new ValidationError(
    `Option "--positions" (data.positions) is ${inputs}; the encoder has ${most}: expected at most as many.`,
  );
}
