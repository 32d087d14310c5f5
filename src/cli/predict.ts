/**
 * `filigree predict`: what a trained model says of new examples.
 *
 * @module
 */
import {
  isOfFeatures,
  outputsOf,
  type SourcePreparation,
  type TargetKind,
} from "../data/preparation.ts";
import { readQuestions } from "../data/questions.ts";
import type { Prediction } from "../tasks/task.ts";
import { openAtomically } from "../runtime/atomic_files.ts";
import type { Flags } from "./config/flags.ts";
import { requireFile } from "./data_sets/definition.ts";
import { Command, EnumType, ValidationError } from "./deps.ts";
import { grouped } from "./grouped.ts";
import { addDeviceFlag, openModel, targetIn } from "./model.ts";
import { Output } from "./output.ts";
import { readSaved } from "./runs.ts";
import type { Verb } from "./verb.ts";

/** Characters that are written at a time. */
const WRITE = 1 << 15;

/** The verb `predict`. */
export const verb: Verb = { name: "predict", rank: 7, command: predictCommand };

/** The command `predict`. */
function predictCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Predict classes, labels or numbers of examples: a file of features as train reads them (IDX, .npy, .csv, CIFAR), raw little-endian f32, or texts, one a line, for a model of texts.",
    )
    .arguments("<run:string> <file:string>")
    .type("format", new EnumType(["jsonl", "csv"]))
    .option("--format <name:format>", "jsonl (default) or csv.", { default: "jsonl" })
    .option("--out <file:string>", "Where to write; standard output by default.");
  addDeviceFlag(command);
  command.action(async (flags: Flags, run: string, file: string) => await label(run, file, flags));
  return command;
}

async function label(run: string, file: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { out, format } = flags;
  const csv = format === "csv";
  if (csv && output.json && typeof out !== "string") {
    throw new ValidationError('Option "--format" is csv, but "--json" asks for lines of JSON.');
  }
  await requireFile(file, 'Argument "file"');
  const saved = await readSaved(run);
  using open = await openModel(saved, flags, output);
  const { device, learning, preparation } = open;
  const target = targetIn(saved, preparation);
  const names = namesOf(preparation);
  const examples = await readQuestions(file, preparation);
  const lines = linesOf(learning.predict(device, examples), csv, target, names);
  if (typeof out !== "string") return await print(lines);
  await using labels = await openAtomically(out, "labels");
  for await (const text of gathered(lines)) await labels.write(text);
  const bytes = await labels.commit();
  const { examples: count } = examples;
  output.written(
    { out, format, examples: count, bytes },
    `${out}: ${grouped(count)} examples, ${grouped(bytes)} bytes, ${format}`,
  );
}

/** A line for each prediction, and before them, in CSV, the names of the columns. */
async function* linesOf(
  predictions: AsyncIterable<Prediction>,
  csv: boolean,
  target: TargetKind,
  names: readonly string[] | undefined,
): AsyncGenerator<string> {
  if (csv) yield headOf(target);
  let at = 0;
  for await (const prediction of predictions) {
    yield csv ? csvLine(at, prediction, names) : jsonLine(at, prediction, names);
    at++;
  }
}

/** Lines as texts that are worth a write. */
async function* gathered(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < WRITE) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

/** Prints lines as they come. Whoever reads them may have enough, such as `head`: then the rest is not computed. */
async function print(lines: AsyncIterable<string>): Promise<void> {
  try {
    for await (const bytes of gathered(lines)) {
      for (let done = 0; done < bytes.length;) {
        done += await Deno.stdout.write(bytes.subarray(done));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** What labels are called, if they have names: classes, or columns of a table. */
function namesOf(preparation: SourcePreparation): readonly string[] | undefined {
  if (preparation.target?.kind === "class") return preparation.target.names;
  if (!isOfFeatures(preparation)) return undefined;
  const { target, table } = preparation;
  if (target.kind === "numbers" || table?.names === undefined) return undefined;
  const { names, targets } = table;
  return targets.map((column) => names[column]);
}

/** A label by its name, if it has one. */
function called(label: number, names: readonly string[] | undefined): number | string {
  return names?.[label] ?? label;
}

function jsonLine(
  example: number,
  prediction: Prediction,
  names: readonly string[] | undefined,
): string {
  const said = Object.entries(prediction).map(([name, value]) => {
    if (value instanceof Float32Array) return [name, Array.from(value, round)];
    if (typeof value === "number") return [name, called(value, names)];
    return [name, value.map((label: number) => called(label, names))];
  });
  return JSON.stringify({ example, ...Object.fromEntries(said) });
}

/** Names of the columns. */
function headOf(target: TargetKind): string {
  const names: Readonly<Record<TargetKind["kind"], readonly [...string[], numbers: string]>> = {
    class: ["label", "score"],
    "multi-label": ["labels", "score"],
    numbers: ["value"],
  };
  const head = [...names[target.kind]];
  const each = head.pop();
  return ["example", ...head, ...range(outputsOf(target)).map((i) => `${each}${i}`)].join();
}

/** A line under {@linkcode headOf}; several labels have spaces between them. */
function csvLine(
  example: number,
  prediction: Prediction,
  names: readonly string[] | undefined,
): string {
  if ("values" in prediction) return [example, ...Array.from(prediction.values, round)].join();
  const labels = "label" in prediction ? [prediction.label] : prediction.labels;
  const text = labels.map((label) => called(label, names)).join(" ");
  const said = /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [example, said, ...Array.from(prediction.scores, round)].join();
}

/** As many digits as an f32 has. */
function round(score: number): number {
  return Number(score.toPrecision(8));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
