/**
 * Writes the report of a run or of several: reads their folders, says what is shown of them, makes a page of it.
 *
 * @module
 */
import { writeAtomically } from "../../runtime/atomic_files.ts";
import { type PageScript, vegaRuntime } from "../deps.ts";
import { requireOwnFile } from "../free_names.ts";
import { comparisonOf } from "./comparison.ts";
import { pageOf } from "./page.ts";
import { readReported } from "./read.ts";
import { sectionsOf } from "./run.ts";

/** A report that was written. */
export interface WrittenReport {
  /** Its file. */
  readonly out: string;
  /** Runs in it. */
  readonly runs: number;
  /** Its bytes. */
  readonly bytes: number;
}

/** Most runs of which a report of several shows the details. */
const MOST_DETAILED = 24;

/**
 * Writes a report.
 *
 * @param folder The folder of a run, or one of several.
 * @param runtime What draws its pictures; fetched if need be.
 * @param out Where to write; `report.html` in the folder by default.
 * @throws {ValidationError} if there is no run, or something else than an earlier report is there.
 * @throws {FileWriteError} if it cannot be written.
 */
export async function writeReport(
  folder: string,
  runtime?: readonly PageScript[],
  out: string = `${folder.replace(/\/+$/, "")}/report.html`,
): Promise<WrittenReport> {
  const reported = await readReported(folder);
  await requireOwnFile("--out", out, "report");
  const { name, single, runs } = reported;
  const scripts = runtime ?? await vegaRuntime();
  const detailed = runs.slice(0, MOST_DETAILED);
  const html = single
    ? pageOf({ title: name, scripts, sections: sectionsOf(runs[0]), runs: [] })
    : pageOf({
      title: name,
      scripts,
      sections: comparisonOf(reported),
      runs: detailed.map((run) => ({ name: run.name, sections: sectionsOf(run) })),
      ...(detailed.length === runs.length ? {} : {
        note: `The first ${detailed.length} of ${runs.length} runs have their details here; ` +
          "`filigree report` of the folder of one shows those of any other.",
      }),
    });
  const content = new TextEncoder().encode(html);
  await writeAtomically(out, content, "report");
  return { out, runs: runs.length, bytes: content.length };
}
