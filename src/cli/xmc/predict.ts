/**
 * `filigree xmc predict`: which labels a trained model puts first for texts or features.
 *
 * @module
 */
import { openAtomically } from "../../runtime/atomic_files.ts";
import { createDevice } from "../../ops/device.ts";
import type { Flags } from "../config/flags.ts";
import { requireFile } from "../data_sets/definition.ts";
import { Command, EnumType, ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { addDeviceFlag, deviceOptions } from "../model.ts";
import { Output } from "../output.ts";
import { readRun } from "../runs.ts";
import { type Answer, type AnswerOptions, answersOf, openAsked, type Refusal } from "./answers.ts";
import { linesOfFile, linesOfInput } from "./asked_lines.ts";

/** The command `xmc predict`. */
export function predictCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Tell the first labels of texts, or of features such as 3:0.5 8:1, one example a line: of a file, or of standard input, " +
        "where each line is answered as it comes, one that cannot be by its error.",
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
  const note = (line: string) => output.tell(`note: ${line}`);
  using asked = await openAsked(saved, device, { most: top, note });
  const answers = new Answers(format === "tsv" ? tsvOf : jsonOf);
  const options: AnswerOptions = { refusing: file === undefined, note };
  const groups = file === undefined ? linesOfInput() : [await linesOfFile(file)];
  const encoded = answers.encoded(answersOf(asked, groups, options));
  if (typeof out === "string") {
    const bytes = await written(out, encoded);
    const { examples } = answers;
    output.written(
      { out, format, examples, bytes },
      `${out}: ${examples} examples, ${bytes} bytes, ${format}`,
    );
  } else await print(encoded);
  answers.requireAll();
}

/** Answers as they are written, and how many there were. */
class Answers {
  /** Lines so far. */
  examples = 0;
  /** Those that were not answered. */
  refused = 0;
  readonly #line: (answer: Answer | Refusal) => string;

  constructor(line: (answer: Answer | Refusal) => string) {
    this.#line = line;
  }

  /** The bytes of each. */
  async *encoded(answers: AsyncIterable<Answer | Refusal>): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    for await (const answer of answers) {
      this.examples++;
      if ("error" in answer) this.refused++;
      yield encoder.encode(this.#line(answer));
    }
  }

  /**
   * Says at the end of the input that not all of it was answered.
   *
   * @throws {ValidationError} if a line was refused.
   */
  requireAll(): void {
    const { refused, examples } = this;
    if (refused === 0) return;
    throw new ValidationError(
      `Cannot answer ${grouped(refused)} of ${
        grouped(examples)
      } lines: each has an error of its own; expected ` +
        "texts, or features that the model knows",
      { exitCode: 1 },
    );
  }
}

/** Writes bytes as they come into a file, which is there when all have come; returns how many there are. */
async function written(out: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  await using file = await openAtomically(out, "labels");
  for await (const bytes of pieces) await file.write(bytes);
  return await file.commit();
}

/** Prints answers as they come. Whoever reads them may have enough, such as `head`: then the rest is not computed. */
async function print(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const bytes of pieces) {
      for (let done = 0; done < bytes.length;) {
        done += await Deno.stdout.write(bytes.subarray(done));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function jsonOf(answer: Answer | Refusal): string {
  return `${JSON.stringify(answer)}\n`;
}

/**
 * A line for each label: example, place, label, name, score. Columns have no place for an error, which goes beside
 * them, nor for a tab of a name.
 */
function tsvOf(answer: Answer | Refusal): string {
  if ("error" in answer) {
    console.error(`error: ${answer.error}`);
    return "";
  }
  return answer.labels.map(({ label, name = "", score }, i) =>
    `${[answer.example, i + 1, label, name.replaceAll("\t", " "), score].join("\t")}\n`
  ).join("");
}
