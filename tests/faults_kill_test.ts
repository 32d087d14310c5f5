/**
 * Runs that are killed at random moments.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Random } from "../src/device/random.ts";
import { denoArgs, filigree, namesIn, withTraining } from "./faulty_runs.ts";

const ON_UNIX = Deno.build.os !== "windows";

/** The last line of a run, without what depends on the clock. */
function result(out: string): unknown {
  const { seconds: _, ...rest } = JSON.parse(out.trim().split("\n").at(-1) ?? "{}");
  return rest;
}

/** The metrics of a run, without what depends on the clock. */
function metrics(run: string): string[] {
  return Deno.readTextFileSync(`${run}/metrics.jsonl`).trim().split("\n").map((line) => {
    const { seconds: _, examplesPerSecond: __, ...rest } = JSON.parse(line);
    return JSON.stringify(rest);
  });
}

Deno.test({
  name: "a run that is killed at random moments ends with the run that never stopped",
  ignore: !ON_UNIX,
  fn: () =>
    withTraining(async (folder, args) => {
      const long = [...args, "--epochs", "100", "--checkpoint-every", "7", "--json"];
      const begin = performance.now();
      const straight = await filigree(["train", ...long, "--out", `${folder}/straight`]);
      assert.equal(straight.code, 0, straight.err);
      const duration = performance.now() - begin;
      const seed = crypto.getRandomValues(new Uint32Array(1))[0];
      const random = new Random({ seed, use: "noise" });
      const run = `${folder}/broken`;
      const delays: number[] = [];
      for (let kill = 0; kill < 4; kill++) {
        const begun = namesIn(folder).includes("broken/config.toml");
        const verb = begun ? ["resume", run, "--json"] : ["train", ...long, "--out", run];
        const child = new Deno.Command(Deno.execPath(), {
          args: denoArgs(verb),
          stdout: "null",
          stderr: "null",
        }).spawn();
        delays.push(random.below(Math.ceil(duration / 2)));
        const timer = setTimeout(() => child.kill("SIGKILL"), delays[kill]);
        const { success } = await child.status;
        clearTimeout(timer);
        if (success) break;
      }
      const about = `seed ${seed}, killed after ${delays} ms`;
      const begun = namesIn(folder).includes("broken/config.toml");
      const last = begun ? ["resume", run, "--json"] : ["train", ...long, "--out", run];
      const resumed = await filigree(last);
      assert.equal(resumed.code, 0, `${about}: ${resumed.err}`);
      assert.deepEqual(result(resumed.out), result(straight.out), about);
      assert.deepEqual(metrics(run), metrics(`${folder}/straight`), about);
      assert.deepEqual(namesIn(run).filter((name) => name.endsWith(".tmp")), [], about);
    }),
});

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
