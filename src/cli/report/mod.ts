/**
 * `filigree report`: one HTML file about a run, a sweep or a folder of runs, which needs no network.
 *
 * @module
 */
import type { Flags } from "../config/flags.ts";
import { Command, formatBytes } from "../deps.ts";
import { Output } from "../output.ts";
import type { Verb } from "../verb.ts";

/** The verb `report`. */
export const verb: Verb = { name: "report", rank: 12, command: reportCommand };

/** The command `report`. */
function reportCommand(): Command {
  const command: Command = new Command();
  return command
    .description(
      "Write an HTML file about a run, a sweep or a folder of runs, which needs no network.\n\n" +
        "It shows losses and what else was measured, the connections of every layer and how they changed, memory, kernels and the " +
        "configuration, and compares runs where there are several. The time of each kernel is that of a profile in the run's " +
        "folder: `filigree profile RUN --json > RUN/profile.json`.",
    )
    .arguments("<folder:string>")
    .option("--out <file:string>", "Where to write; report.html in the folder by default.")
    .example("A run", "filigree report runs/groups")
    .example("All of them, side by side", "filigree report runs --out runs.html")
    .action(async (flags: Flags, folder: string) => await report(folder, flags));
}

async function report(folder: string, flags: Flags): Promise<void> {
  const { writeReport } = await import("./write.ts");
  const to = typeof flags.out === "string" ? flags.out : undefined;
  const { out, runs, bytes } = await writeReport(folder, undefined, to);
  const size = formatBytes(bytes, { binary: true });
  new Output(flags).written(
    { out, runs, bytes },
    `${out}: ${runs} ${runs === 1 ? "run" : "runs"}, ${size}`,
  );
}
