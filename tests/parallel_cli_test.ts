import assert from "node:assert/strict";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { Random } from "../src/device/random.ts";
import { denoArgs, filigree, withTraining } from "./faulty_runs.ts";
import { killRanks, resultOf } from "./kill_ranks.ts";
import { syntheticRows } from "../src/data/labels/synthetic.ts";
import { writeSparseText } from "../src/data/labels/write.ts";
import { launcherWords, rankCommand, testOnEngines } from "./ranks.ts";
import { refused, succeed } from "./in_process.ts";

const FLAGS = ["--method", "srigl", "--json"];

testOnEngines("a run of four ranks goes on with two, with eight and with one", async (engine) => {
  await withTraining(async (folder, given) => {
    const data = given.slice(0, given.indexOf("--hidden"));
    // Of a batch each has some, and all are normalised together. Four steps an epoch.
    const model = ["--model", "convnet", "--widths", "4", "--sync-batch-norm", "--sparsity", "0.5"];
    const learnt = ["--batch", "100", "--every", "3", "--validation", "0.2", "--epochs", "4"];
    const args = [...data, ...model, ...learnt, ...FLAGS];
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

testOnEngines(
  "xmc train --spread gives each rank some labels, and one process goes on",
  async (engine) => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/train.txt`, run = `${folder}/run`;
    const rows = syntheticRows({ rows: 120, labels: 3000, features: 200, seed: 1 });
    await writeSparseText(file, rows);
    const where = ["--device", "wasm", "--threads", "1", "--width", "16", "--pattern", "fan-in:8"];
    const learnt = ["--epochs", "4", "--every", "3", "--batch", "32", "--lr", "0.02"];
    const given = ["--train", file, "--test", file, "--validation", "0.2", ...where, ...learnt];
    const spread = ["xmc", "train", ...given, "--spread", "--json"];
    const { code, out, err } = await filigree([...spread, "--out", run], launcherWords(engine, 2));
    assert.equal(code, 0, err);
    const two = Object(resultOf({ code, out, err }));
    const one = await succeed(...spread.slice(0, -1), "--out", `${folder}/one`);
    assert.deepEqual([two.ranks, one.ranks, two.hash], [2, 1, one.hash]);
    for (const figure of ["P@1", "P@5", "nDCG@5"]) assert.equal(two[figure], one[figure], figure);
    assert.ok(Math.abs(Number(two.loss) / Number(one.loss) - 1) < 1e-6, `${two.loss}, ${one.loss}`);
    // What two ranks have written is of one head; what was tested is the best one.
    const best = `${run}/checkpoints/best.safetensors`;
    const tested = await succeed("xmc", "eval", best, "--device", "wasm");
    assert.equal(tested["P@5"], one["P@5"]);
    await Deno.remove(`${run}/checkpoints/step-000000012.safetensors`);
    await Deno.remove(`${run}/result.json`);
    const resumed = await succeed("resume", run);
    assert.equal(resumed.hash, one.hash);
    const why = /method.name.* is "rigl", which grows by gradient; labels that are spread/;
    assert.match(await refused(...spread, "--method", "rigl"), why);
    await Deno.remove(folder, { recursive: true });
  },
  ["Open MPI"],
);
