/**
 * The program: its commands, and what becomes of errors.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { DataFormatError } from "../data/errors.ts";
import { DivergenceError } from "../train/finite.ts";
import { CheckpointError } from "../train/safetensors.ts";
import { benchCommand } from "./bench.ts";
import { Command, red, setColorEnabled, ValidationError } from "./deps.ts";
import { dataCommand } from "./datasets.ts";
import { devicesCommand } from "./devices.ts";
import { evalCommand, predictCommand } from "./eval.ts";
import { exportCommand, inspectCommand } from "./inspect.ts";
import { INTERRUPTED, InterruptedError } from "./interrupt.ts";
import { sweepCommand } from "./sweep/mod.ts";
import { profileCommand } from "./profile.ts";
import { resumeCommand, trainCommand } from "./train.ts";
import { tuneCommand } from "./tune.ts";

/** Errors that tell users all they need; of others the stack is printed. */
const PLAIN_ERRORS = [
  DataFormatError,
  CheckpointError,
  DivergenceError,
  RangeError,
  Deno.errors.NotFound,
  Deno.errors.NotCapable,
  Deno.errors.PermissionDenied,
];

/**
 * Does what the arguments say.
 *
 * @returns The exit code: 0, 1 for a failure, 2 for wrong use, 130 after Ctrl-C.
 */
export async function main(args: string[]): Promise<number> {
  if (Deno.noColor || !(Deno.stdout.isTerminal() && Deno.stderr.isTerminal())) {
    setColorEnabled(false);
  }
  const program = new Command()
    .name("filigree")
    .version(config.version)
    .description("Trains neural networks that are stored sparse.")
    .throwErrors();
  program.command("train", trainCommand());
  program.command("resume", resumeCommand());
  program.command("eval", evalCommand());
  program.command("predict", predictCommand());
  program.command("inspect", inspectCommand());
  program.command("export", exportCommand());
  program.command("data", dataCommand());
  program.command("sweep", sweepCommand());
  program.command("devices", devicesCommand());
  program.command("profile", profileCommand());
  program.command("bench", benchCommand());
  program.command("tune", tuneCommand());
  try {
    if (args.length === 0) program.showHelp();
    else await program.parse(args);
    return 0;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof InterruptedError) {
    console.error(error.message);
    return INTERRUPTED;
  }
  if (error instanceof ValidationError) {
    console.error(`${red("error")}: ${error.message}`);
    return error.exitCode;
  }
  const plain = PLAIN_ERRORS.some((kind) => error instanceof kind);
  const text = plain && error instanceof Error ? error.message : Deno.inspect(error);
  console.error(`${red("error")}: ${text}`);
  return 1;
}
