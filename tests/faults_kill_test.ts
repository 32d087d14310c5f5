/**
 * Runs that are killed at random moments: the kills that CI makes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Random } from "../src/device/random.ts";
import { filigree, withTraining } from "./faulty_runs.ts";
import { KILLED_RUNS, killRuns, result } from "./kill_runs.ts";

const ON_UNIX = Deno.build.os !== "windows";

/** Kills of each kind of run; eight in all: WebGPU in software compiles its shaders anew after each. */
const KILLS = [3, 3, 1, 1];

for (const [i, run] of KILLED_RUNS.entries()) {
  Deno.test({
    name:
      `a run that is killed at random moments ends with the run that never stopped: ${run.name}`,
    ignore: !ON_UNIX,
    fn: async () => {
      const seed = crypto.getRandomValues(new Uint32Array(1))[0];
      try {
        await killRuns(run, KILLS[i], new Random({ seed, use: "noise" }));
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`, {
          cause,
        });
      }
    },
  });
}

Deno.test("a run that came to its end is not trained any further", () =>
  withTraining(async (folder, args) => {
    for (const every of [[], ["--checkpoint-every", "7"]]) {
      const run = `${folder}/run${every.length}`;
      const all = ["train", ...args, "--epochs", "3", ...every, "--json", "--out", run];
      const straight = await filigree(all);
      assert.equal(straight.code, 0, straight.err);
      const again = await filigree(["resume", run, "--json"]);
      assert.deepEqual(result(again.out), result(straight.out), again.err);
      // As if it had been killed between its last checkpoint and its result.
      await Deno.remove(`${run}/result.json`);
      const ended = await filigree(["resume", run, "--json"]);
      assert.deepEqual(result(ended.out), result(straight.out), ended.err);
    }
  }));
