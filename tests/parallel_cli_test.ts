import assert from "node:assert/strict";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { Random } from "../src/device/random.ts";
import { denoArgs, filigree, withTraining } from "./faulty_runs.ts";
import { killRanks, onTwo, resultOf } from "./kill_ranks.ts";
import { rankCommand, testOnEngines } from "./ranks.ts";

const FLAGS = ["--method", "srigl", "--json"];

testOnEngines("train on two ranks is one run, which one process goes on with", async (engine) => {
  await withTraining(async (folder, given) => {
    const args = [...given, ...FLAGS, "--epochs", "2", "--checkpoint-every", "13"];
    const run = `${folder}/run`;
    const train = ["train", ...args, "--out", run];
    const { code, out, err } = await filigree(train, onTwo(engine));
    assert.equal(code, 0, err);
    const events = out.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(events.filter(({ event }) => event === "done").length, 1);
    assert.equal(events.at(-1).ranks, 2);
    // Without its end one process goes on with it, to the end of a run of one process, but for rounding.
    for (const name of ["step-000000026", "best"]) {
      await Deno.remove(`${run}/checkpoints/${name}.safetensors`);
    }
    await Deno.remove(`${run}/result.json`);
    const resumed = await filigree(["resume", run, "--json"]);
    assert.equal(resumed.code, 0, resumed.err);
    const alone = await filigree(["train", ...args, "--out", `${folder}/alone`]);
    const [found, expected] = [resumed, alone].map((each) => Object(resultOf(each)));
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
