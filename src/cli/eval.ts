/**
 * `filigree eval` and `filigree predict`: what a trained model is worth, and what it says of new examples.
 *
 * @module
 */
import type { Examples } from "../data/dataset.ts";
import { outputsOf, preparationOf, prepareLike } from "../data/preparation.ts";
import { DataFormatError } from "../data/errors.ts";
import { readIdx } from "../data/idx.ts";
import { writeAtomically } from "../train/files.ts";
import { predict, type Prediction } from "../train/predict.ts";
import type { Flags } from "./config/flags.ts";
import { examplesToTest, openData } from "./data.ts";
import { bold, Command, EnumType, ValidationError } from "./deps.ts";
import { Output } from "./output.ts";
import { readRun } from "./runs.ts";
import { openSession } from "./session.ts";

/** The command `eval`. */
export function evalCommand(): Command {
  const command: Command = new Command();
  command
    .description("Test a trained model: the newest checkpoint of a run, or a checkpoint.")
    .arguments("<run:string>")
    .option("--data <name:string>", "Another data set than the one that it was trained with.")
    .action(async (flags: Flags, run: string) => await evaluate(run, flags));
  return command;
}

/** The command `predict`. */
export function predictCommand(): Command {
  const command: Command = new Command();
  command
    .description("Label examples: an IDX file of images, or a raw file of little-endian f32.")
    .arguments("<run:string> <file:string>")
    .type("format", new EnumType(["jsonl", "csv"]))
    .option("--format <name:format>", "jsonl (default) or csv.", { default: "jsonl" })
    .option("--out <file:string>", "Where to write; standard output by default.")
    .action(async (flags: Flags, run: string, file: string) => await label(run, file, flags));
  return command;
}

async function evaluate(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { config, checkpoint } = await readRun(run);
  using session = await openSession(config);
  output.detail(`checkpoint ${checkpoint.path}`);
  output.device(session.device);
  await session.trainer.restore(checkpoint);
  const own = typeof flags.data === "string"
    ? examplesToTest(await openData(flags.data, config.data.labels))
    : session.data.test;
  requireInputs(checkpoint.path, own.inputs, session.data.train.inputs);
  const preparation = session.trainer.preparation ?? preparationOf(session.data.train);
  const test = prepareLike(own, preparation);
  const { loss, accuracy } = await session.trainer.evaluate(test);
  const { examples } = test;
  output.result({ checkpoint: checkpoint.path, loss, accuracy, examples }, () => [
    `test accuracy ${bold(`${(100 * accuracy).toFixed(2)} %`)}`,
    ...output.quiet ? [] : [`loss ${loss.toFixed(4)}, ${examples.toLocaleString("en")} examples`],
  ]);
}

async function label(run: string, file: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { out, format } = flags;
  const csv = format === "csv";
  if (csv && output.json && typeof out !== "string") {
    throw new ValidationError('Option "--format" is csv, but "--json" asks for lines of JSON.');
  }
  const { config, checkpoint } = await readRun(run);
  using session = await openSession(config);
  output.detail(`checkpoint ${checkpoint.path}`);
  output.device(session.device);
  await session.trainer.restore(checkpoint);
  const { device, settings: { model }, data: { train } } = session;
  const examples = await readExamples(file, train);
  const lines: string[] = [];
  if (csv) {
    lines.push(
      ["example", "label", ...range(outputsOf(preparationOf(train).target)).map((i) => `score${i}`)]
        .join(),
    );
  }
  let at = 0;
  for await (const prediction of predict(device, model, examples)) {
    lines.push(csv ? csvLine(at, prediction) : jsonLine(at, prediction));
    at++;
  }
  if (typeof out !== "string") return console.log(lines.join("\n"));
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  await writeAtomically(out, bytes, "labels");
  const size = bytes.length.toLocaleString("en");
  output.written(
    { out, format, examples: at, bytes: bytes.length },
    `${out}: ${at.toLocaleString("en")} examples, ${size} bytes, ${format}`,
  );
}

/** Examples of a file, as many features each as the model reads. */
async function readExamples(file: string, { inputs, normalization, image }: Examples) {
  const bytes = await Deno.readFile(file);
  const features = isIdx(bytes) ? (await readIdx(bytes, file)).data : floatsOf(bytes, file);
  if (features.length === 0 || features.length % inputs !== 0) {
    throw new DataFormatError(
      file,
      0,
      `it has ${features.length} features; expected a multiple of the ${inputs} that the model reads`,
    );
  }
  const examples = features.length / inputs;
  return {
    ...{ features, examples, inputs },
    ...(normalization === undefined ? {} : { normalization }),
    ...(image === undefined ? {} : { image }),
  };
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

function requireInputs(checkpoint: string, inputs: number, expected: number): void {
  if (inputs === expected) return;
  throw new ValidationError(
    `Cannot test "${checkpoint}": the examples have ${inputs} features; expected ${expected}.`,
  );
}
