/**
 * Files of what a trained model is asked: examples without what they are in truth.
 *
 * @module
 */
import type { Examples } from "./dataset.ts";
import { readExamples } from "./examples.ts";
import { linesIn } from "./lines.ts";
import { isOfFeatures, type SourcePreparation } from "./preparation.ts";
import type { Source } from "./source.ts";
import { isOfText, textQuestions } from "./text.ts";
import { isOfSentences, sentenceQuestions, type Sentences } from "./tokens/labelled.ts";

/**
 * Reads a file of what a model is asked, as its training prepared it: features as {@linkcode readExamples} reads them, or
 * texts, one a line; pairs of sentences have a tab between them.
 *
 * @throws {DataFormatError} if the file is damaged.
 * @throws {RangeError} if there are no texts in it, sentences have their classes before them, or the model reads what no file has.
 */
export async function readQuestions(
  file: string,
  preparation: SourcePreparation,
): Promise<Examples | Source> {
  if (isOfFeatures(preparation)) return await readExamples(file, preparation);
  if (isOfSentences(preparation)) {
    const texts = (await linesOf(file)).map(sentencesIn);
    requireUnlabelled(texts, preparation.target.names, file);
    return sentenceQuestions(texts, preparation);
  }
  if (!isOfText(preparation)) {
    throw new RangeError(
      `Cannot read "${file}" for this model: it reads data of the kind "${preparation.kind}"; expected features or text`,
    );
  }
  return textQuestions(await linesOf(file), preparation);
}

/** Refuses labelled sentences: their classes would be read as the first sentences of pairs. */
function requireUnlabelled(
  texts: readonly Sentences[],
  classes: readonly string[],
  file: string,
): void {
  if (!texts.every(([first, second]) => second !== undefined && classes.includes(first))) return;
  throw new RangeError(
    `Cannot read "${file}": every line begins with a class of the model and a tab; expected sentences without their classes`,
  );
}

/** The lines of a file. */
async function linesOf(file: string): Promise<string[]> {
  const texts = linesIn(await Deno.readTextFile(file));
  if (texts.length > 1 || texts[0] !== "") return texts;
  throw new RangeError(`Cannot read "${file}": it is empty; expected a text a line`);
}

/** A sentence, or two with a tab between them. */
function sentencesIn(line: string): Sentences {
  const [first, second] = line.split("\t");
  return second === undefined ? [first] : [first, second];
}
