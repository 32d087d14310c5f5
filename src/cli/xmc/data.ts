/**
 * Examples of very many labels as a run reads them: features of files, or words of texts, and what both are called.
 *
 * @module
 */
import type { OtherPreparation, SourcePreparation } from "../../data/preparation.ts";
import { fileSource } from "../../data/files.ts";
import { linesIn } from "../../data/lines.ts";
import type { LabelRows } from "../../data/labels/rows.ts";
import type { ManyLabelPart, ManyLabelSet } from "../../data/labels/parts.ts";
import {
  isOfRanking,
  type RankingPreparation,
  type RankingSource,
  rankingSource,
} from "../../data/labels/source.ts";
import { orderIn } from "../../data/labels/places.ts";
import { readJsonTexts } from "../../data/labels/json_lines.ts";
import { PROPENSITIES, type PropensityModel } from "../../data/labels/propensity.ts";
import { TextRows } from "../../data/labels/texts.ts";
import type { TrainedSizes } from "../../models/definition.ts";
import { exists } from "../../runtime/atomic_files.ts";
import { CheckpointError } from "../../train/errors.ts";
import type { Config } from "../config/schema.ts";
import { refuse } from "../applicable.ts";
import { POSITIONS } from "../pretraining.ts";
import { ValidationError } from "../deps.ts";
import type { TrainedEncoder } from "../start.ts";
import {
  goneNote,
  knownFeatures,
  knownLabels,
  type Places,
  placesOf,
  unknownNotes,
} from "./known.ts";
import { lineOf, namesIn } from "./names.ts";
import { pieceReader, piecesOfTexts } from "./pieces.ts";
import { type Asked, readTested, requireCounts, requireLabels } from "./read.ts";
import { trainedSizesIn } from "./start.ts";
import { textReader, type Words, wordsIn, wordsOfFeatures, wordsOfTexts } from "./words.ts";

/** Examples to train and to test with. */
export interface RankingData {
  /** To train with; propensities are made of its labels. */
  readonly train: RankingSource;
  /** How many of these are rows of the data: what labels are called lies behind them. */
  readonly rows: number;
  /** To test with. */
  readonly test: RankingSource;
  /** All labels of those to test with, where a model was trained already: it ranks those that `test` has. */
  readonly truth?: LabelRows;
  /** Pairs of those to test with that are not to be predicted. */
  readonly filter?: LabelRows;
  /** What labels are called, where that is known. */
  readonly names?: TextRows;
}

/** What is known of a model before its examples are read. */
export interface KnownModel {
  /** How the examples of a model are prepared that was trained already. */
  readonly like?: RankingPreparation;
  /** What the encoder of one begins with that is to be trained. */
  readonly start?: TrainedEncoder;
  /** The folder of the run of such a model, which says what its labels are called. */
  readonly folder?: string;
  /** Another file to test such a model with. */
  readonly test?: string;
  /** Takes lines of what of the examples such a model does not know; nobody hears them by default. */
  readonly tell?: (line: string) => void;
}

/**
 * The examples of a configuration.
 *
 * @throws {ValidationError} if there are no such files, they do not belong together, or the model does not know their labels.
 * @throws {DataFormatError} if a file is damaged; names its line.
 */
export async function openRankingData(
  asked: Asked,
  known: KnownModel = {},
): Promise<RankingData> {
  const { like, start, test: other, tell = () => {} } = known;
  const set = await readTested(asked, other);
  const { train, test } = set;
  requireCounts(asked, train);
  if (like === undefined) requireLabels(asked, train);
  const words = like === undefined ? await wordsFor(set, asked, start) : wordsIn(like);
  const trained = like === undefined ? start?.sizes : trainedSizesIn(like);
  const positions = like?.inputs ?? asked.data.positions;
  requirePositions(asked, trained);
  const names = await namesFor(set, asked, like);
  const notes = {
    ...(words === undefined ? {} : { words }),
    ...(trained === undefined ? {} : { trained }),
    ...(names === undefined ? {} : { named: true }),
  };
  const count = like?.labels ?? train.labels.columns;
  const places = await placesFor(set, names, asked, known);
  const tested = other ?? asked.data.test ?? asked.data.name;
  const sourceOf = (part: ManyLabelPart, most?: number): RankingSource => {
    const pieces = pieceReader(words, most ?? mostPositions(trained));
    const texts = pieces === undefined ? part.texts : requireTexts(part, asked);
    const read = pieces === undefined ? part.features : undefined;
    const own = read ?? textReader(words)(texts ?? []);
    const features = knownFeatures(own, like?.features ?? own.columns, read && places.features);
    const labels = knownLabels(part.labels, count, places.labels);
    if (part === test) {
      unknownNotes(tested, { labels: labels.unknown, features: features.unknown }).forEach(tell);
    }
    return rankingSource({
      features: features.rows,
      ...(pieces === undefined || texts === undefined ? {} : { sequences: pieces(texts) }),
      labels: labels.rows,
      ...(most === undefined ? {} : { positions: most }),
      notes,
    });
  };
  const own = asUse(asked, () => sourceOf(train, positions));
  const allOf = (rows: LabelRows) => knownLabels(rows, count, places.labels).all;
  return {
    ...{ train: own, rows: set.rows },
    // Both are read alike.
    test: asUse(
      { data: { name: tested } },
      () => sourceOf(test, own.inputs.tokens.shape[0]),
    ),
    ...(like === undefined ? {} : { truth: allOf(test.labels) }),
    ...(test.filter === undefined ? {} : { filter: allOf(test.filter) }),
    ...(names === undefined ? {} : { names }),
  };
}

/**
 * The numbers that labels and features of files have in a model that was trained: those of their names, where they have some.
 *
 * @throws {ValidationError} if names do not tell them.
 */
async function placesFor(
  { train: { features } }: ManyLabelSet,
  names: TextRows | undefined,
  asked: Asked,
  { like, folder, test, tell = () => {} }: KnownModel,
): Promise<{ readonly labels?: Places; readonly features?: Places }> {
  if (like === undefined || folder === undefined) return {};
  const { data: { name } } = asked;
  const known = await namesIn(folder, like);
  const called = names === undefined ? undefined : calledNow(names, known);
  const labels = known && called && asUse(asked, () => placesOf(known, called, "labels"));
  // Of those that only a file to test with had, another one need not know.
  if (test === undefined && known !== undefined && called !== undefined) {
    const left = new Set(called);
    const gone = known.filter((label) => !left.has(label));
    if (gone.length > 0) tell(goneNote(name, gone));
  }
  const words = features && wordsIn(like)?.words;
  const lines = words && await featureNames(name);
  const own = words && lines && asUse(asked, () => placesOf(words, lines, "features"));
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(own === undefined ? {} : { features: own }),
  };
}

/** What labels are called now, in the form of the names of a run. */
function calledNow(names: TextRows, known: readonly string[] | undefined): readonly string[] {
  const called = Array.from(names, lineOf);
  // Runs of before made blanks of all kinds alike.
  const before = Array.from(names, (name) => name.replaceAll(/\s+/g, " ").trim());
  return known?.every((name, i) => name === before[i]) === true ? before : called;
}

/** The numbers of the model of propensities that a configuration names. */
export function propensityModelOf(
  { data: { propensities = "other" } }: Pick<Config, "data">,
): PropensityModel {
  const known = Object.entries(PROPENSITIES).find(([name]) => name === propensities)?.[1];
  if (known !== undefined) return known;
  const [a, b] = propensities.split(":").map(Number);
  return { a, b };
}

/**
 * The preparation of a checkpoint of such a model.
 *
 * @throws {CheckpointError} if it is of another one, or damaged.
 */
export function rankingPreparationIn(
  path: string,
  preparation: SourcePreparation | OtherPreparation | undefined,
): RankingPreparation {
  if (preparation !== undefined && isOfRanking(preparation)) {
    requireOrder(path, preparation);
    return preparation;
  }
  throw new CheckpointError(
    path,
    "its model does not rank very many labels; expected one of `filigree xmc train`",
  );
}

/** Refuses an order of labels that is none. */
function requireOrder(path: string, preparation: RankingPreparation): void {
  try {
    orderIn(preparation);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CheckpointError(path, cause.message, { cause });
  }
}

/** The words that features are of: those of texts to train with, or those that lie beside a file of features. */
async function wordsFor(
  { train }: ManyLabelSet,
  asked: Asked,
  start: TrainedEncoder | undefined,
): Promise<Words | undefined> {
  const { model: { encoder = "tfidf" }, data: { name, pieces } } = asked;
  if (encoder === "bert") {
    const read = requireTexts(train, asked);
    const tokenizer = start?.tokenizer;
    return asUse(asked, () =>
      piecesOfTexts(read, {
        ...(tokenizer === undefined ? {} : { tokenizer }),
        ...(pieces === undefined ? {} : { pieces }),
      }));
  }
  const { texts } = train;
  if (texts !== undefined) {
    const how = { mean: encoder === "bag", ...(pieces === undefined ? {} : { pieces }) };
    return asUse(asked, () => wordsOfTexts(texts, how));
  }
  if (encoder === "bag") requireTexts(train, asked);
  if (pieces !== undefined) {
    throw new ValidationError(
      `Option "--pieces" (data.pieces) is ${pieces}, but "${name}" has features; expected data with texts.`,
    );
  }
  if (train.features === undefined) return undefined;
  const lines = await featureNames(name);
  return lines?.length === train.features.columns
    ? wordsOfFeatures(train.features, lines)
    : undefined;
}

/** The words that features are, as a file beside them says it. */
async function featureNames(name: string): Promise<readonly string[] | undefined> {
  const path = `${besideOf(name)}/features.txt`;
  return await exists(path) ? linesIn(await Deno.readTextFile(path)) : undefined;
}

/** @throws {ValidationError} if a part has features where texts are read. */
function requireTexts({ texts }: ManyLabelPart, { data, model: { encoder } }: Asked): TextRows {
  if (texts !== undefined) return texts;
  throw new ValidationError(
    `Option "--encoder" (model.encoder) is ${encoder}, which reads texts, but "${data.name}" has features; expected tfidf, or ` +
      "data with texts.",
  );
}

/** @throws {ValidationError} if more tokens of a text are asked for than an encoder reads. */
function requirePositions({ data: { positions } }: Asked, trained: TrainedSizes | undefined): void {
  if (trained === undefined || positions === undefined || positions <= trained.positions) return;
  refuse(
    "data.positions",
    `is ${positions}; the encoder has ${trained.positions}: expected at most as many`,
  );
}

/** Tokens of a text that are read where nobody says how many. */
function mostPositions(trained: TrainedSizes | undefined): number {
  return Math.min(POSITIONS, trained?.positions ?? POSITIONS);
}

/** What labels are called: in the data, or in a file beside them that has as many, where no model says how many there are. */
async function namesFor(
  { labelTexts, train: { labels } }: ManyLabelSet,
  { data: { name } }: Asked,
  like: RankingPreparation | undefined,
): Promise<TextRows | undefined> {
  if (labelTexts !== undefined) return labelTexts;
  const folder = besideOf(name);
  const found = await exists(`${folder}/lbl.json`)
    ? await readJsonTexts(await fileSource(`${folder}/lbl.json`))
    : await exists(`${folder}/Y.txt`)
    ? TextRows.of(linesIn(await Deno.readTextFile(`${folder}/Y.txt`)))
    : undefined;
  return like !== undefined || found?.rows === labels.columns ? found : undefined;
}

/** The folder that a file lies in, or the folder itself. */
function besideOf(path: string): string {
  try {
    if (Deno.statSync(path).isDirectory) return path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return /^(.*)[/\\][^/\\]*$/.exec(path)?.[1] ?? ".";
}

/** What cannot be made of files that users named is wrong use. */
function asUse<Result>(
  { data: { name } }: { readonly data: Pick<Asked["data"], "name"> },
  make: () => Result,
): Result {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ValidationError(`Cannot use "${name}": ${cause.message}`, { cause });
  }
}
