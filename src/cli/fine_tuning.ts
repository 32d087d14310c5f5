/**
 * The parts of a fine-tuning: labelled sentences, and a classifier over an encoder that was pre-trained.
 *
 * @module
 */
import { splitData } from "../data/training_data.ts";
import {
  type LabelledSentences,
  labelledSentences,
  type SentencePreparation,
  sentencePreparationOf,
  sentenceSource,
} from "../data/tokens/labelled.ts";
import { classifierOf } from "../models/bert.ts";
import type { MemorySource } from "../data/source.ts";
import { ofSentences } from "../tasks/sentences.ts";
import { requireSteps, withLength } from "./run_length.ts";
import type { Config } from "./config/schema.ts";
import { TEST_SHARE } from "./data.ts";
import { requirePath } from "./data_sets/definition.ts";
import { readUtf8 } from "./corpora/plain.ts";
import { ValidationError } from "./deps.ts";
import { learning } from "./learning.ts";
import { asWrongUse } from "./patterns.ts";
import { POSITIONS } from "./pretraining.ts";
import type { Opened } from "./session.ts";
import { sparsityOf, trainedBy } from "./settings.ts";
import { openStart } from "./start.ts";
import { classWeightsOf, taskNotes, taskOf } from "./task.ts";

/** What the column of the classes is called in files that name their columns. */
const HEADERS: readonly string[] = ["label", "labels", "class", "category", "target", "sentiment"];

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
    ...await validated(tested.train, { ...asked.data, validation }, { preparation, seed }),
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
  const [learnt, tested] = [train, test].map(({ examples }) => examples.toLocaleString("en"));
  return `${network}, ${classes} classes, ${learnt} examples to train with and ${tested} to test with`;
}

/** Examples to validate with: a share of those to train with, or another file. */
async function validated(
  train: Opened["data"]["train"],
  { validation }: { readonly validation: string },
  { preparation, seed }: { readonly preparation: SentencePreparation; readonly seed: number },
): Promise<Partial<Opened["data"]>> {
  const share = Number(validation);
  if (Number.isNaN(share)) return { validation: await openSentences(validation, preparation) };
  const { train: rest, test } = asWrongUse(() => splitData(train, { share, seed }));
  return { train: rest, validation: test };
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

/** Those of a run's own file that it was not trained with. */
export async function openOwnSentences(
  { data: { name }, run: { seed } }: Config,
  preparation: SentencePreparation,
): Promise<Opened["data"]["test"]> {
  const all = await openSentences(name, preparation);
  return splitData(all, { share: TEST_SHARE, seed }).test;
}

async function readLabelled(name: string): Promise<LabelledSentences> {
  const expected =
    "expected one of labelled sentences: a line each, the class, a tab, and the sentence.";
  await requirePath(name, `Option "--data" is "${name}", and there is no such file; ${expected}`);
  if ((await Deno.stat(name)).isDirectory) {
    throw new ValidationError(`Option "--data" is "${name}", which is a folder; ${expected}`);
  }
  const labelled = labelledSentences(await readUtf8(name), name);
  requireAlike(labelled, name);
  return labelled;
}

/** Refuses sentences among pairs: a tab too many or too few is likelier than both in one task. */
function requireAlike({ texts }: LabelledSentences, name: string): void {
  const other = texts.findIndex(({ length }) => length !== texts[0].length);
  if (other < 0) return;
  const kinds = ["one sentence", "a pair of sentences"];
  throw new ValidationError(
    `Cannot read "${name}" at line ${other + 1}: it has ${kinds[texts[other].length - 1]}, ` +
      `and the lines before it ${kinds[texts[0].length - 1]}; expected the same in every line.`,
  );
}

/** Refuses what nothing can be learnt of, and a line of names of columns, which would be an example of a class of its own. */
function requireClasses({ labels, classNames }: LabelledSentences, name: string): void {
  if (classNames.length < 2) {
    throw new ValidationError(
      `Cannot train with "${name}": every sentence is of the class "${
        classNames[0]
      }"; expected two classes or more.`,
    );
  }
  const first = labels[0];
  if (HEADERS.includes(classNames[first].toLowerCase()) && !Array.from(labels).includes(first, 1)) {
    throw new ValidationError(
      `Cannot read "${name}" at line 1: its class "${
        classNames[first]
      }" is in no other line, so that it seems to hold ` +
        "names of columns; expected a file without them.",
    );
  }
}

function requirePositions({ inputs }: SentencePreparation, most: number): void {
  if (inputs <= most) return;
  throw new ValidationError(
    `Option "--positions" (data.positions) is ${inputs}; the encoder has ${most}: expected at most as many.`,
  );
}
