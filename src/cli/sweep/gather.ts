/**
 * What is known of the runs of a sweep, without carrying any of them out: others do, or did.
 *
 * @module
 */
import { exists } from "../../runtime/atomic_files.ts";
import type { Ended, Executor, Work } from "./executors/executor.ts";
import { resultIn } from "./place.ts";
import { standingOf } from "./standing.ts";

/** Says of each run what it gave, why it failed, or that it has not finished. */
export async function* gather(
  { sweep: { runs, halving }, folder }: Pick<Work, "sweep" | "folder">,
  executor: Executor,
): AsyncGenerator<Ended> {
  const failures = await executor.failures?.(folder) ?? new Map<string, string>();
  for (const run of runs) {
    const out = `${folder}/${run.name}`;
    const result = await resultIn(out, run);
    const place = { run, out, ...(result === undefined ? {} : { result }) };
    const { ended } = await standingOf(place, halving?.rungs);
    const error = failures.get(out);
    if (ended !== undefined) yield ended;
    else if (error !== undefined) yield { run, error, skipped: false };
    else {
      const begun = await exists(`${out}/config.toml`);
      yield { run, waits: begun ? "begun, not finished" : "not begun", skipped: false };
    }
  }
}
