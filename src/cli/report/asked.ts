/**
 * The flag `--report` of what trains: a report of what it leaves, at its end.
 *
 * @module
 */
import type { Flags } from "../config/flags.ts";
import { type Command, ValidationError, vegaRuntime } from "../deps.ts";
import { Output } from "../output.ts";

/** Writes the report of a folder. */
export type WriteAsked = (folder: string) => Promise<void>;

/** Adds the flag. */
export function addReportFlag<C extends Pick<Command, "option">>(command: C): C {
  command.option(
    "--report",
    "Write report.html into the folder at the end, as `filigree report` does.",
  );
  return command;
}

/**
 * What writes the report that was asked for; `undefined` where none was. What draws its pictures is fetched before anything is
 * trained, so that it does not lack at the end.
 *
 * @throws {ValidationError} if no folder will be left.
 * @throws {Error} if what draws pictures cannot be fetched.
 */
export async function reportAsked(flags: Flags): Promise<WriteAsked | undefined> {
  if (flags.report !== true) return undefined;
  for (const [other, given] of [["--no-save", flags.save === false], ["--dry-run", flags.dryRun]]) {
    if (given !== true) continue;
    throw new ValidationError(`Option "--report" does not apply to ${other}.`);
  }
  const runtime = await vegaRuntime();
  return async (folder) => {
    const { writeReport } = await import("./write.ts");
    const { out } = await writeReport(folder, runtime);
    new Output(flags).tell(`report ${out}`);
  };
}
