/**
 * `filigree predict`: what a trained model says of new examples.
 *
 * @module
 */
import type { Examples } from "../data/dataset.ts";
import { DataFormatError } from "../data/errors.ts";
import { readIdx } from "../data/idx.ts";
import { outputsOf, type Preparation, prepareLike } from "../data/preparation.ts";
import { openAtomically } from "../train/files.ts";
import { predict, type Prediction } from "../train/predict.ts";
import type { Flags } from "./config/flags.ts";
import { Command, EnumType, ValidationError } from "./deps.ts";
import { addDeviceFlag, openModel } from "./model.ts";
import { Output } from "./output.ts";
import { readSaved } from "./runs.ts";

/** Characters that are written at a time. */
const WRITE = 1 << 15;

/** The command `predict`. */
export function predictCommand(): Command {
  const command: Command = new Command();
  command
    .description("Label examples: an IDX file of images, or a raw file of little-endian f32.")
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
  using open = await openModel(await readSaved(run), flags, output);
  const { device, model, preparation } = open;
  const examples = prepareLike(await readExamples(file, preparation), preparation);
  const lines = linesOf(predict(device, model, examples), csv, outputsOf(preparation.target));
  if (typeof out !== "string") return await print(lines);
  await using labels = await openAtomically(out, "labels");
  for await (const text of gathered(lines)) await labels.write(text);
  const bytes = await labels.commit();
  const { examples: count } = examples;
  output.written(
    { out, format, examples: count, bytes },
    `${out}: ${count.toLocaleString("en")} examples, ${
      bytes.toLocaleString("en")
    } bytes, ${format}`,
  );
}

/** A line for each prediction, and before them, in CSV, the names of the columns. */
async function* linesOf(
  predictions: AsyncIterable<Prediction>,
  csv: boolean,
  outputs: number,
): AsyncGenerator<string> {
  if (csv) yield ["example", "label", ...range(outputs).map((i) => `score${i}`)].join();
  let at = 0;
  for await (const prediction of predictions) {
    yield csv ? csvLine(at, prediction) : jsonLine(at, prediction);
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

/** Examples of a file, as many features each as the model reads. */
async function readExamples(file: string, { inputs }: Preparation): Promise<Examples> {
  const bytes = await Deno.readFile(file);
  const { shape, data: features } = isIdx(bytes)
    ? await readIdx(bytes, file)
    : { shape: [], data: floatsOf(bytes, file) };
  const [, height, width, ...others] = shape;
  if (width !== undefined && others.length === 0) {
    const image = { channels: 1, height, width };
    return { features, examples: shape[0], inputs: height * width, image };
  }
  if (features.length === 0 || features.length % inputs !== 0) {
    throw new DataFormatError(
      file,
      0,
      `it has ${features.length} features; expected a multiple of the ${inputs} that the model reads`,
    );
  }
  return { features, examples: features.length / inputs, inputs };
}

/** Whether a file begins like one of unsigned bytes in IDX format, or like gzip. */
function isIdx([first, second, type, rank]: Uint8Array): boolean {
  const compressed = first === 0x1f && second === 0x8b;
  return compressed || (first === 0 && second === 0 && type === 8 && rank > 0 && rank < 9);
}

function floatsOf(bytes: Uint8Array, file: string): Float32Array {
  if (bytes.length % 4 === 0) return new Float32Array(bytes.slice().buffer);
  throw new DataFormatError(
    file,
    bytes.length,
    `the file has ${bytes.length} bytes; expected an IDX file, or f32 of 4 bytes each`,
  );
}

function jsonLine(example: number, { label, scores }: Prediction): string {
  return JSON.stringify({ example, label, scores: Array.from(scores, round) });
}

function csvLine(example: number, { label, scores }: Prediction): string {
  return [example, label, ...Array.from(scores, round)].join();
}

/** As many digits as an f32 has. */
function round(score: number): number {
  return Number(score.toPrecision(8));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
