/**
 * The program as a cluster starts it: one run of a list, which begins, or goes on where it stopped before. A signal stops it as it
 * would stop any run: it saves, and ends with 128 and the signal's number.
 *
 * @module
 */
import { main } from "../../main.ts";
import { readResult } from "../../result.ts";
import { wordsOf } from "../place.ts";
import { readArray } from "./array.ts";

if (import.meta.main) Deno.exit(await carryOut(Deno.args));

/**
 * Carries out the run that a list has for this task.
 *
 * @param args The list, and the variable that says which task this is.
 * @returns What the process ends with.
 */
async function carryOut([list, variable]: readonly string[]): Promise<number> {
  const { runs, pauses } = await readArray(list);
  const task = Deno.env.get(variable);
  const out = runs[Number(task ?? NaN)];
  if (out === undefined) {
    console.error(
      `error: Cannot carry out a run of "${list}": ${variable} is ${task ?? "not set"}; ` +
        `expected 0 to ${runs.length - 1}`,
    );
    return 2;
  }
  if (await readResult(out) !== undefined) {
    console.error(`"${out}" is finished.`);
    return 0;
  }
  const words = await wordsOf(out, pauses?.[Number(task)] ?? undefined);
  console.error(`filigree ${words.join(" ")}`);
  return await main(words);
}
