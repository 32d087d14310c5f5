/**
 * `filigree xmc predict`: which labels a trained model puts first for texts or features.
 *
 * @module
 */
import { type FeatureRows, longestOf } from "../../data/labels/rows.ts";
import {
  type RankingParts,
  type RankingPreparation,
  rankingSource,
} from "../../data/labels/source.ts";
import { columnsOf } from "../../data/source.ts";
import { createDevice } from "../../ops/device.ts";
import type { Device } from "../../program/device.ts";
import type { Program } from "../../program/program.ts";
import { restoreCheckpoint } from "../../train/checkpoint.ts";
import { preparationIn } from "../../train/description.ts";
import { openAtomically } from "../../runtime/atomic_files.ts";
import { rankedBy, rankingProgram } from "../../train/rank.ts";
import type { Config } from "../config/schema.ts";
import type { Flags } from "../config/flags.ts";
import { requireFile } from "../data_sets/definition.ts";
import { Command, EnumType, ValidationError } from "../deps.ts";
import { addDeviceFlag, deviceOptions } from "../model.ts";
import { Output } from "../output.ts";
import { readRun, type SavedRun } from "../runs.ts";
import { featuresOfLines, type LineReader, linesOfFile, linesOfInput } from "./asked_lines.ts";
import { rankingPreparationIn } from "./data.ts";
import { type Neighbours, neighboursIn, readNeighbours } from "./neighbours.ts";
import { lossOf, NAMES_FILE, rankerOf } from "./open.ts";
import { pieceReader, type ReadPieces } from "./pieces.ts";
import { type ReadTexts, textReader, wordsIn } from "./words.ts";

/** Examples at a time: as many columns as a device has at least, so that one example takes no longer than its few. */
const TOGETHER = 32;

/** Positions of a program of texts are a multiple of this, so that there are few programs. */
const POSITIONS = 4;

/** The command `xmc predict`. */
export function predictCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Tell the first labels of texts, or of features such as 3:0.5 8:1, one example a line: of a file, or of standard input, " +
        "where each line is answered as it comes.",
    )
    .arguments("<run:string> [file:string]")
    .type("format", new EnumType(["jsonl", "tsv"]))
    .option("--top <count:integer>", "Labels of each example.", { default: 5 })
    .option("--format <name:format>", "jsonl (default) or tsv.", { default: "jsonl" })
    .option("--out <file:string>", "Where to write; standard output by default.");
  addDeviceFlag(command);
  command.action(async (flags: Flags, run: string, file?: string) => {
    await predict(run, file, flags);
  });
  return command;
}

async function predict(run: string, file: string | undefined, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { out, format, top } = flags;
  if (!(typeof top === "number" && Number.isInteger(top) && top > 0)) {
    throw new ValidationError(`Option "--top" is ${top}; expected a whole number above 0.`);
  }
  if (format === "tsv" && output.json && typeof out !== "string") {
    throw new ValidationError('Option "--format" is tsv, but "--json" asks for lines of JSON.');
  }
  if (file !== undefined) {
    await requireFile(file, 'Argument "file"');
  }
  const saved = await readRun(run);
  using device = await createDevice(deviceOptions(saved.config, flags.device));
  output.device(device);
  using asked = await openAsked(saved, device, top);
  const lines = format === "tsv" ? tsvOf : jsonOf;
  const answers = answersOf(asked, file === undefined ? linesOfInput() : [await linesOfFile(file)]);
  if (typeof out !== "string") return await print(answers, lines);
  await using written = await openAtomically(out, "labels");
  let examples = 0;
  for await (const answer of answers) {
    await written.write(new TextEncoder().encode(lines(answer)));
    examples++;
  }
  const bytes = await written.commit();
  output.written(
    { out, format, examples, bytes },
    `${out}: ${examples} examples, ${bytes} bytes, ${format}`,
  );
}

/** A model that is asked. */
interface Asked extends Disposable, LineReader {
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
interface Answer {
  readonly example: number;
  readonly labels: readonly {
    readonly label: number;
    readonly name?: string;
    readonly score: number;
  }[];
}

async function openAsked(saved: SavedRun, device: Device, most: number): Promise<Asked> {
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
    names: await namesIn(folder),
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

/** The folder of a run, or that in which a run's checkpoints are expected to lie. */
function folderOf({ folder, checkpoint }: SavedRun): string {
  const at = folder ?? checkpoint.path.replace(/[/\\]?[^/\\]*[/\\]?[^/\\]*$/, "");
  return at === "" ? "." : at;
}

/** What labels are called, if the run's folder says it. */
async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    const text = await Deno.readTextFile(`${folder}/${NAMES_FILE}`);
    return text.replace(/\n$/, "").split("\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What the model says of lines, as they come. */
async function* answersOf(
  asked: Asked,
  groups: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
): AsyncGenerator<Answer> {
  const { programOf, top, pool, names, scoreOf, neighbours } = asked;
  let example = 0;
  for await (const group of groups) {
    for (let from = 0; from < group.length; from += TOGETHER) {
      const some = group.slice(from, from + TOGETHER);
      const rows = await rowsIn(some, asked, example);
      const positions = positionsOf(rows, asked.preparation);
      const program = await programOf(positions);
      const source = sourceOf(rows, positions);
      for (const { arrays: { tokens, weights }, examples } of source.epoch(0, ONE_BATCH)) {
        program.run([tokens, weights], { step: 0, totalSteps: 0 }, examples);
        const columns = columnsOf(TOGETHER);
        const ranked = await rankedBy(program, { examples, top: pool, columns, first: example });
        const voted = neighbours?.add(ranked, source.features, { first: 0, top });
        const { labels, scores } = voted ?? ranked;
        for (let i = 0; i < examples; i++) {
          const places = Array.from({ length: top }, (_, place) => i * top + place);
          yield {
            example: example++,
            labels: places.map((at) => ({
              label: labels[at],
              ...(names === undefined ? {} : { name: names[labels[at]] }),
              score: round(scoreOf(scores[at])),
            })),
          };
        }
      }
    }
  }
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
 * @throws {ValidationError} if a line is nothing that the model reads.
 */
async function rowsIn(lines: readonly string[], asked: Asked, first: number): Promise<LineRows> {
  const { pieces, read } = asked;
  // A text may look like features.
  if (pieces !== undefined) return { features: read(lines), sequences: pieces(lines) };
  return { features: await featuresOfLines(lines, asked, first) };
}

/** Prints answers as they come. Whoever reads them may have enough, such as `head`: then the rest is not computed. */
async function print(
  answers: AsyncIterable<Answer>,
  line: (answer: Answer) => string,
): Promise<void> {
  const encoder = new TextEncoder();
  try {
    for await (const answer of answers) {
      const bytes = encoder.encode(line(answer));
      for (let done = 0; done < bytes.length;) {
        done += await Deno.stdout.write(bytes.subarray(done));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function jsonOf(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** A line for each label: example, place, label, name, score. */
function tsvOf({ example, labels }: Answer): string {
  return labels.map(({ label, name = "", score }, i) =>
    `${[example, i + 1, label, name, score].join("\t")}\n`
  ).join("");
}

/** As many digits as an f32 has. */
function round(score: number): number {
  return Number(score.toPrecision(8));
}
