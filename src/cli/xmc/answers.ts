/**
 * A model of very many labels that is asked, and what it answers to lines.
 *
 * @module
 */
import type { ScoredLabels } from "../../data/labels/neighbours.ts";
import { type FeatureRows, longestOf } from "../../data/labels/rows.ts";
import {
  type RankingParts,
  type RankingPreparation,
  rankingSource,
} from "../../data/labels/source.ts";
import { DataFormatError } from "../../data/errors.ts";
import { columnsOf } from "../../data/source.ts";
import { SPECIAL_PIECES } from "../../data/tokens/vocabulary.ts";
import type { Device } from "../../program/device.ts";
import type { Program } from "../../program/program.ts";
import { restoreCheckpoint } from "../../train/checkpoint.ts";
import { preparationIn } from "../../train/description.ts";
import { rankedBy, rankingProgram } from "../../train/rank.ts";
import type { Config } from "../config/schema.ts";
import { oneLine } from "../plain.ts";
import type { SavedRun } from "../runs.ts";
import {
  type AskedLine,
  featuresOfLines,
  LineError,
  type LineReader,
  oddityOf,
} from "./asked_lines.ts";
import { rankingPreparationIn } from "./data.ts";
import { type Neighbours, neighboursIn, readNeighbours } from "./neighbours.ts";
import { folderOf, NAMES_FILE, namesIn } from "./names.ts";
import { lossOf, rankerOf } from "./open.ts";
import { pieceReader, type ReadPieces } from "./pieces.ts";
import { type ReadTexts, textReader, wordsIn } from "./words.ts";

/** Examples at a time: as many columns as a device has at least, so that one example takes no longer than its few. */
const TOGETHER = 32;

/** Positions of a program of texts are a multiple of this, so that there are few programs. */
const POSITIONS = 4;

/** A model that is asked. */
export interface Asked extends Disposable, LineReader {
  /** Makes tokens of texts, where the model reads these in their order. */
  readonly pieces: ReadPieces | undefined;
  /** What ranks the labels of so many positions. */
  readonly programOf: (positions: number) => Promise<Program>;
  readonly top: number;
  /** Labels of the head that are ranked: more where rows vote. */
  readonly pool: number;
  readonly names: readonly string[] | undefined;
  /** Rows that vote beside the head. */
  readonly neighbours: Neighbours | undefined;
  /** What a logit is for people. */
  readonly scoreOf: (logit: number) => number;
}

/** The labels that come first for an example. */
export interface Answer {
  /** The number of its line, from 0. */
  readonly example: number;
  /** How many different words, pieces or features of it the model knows. */
  readonly known: number;
  readonly labels: readonly {
    readonly label: number;
    readonly name?: string;
    readonly score: number;
  }[];
}

/**
 * Opens a model to ask it.
 *
 * @param most Labels that are wanted of each line; there may be fewer.
 * @param note Is told that what labels are called is lost.
 * @throws {ValidationError} if the run has another number of names than labels.
 */
export async function openAsked(
  saved: SavedRun,
  device: Device,
  { most, note }: { readonly most: number; readonly note: (line: string) => void },
): Promise<Asked> {
  const { config, checkpoint } = saved;
  const preparation = rankingPreparationIn(checkpoint.path, preparationIn(checkpoint));
  const { model } = rankerOf(config, preparation);
  await restoreCheckpoint(checkpoint, { device, model }, { weightsOnly: true });
  const top = Math.min(most, preparation.labels);
  const words = wordsIn(preparation);
  const pieces = pieceReader(words, preparation.inputs);
  const nothing = {
    features: noFeatures(preparation),
    ...pieces === undefined ? {} : { sequences: pieces([""]) },
  };
  const { inputs } = sourceOf(nothing, preparation.inputs);
  const voting = neighboursIn(config);
  const folder = folderOf(saved);
  const names = await namesIn(folder, preparation);
  if (names === undefined && preparation.named === true) {
    note(`"${folder}/${NAMES_FILE}" is not there: labels are told by their numbers alone`);
  }
  const neighbours = voting === undefined ? undefined : await readNeighbours(folder, voting);
  const pool = neighbours?.poolOf(top) ?? top;
  const options = { top: pool, batchSize: TOGETHER };
  const programs = new Map<number, Program>();
  const programOf = async (positions: number): Promise<Program> => {
    const made = programs.get(positions);
    if (made !== undefined) return made;
    const { tokens, weights } = inputs;
    const read = {
      ...{ tokens: { ...tokens, shape: [positions] } },
      ...{ weights: { ...weights, shape: [positions] } },
    };
    const known = { inputs: read, finite: true, preparation };
    const program = await rankingProgram(device, model, known, options);
    programs.set(positions, program);
    return program;
  };
  // The first lines need not wait for one.
  await programOf(positionsOf(nothing, preparation));
  return {
    ...{ preparation, pieces, read: lazily(() => textReader(words)) },
    ...{ programOf, top, pool, neighbours, scoreOf: scoresOf(config) },
    names,
    [Symbol.dispose]: () => programs.forEach((program) => program[Symbol.dispose]()),
  };
}

/**
 * Positions that a program has to read lines: texts that are read in their order are mostly shorter than the longest, and the time of an
 * answer is in proportion to its positions.
 */
function positionsOf(
  { sequences }: Pick<LineRows, "sequences">,
  { inputs: most }: RankingPreparation,
): number {
  if (sequences === undefined) return most;
  return Math.min(POSITIONS * Math.ceil(longestOf(sequences) / POSITIONS), most);
}

/** Reads by what is made when there is the first text: a model that was trained with features has no words. */
function lazily(make: () => ReadTexts): ReadTexts {
  let read: ReadTexts | undefined;
  return (texts) => (read ??= make())(texts);
}

/** The share that a logit of a binary cross-entropy is; logits of other losses are what they are. */
function scoresOf(config: Config): (logit: number) => number {
  return lossOf(config) === "bce" ? (logit) => 1 / (1 + Math.exp(-logit)) : (logit) => logit;
}

/** A line that was not answered. */
export interface Refusal {
  /** Its number, from 0. */
  readonly example: number;
  /** Why not. */
  readonly error: string;
}

/** What may be said of lines. */
export interface AnswerOptions {
  /** Whether a line that cannot be answered has a refusal in the place of its answer; it ends all of them by default. */
  readonly refusing?: boolean;
  /** Is told of the first line that is answered and was most likely not meant so. */
  readonly note: (line: string) => void;
}

/**
 * What the model says of lines, as they come.
 *
 * @throws {LineError} if a line cannot be answered, and it is not to have a refusal.
 */
export async function* answersOf(
  asked: Asked,
  groups: Iterable<readonly AskedLine[]> | AsyncIterable<readonly AskedLine[]>,
  { refusing = false, note }: AnswerOptions,
): AsyncGenerator<Answer | Refusal> {
  const about = { preparation: asked.preparation, inOrder: asked.pieces !== undefined };
  let first = 0, noted = false;
  for await (const group of groups) {
    for (let from = 0; from < group.length; from += TOGETHER) {
      const lines = group.slice(from, from + TOGETHER);
      const answers = refusing
        ? await answeredOrRefused(asked, lines, first)
        : await answered(asked, lines, first);
      for (const [i, line] of lines.entries()) {
        const answer = answers[i];
        if (!noted && typeof line === "string" && "known" in answer) {
          const { known, example } = answer;
          const odd = oddityOf({ text: line, number: example + 1, known }, about);
          if (odd !== undefined) note(odd);
          noted = odd !== undefined;
        }
        yield answer;
      }
      first += lines.length;
    }
  }
}

/** The answers to at most {@linkcode TOGETHER} lines. Of those that cannot be answered together each half is tried by itself. */
async function answeredOrRefused(
  asked: Asked,
  lines: readonly AskedLine[],
  first: number,
): Promise<(Answer | Refusal)[]> {
  try {
    return await answered(asked, lines, first);
  } catch (error) {
    if (!(error instanceof LineError || error instanceof DataFormatError)) throw error;
    if (lines.length === 1) return [{ example: first, error: oneLine(error.message) }];
  }
  const half = lines.length >> 1;
  const before = await answeredOrRefused(asked, lines.slice(0, half), first);
  return [...before, ...await answeredOrRefused(asked, lines.slice(half), first + half)];
}

/**
 * The answers to at most {@linkcode TOGETHER} lines.
 *
 * @throws {LineError} if one cannot be answered.
 * @throws {DataFormatError} if one could not be read.
 */
async function answered(
  asked: Asked,
  lines: readonly AskedLine[],
  first: number,
): Promise<Answer[]> {
  const { preparation, programOf, top, names, scoreOf } = asked;
  const texts = lines.map((line) => {
    if (typeof line === "string") return line;
    throw line;
  });
  const rows = await rowsIn(texts, asked, first);
  const positions = positionsOf(rows, preparation);
  const program = await programOf(positions);
  const source = sourceOf(rows, positions);
  const known = knownIn(rows, preparation);
  for (const { arrays: { tokens, weights }, examples } of source.epoch(0, ONE_BATCH)) {
    program.run([tokens, weights], { step: 0, totalSteps: 0 }, examples);
    const { labels, scores } = await rankedIn(program, asked, { source, examples, first });
    return texts.map((_, i) => ({
      ...{ example: first + i, known: known[i] },
      labels: Array.from({ length: top }, (_, place) => i * top + place).map((at) => ({
        label: labels[at],
        ...(names === undefined ? {} : { name: names[labels[at]] }),
        score: round(scoreOf(scores[at])),
      })),
    }));
  }
  throw new Error(`Cannot answer ${lines.length} lines: they made no batch`);
}

/**
 * The first labels of what a program ran over, with votes where rows vote.
 *
 * @throws {LineError} if a score is not finite.
 */
async function rankedIn(
  program: Program,
  { top, pool, neighbours }: Asked,
  { source, examples, first }: {
    readonly source: ReturnType<typeof sourceOf>;
    readonly examples: number;
    readonly first: number;
  },
): Promise<ScoredLabels> {
  const columns = columnsOf(TOGETHER);
  try {
    const ranked = await rankedBy(program, { examples, top: pool, columns, first });
    return neighbours?.add(ranked, source.features, { first: 0, top }) ?? ranked;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LineError(cause.message, { exitCode: 1, cause });
  }
}

/** How many different features of each line the model knows; that which stands for unknown words is none. */
function knownIn({ features }: LineRows, preparation: RankingPreparation): number[] {
  const { offsets, indices } = features;
  const unknown = wordsIn(preparation)?.words.indexOf(SPECIAL_PIECES.unknown) ?? -1;
  return Array.from({ length: features.rows }, (_, row) => {
    const found = new Set(indices.subarray(offsets[row], offsets[row + 1]));
    found.delete(unknown);
    return found.size;
  });
}

/** Lines are asked about in their order. */
const ONE_BATCH = { batchSize: TOGETHER, seed: 0, shuffle: false };

/** What is known of lines. */
type LineRows = Pick<RankingParts, "features" | "sequences">;

function sourceOf(rows: LineRows, positions: number) {
  return rankingSource({ ...rows, positions });
}

/** An example without features, which stands for all that come. */
function noFeatures({ features: columns }: RankingPreparation): FeatureRows {
  const [indices, values] = [new Uint32Array(0), new Float32Array(0)];
  return { rows: 1, columns, offsets: new Uint32Array(2), indices, values };
}

/**
 * What a model reads of lines: tokens of texts, or features.
 *
 * @throws {LineError} if a line is nothing that the model reads.
 */
async function rowsIn(lines: readonly string[], asked: Asked, first: number): Promise<LineRows> {
  const { pieces, read } = asked;
  // A text may look like features.
  if (pieces !== undefined) return { features: read(lines), sequences: pieces(lines) };
  return { features: await featuresOfLines(lines, asked, first) };
}

/** As many digits as an f32 has. */
function round(score: number): number {
  return Number(score.toPrecision(8));
}
