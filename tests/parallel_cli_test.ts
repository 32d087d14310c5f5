import assert from "node:assert/strict";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { Random } from "../src/device/random.ts";
import { denoArgs, filigree, withTraining } from "./faulty_runs.ts";
import { killRanks } from "./kill_ranks.ts";
import { launcherWords, rankCommand, testOnEngines } from "./ranks.ts";

const FLAGS = ["--method", "srigl", "--json"];

testOnEngines("a run of four ranks goes on with two, with eight and with one", async (engine) => {
  await withTraining(async (folder, given) => {
    const args = [...given, ...FLAGS, "--epochs", "4"];
    const run = `${folder}/run`;
    const on = async (ranks: number, ...words: string[]) => {
      const ended = await filigree(words, ranks === 1 ? [] : launcherWords(engine, ranks));
      assert.equal(ended.code, 0, ended.err);
      const events = ended.out.trim().split("\n").map((line) => JSON.parse(line));
      // Rank 0 alone says what happens.
      const last = events.filter(({ event }) => event === "paused" || event === "done");
      assert.equal(last.length, 1);
      return last[0];
    };
    const pause = (after: number): string[] => ["--pause-after", String(after)];
    await on(4, "train", ...args, "--out", run, ...pause(1));
    await on(2, "resume", run, "--json", ...pause(2));
    await on(8, "resume", run, "--json", ...pause(3));
    // One process goes on to the end of a run of one process, but for rounding.
    const found = await on(1, "resume", run, "--json");
    const expected = await on(1, "train", ...args, "--out", `${folder}/alone`);
    assert.deepEqual([found.ranks, found.hash], [1, expected.hash]);
    assert.ok(Math.abs(found.loss - expected.loss) < 1e-6, `${found.loss}, ${expected.loss}`);
  });
}, ["MPICH"]);

testOnEngines("a signal to the launcher stops all ranks, and the run is saved", async (engine) => {
  await withTraining(async (folder, given) => {
    const run = `${folder}/run`;
    const args = ["train", ...given, ...FLAGS, "--epochs", "5000", "--out", run];
    const child = rankCommand(engine, 2, denoArgs(args)).spawn();
    const err = new Response(child.stderr).text();
    let sent = false;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (!sent && text.includes('"event":"epoch"')) child.kill("SIGTERM");
      sent ||= text.includes('"event":"epoch"');
    }
    // The launcher ends with the code of its ranks or with 0, as it hears of their end: what says how it went is what rank 0 wrote.
    await child.status;
    assert.match(await err, /^Interrupted by SIGTERM\nThe checkpoint "/);
    assert.equal((await checkpointsIn(run)).length > 0, true);
  });
}, ["MPICH"]);

testOnEngines("what fails on a rank ends all of them, and is said once", async (engine) => {
  const args = denoArgs(["train", "--data", "/nonexistent", "--no-save"]);
  const { code, stderr } = await rankCommand(engine, 2, args).output();
  const err = new TextDecoder().decode(stderr);
  assert.notEqual(code, 0);
  assert.equal(err.match(/error: .*\/nonexistent/g)?.length, 1, err);
});

testOnEngines("a rank that is killed ends the others, and the run goes on", async (engine) => {
  const [kill] = await killRanks(engine, 1, new Random({ seed: 3, use: "order", step: 0 }));
  assert.equal(kill.engine, engine.name);
}, ["Open MPI"]);
