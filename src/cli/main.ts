/**
 * The program: its commands, and what becomes of errors.
 *
 * @module
 */
import { listed } from "../definitions/definition.ts";
import config from "../../deno.json" with { type: "json" };
import { Command, ParseError, red, setColorEnabled, ValidationError } from "./deps.ts";
import { InterruptedError } from "./interrupt.ts";
import { isPlain, oneLine } from "./plain.ts";
import { quietDrivers } from "./quiet_drivers.ts";
import { RunStoppedError } from "./stopped.ts";
import * as verbs from "./verbs.ts";
import { RankError } from "./ranks.ts";
import { readWords } from "./words.ts";

/** Flags that say nothing without a command. */
const GLOBAL_FLAGS = ["--json", "--quiet", "-v", "--verbose"];

/**
 * Does what the arguments say.
 *
 * @returns The exit code: 0, 1 for a failure, 2 for wrong use, 128 and its number after a signal (130 after Ctrl-C).
 */
export async function main(args: string[]): Promise<number> {
  const colors = !Deno.noColor && Deno.stdout.isTerminal() && Deno.stderr.isTerminal();
  if (!colors) setColorEnabled(false);
  quietDrivers();
  try {
    await carryOut(programOf(colors), args);
    return 0;
  } catch (error) {
    return report(error, saysMore(args));
  }
}

/**
 * The program with its verbs. Help and version are flags like others, which {@linkcode readWords} answers: what cliffy does with
 * its own ends the process.
 */
function programOf(colors: boolean): Command {
  const program = new Command()
    .name("filigree")
    .description("Trains neural networks that are stored sparse.")
    .help({ colors })
    .helpOption(false)
    .option("-V, --version", "Print the version of the program.")
    .globalOption("-h, --help", "Show this help.")
    .globalOption("--json", "Print JSON, an object a line; the last one is the result.")
    .globalOption("--quiet", "Print the result alone: nothing on standard error but errors.")
    .globalOption("-v, --verbose", "Say more: device, plan, kernels, rewirings, stack of an error.")
    .throwErrors();
  for (const { name, command } of listed(verbs)) program.command(name, command(program));
  return program;
}

/** Does what the arguments say. */
async function carryOut(program: Command, words: readonly string[]): Promise<void> {
  const { command, help, version, args } = readWords(program, words);
  if (help || words.every((word) => GLOBAL_FLAGS.includes(word))) return command.showHelp();
  if (version) return console.log(config.version);
  try {
    await program.parse(args);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ValidationError(error.message, { exitCode: error.exitCode, cause: error });
  }
}

/** Whether `--verbose` is among the arguments; they may be wrong in other ways. */
function saysMore(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes("-v") || flags.includes("--verbose");
}

/** Prints an error and returns what the process ends with. */
function report(error: unknown, verbose: boolean): number {
  if (error instanceof RankError) {
    const { parallel, message } = error;
    if (parallel.rank > 0) say(message);
    return parallel.abort(report(error.cause, verbose));
  }
  if (error instanceof RunStoppedError) {
    const code = report(error.cause, verbose);
    say(error.message);
    return code;
  }
  if (error instanceof InterruptedError) {
    say(error.message);
    return error.exitCode;
  }
  const text = !verbose && isPlain(error) ? oneLine(error.message) : Deno.inspect(error);
  say(`${red("error")}: ${text}`);
  return error instanceof ValidationError ? error.exitCode : 1;
}

/** Writes a line to standard error. */
function say(line: string): void {
  try {
    console.error(line);
  } catch {
    // The terminal was closed; the exit code still says what happened.
  }
}
