/**
 * Faults of files: a full disk, a read-only folder, files of another version or model, an end at any moment. Each is the right
 * error, and nothing that was saved is lost.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { lockFolder } from "../src/train/folder_lock.ts";
import { decodeSafetensors, sealSafetensors } from "../src/train/safetensors.ts";
import {
  boundByModes,
  fileLimit,
  filigree,
  halfTrained,
  namesIn,
  withTraining,
} from "./faulty_runs.ts";
import { withFlags } from "./flags.ts";

const FIRST = "checkpoints/step-000000013.safetensors";

const ON_UNIX = Deno.build.os !== "windows";

/** The last line of a run, without what depends on the clock. */
function result(out: string): unknown {
  const { seconds: _, ...rest } = JSON.parse(out.trim().split("\n").at(-1) ?? "{}");
  return rest;
}

Deno.test({
  name:
    "a disk that is full while a checkpoint is saved leaves the earlier one and says how to go on",
  ignore: !ON_UNIX,
  fn: () =>
    withTraining(async (folder, args) => {
      const run = `${folder}/run`;
      const straight = await halfTrained([...args, "--json"], run);
      assert.equal(straight.code, 0, straight.err);
      const before = await Deno.readFile(`${run}/${FIRST}`);
      const limit = Math.floor(before.length / 1024) - 4;
      const failed = await filigree(["resume", run], fileLimit(limit));
      assert.equal(failed.code, 1, failed.err);
      assert.match(
        failed.err,
        /^error: Cannot save the checkpoint to ".*\.safetensors": File too large.*; expected .* enough space$/m,
      );
      assert.match(
        failed.err,
        /The checkpoint ".*step-000000013.safetensors" is intact; `filigree/,
      );
      assert.deepEqual(await Deno.readFile(`${run}/${FIRST}`), before);
      assert.deepEqual(namesIn(run).filter((name) => name.startsWith("checkpoints/step")), [FIRST]);
      const resumed = await filigree(["resume", run, "--json"]);
      assert.equal(resumed.code, 0, resumed.err);
      assert.deepEqual(result(resumed.out), result(straight.out));
    }),
});

Deno.test({
  name: "a disk that is full while data are prepared leaves none and says so",
  ignore: !ON_UNIX,
  async fn() {
    const folder = await Deno.makeTempDir();
    const prepare = ["data", "prepare", "synthetic", "--rows", "99", "--many-labels", "99"];
    const failed = await filigree([...prepare, "--out", folder], fileLimit(1));
    assert.equal(failed.code, 1, failed.err);
    assert.match(
      failed.err,
      /^error: Cannot save the lines to ".*train.txt": File too large.*; expected .* enough space$/m,
    );
    assert.deepEqual(namesIn(folder), []);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "a disk that is full while metrics are written leaves the checkpoint and whole lines",
  ignore: !ON_UNIX,
  fn: () =>
    withTraining(async (folder, args) => {
      const run = `${folder}/run`;
      const straight = await halfTrained([...args, "--json"], run);
      const metrics = `${run}/metrics.jsonl`;
      // Room for a part of the next line.
      const padding = JSON.stringify({ step: 0, seconds: 0, padding: "x".repeat(70_000) });
      await Deno.writeTextFile(metrics, `${padding}\n`);
      const size = Math.ceil((await Deno.stat(metrics)).size / 1024);
      const failed = await filigree(["resume", run], fileLimit(size));
      assert.equal(failed.code, 1, failed.err);
      assert.match(failed.err, /^error: Cannot write ".*metrics.jsonl": File too large/m);
      assert.match(failed.err, /step-000000013.safetensors" is intact/);
      await readCheckpoint(`${run}/${FIRST}`);
      const resumed = await filigree(["resume", run, "--json"]);
      assert.deepEqual(result(resumed.out), result(straight.out), resumed.err);
      const lines = (await Deno.readTextFile(metrics)).trimEnd().split("\n");
      for (const line of lines) assert.equal(typeof JSON.parse(line).step, "number");
    }),
});

Deno.test({
  name: "a read-only folder is refused before anything is trained, and left as it was",
  ignore: !ON_UNIX,
  fn: () =>
    withTraining(async (folder, args) => {
      await Deno.mkdir(`${folder}/closed`);
      await Deno.chmod(`${folder}/closed`, 0o555);
      const made = await filigree(
        ["train", ...args, "--out", `${folder}/closed/run`],
        boundByModes(),
      );
      assert.equal(made.code, 1, made.err);
      assert.match(made.err, /^error: Cannot make the run folder ".*run": Permission denied/m);
      assert.ok(!made.err.includes("step "), made.err);
      assert.deepEqual(namesIn(`${folder}/closed`), []);

      const run = `${folder}/run`;
      await halfTrained(args, run);
      const names = namesIn(run);
      for (const path of [`${run}/metrics.jsonl`]) await Deno.chmod(path, 0o444);
      for (const path of [run, `${run}/checkpoints`]) await Deno.chmod(path, 0o555);
      const resumed = await filigree(["resume", run], boundByModes());
      for (const path of [run, `${run}/checkpoints`]) await Deno.chmod(path, 0o755);
      assert.equal(resumed.code, 1, resumed.err);
      assert.match(resumed.err, /^error: Cannot write the run folder ".*run": Permission denied/m);
      assert.deepEqual(namesIn(run), names);
    }),
});

Deno.test("a configuration of another version or another run is refused on resume by key", async () => {
  await withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    await halfTrained(args, run);
    const config = await Deno.readTextFile(`${run}/config.toml`);
    const environment = JSON.parse(await Deno.readTextFile(`${run}/environment.json`));
    const newer = JSON.stringify({ ...environment, filigree: "99.0.0" });
    await Deno.writeTextFile(`${run}/environment.json`, newer);
    await Deno.writeTextFile(`${run}/config.toml`, config.replace("[train]", "[train]\nwarp = 9"));
    const unknown = await filigree(["resume", run]);
    assert.equal(unknown.code, 2, unknown.err);
    assert.match(unknown.err, /config.toml": it has the key "train.warp"; expected train.epochs,/);
    assert.match(unknown.err, /The run was made by Filigree 99.0.0; this is \d/);

    await Deno.writeTextFile(`${run}/config.toml`, config.replace("epochs = 2", "epochs = 1"));
    const other = await filigree(["resume", run]);
    assert.equal(other.code, 2, other.err);
    assert.match(other.err, /"train.epochs" is 1 in ".*config.toml", .* was trained with 2;/);

    await Deno.writeTextFile(`${run}/config.toml`, config.replace("keep = 3", "keep = 1"));
    const harmless = await filigree(["resume", run]);
    assert.equal(harmless.code, 0, harmless.err);
  });
});

Deno.test("a checkpoint of another format or another model is refused and left as it was", async () => {
  await withTraining(async (folder, args) => {
    const [run, wide] = [`${folder}/run`, `${folder}/wide`];
    await halfTrained(args, run);
    await halfTrained(withFlags(args, "--hidden", "80,64"), wide);
    const path = `${run}/${FIRST}`;
    const { tensors, metadata: { sha256: _, ...metadata } } = await decodeSafetensors(
      await Deno.readFile(path),
      path,
    );
    const other = await decodeSafetensors(await Deno.readFile(`${wide}/${FIRST}`), wide);
    const cases: [Uint8Array, RegExp, verbs: string[]][] = [
      [
        await sealSafetensors([...tensors.values()], { ...metadata, format: "filigree 99" }),
        /it has the format "filigree 99"; expected "filigree \d+"/,
        ["resume", "eval"],
      ],
      [
        // The other model under this one's configuration; by itself it is a model like any other.
        await sealSafetensors([...other.tensors.values()], {
          ...other.metadata,
          config: metadata.config,
        }),
        /Cannot read the checkpoint ".*": (the pattern of|".*" has shape)/,
        ["resume"],
      ],
    ];
    for (const [bytes, message, verbs] of cases) {
      await Deno.writeFile(path, bytes);
      const names = namesIn(run);
      for (const verb of verbs) {
        const { code, err } = await filigree([verb, run]);
        assert.equal(code, 1, err);
        assert.match(err, message);
      }
      assert.deepEqual(namesIn(run), names);
      assert.deepEqual(await Deno.readFile(path), bytes);
    }
  });
});

Deno.test("two who go on with one run at the same time: one does, the other is told who", () =>
  withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    const straight = await halfTrained([...args, "--json"], run);
    const [first, second] = await Promise.all(
      [1, 2].map(() => filigree(["resume", run, "--json"])),
    );
    const codes = [first.code, second.code].sort();
    const refused = first.code === 0 ? second : first;
    // On a busy machine one may be over before the other begins: both are the run then.
    if (codes[1] === 1) {
      assert.match(
        refused.err,
        /^error: Cannot write the run folder ".*": .*process.* writes it; expected one writer/m,
      );
    }
    for (const { code, out } of [first, second].filter(({ code }) => code !== 1)) {
      assert.equal(code, 0);
      assert.deepEqual(result(out), result(straight.out));
    }
    assert.equal(codes[0], 0, refused.err);
  }));

Deno.test("a run that is written is refused to a second writer, and read by anybody", () =>
  withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    await halfTrained(args, run);
    using _ = await lockFolder(run);
    for (const verb of [["resume", run], ["train", ...args, "--out", run]]) {
      const { code, err } = await filigree(verb);
      assert.equal(code, 1, err);
      assert.match(err, /^error: Cannot write the run folder ".*": .*process.* writes it;/m);
    }
    for (const verb of ["eval", "inspect"]) {
      const { code, err } = await filigree([verb, run]);
      assert.equal(code, 0, err);
    }
  }));

Deno.test("damaged metrics, a damaged best checkpoint, a lost configuration block no resume", () =>
  withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    const straight = await halfTrained([...args, "--json"], run);
    await Deno.writeTextFile(`${run}/metrics.jsonl`, "{oops\n", { append: true });
    await Deno.writeTextFile(`${run}/checkpoints/best.safetensors`, "damaged");
    await Deno.writeTextFile(`${run}/checkpoints/step-000000020.safetensors`, "damaged");
    await Deno.writeTextFile(`${run}/environment.json`, "null");
    await Deno.writeTextFile(`${run}/result.json`, "{");
    await Deno.remove(`${run}/config.toml`);
    const resumed = await filigree(["resume", run, "--json"]);
    assert.equal(resumed.code, 0, resumed.err);
    for (
      const said of [
        /^There was no ".*config.toml"; it was made anew from ".*000013.safetensors"\.$/m,
        /^Cannot read the checkpoint ".*000020.safetensors": it has 7 bytes; expected/m,
        /^The run goes on from step 13: ".*000020.*" is now ".*dropped-step-000000020.*"\.$/m,
        /^Cannot read the checkpoint ".*best.safetensors": .*" is now ".*dropped-best.*"\.$/m,
        /^Line \d+ of ".*metrics.jsonl" is damaged; it was removed\.$/m,
        /^The result ".*result.json" is damaged; it is made again\.$/m,
      ]
    ) assert.match(resumed.err, said);
    assert.deepEqual(result(resumed.out), result(straight.out));
    assert.equal((await filigree(["eval", run])).err.includes("damaged"), false);
  }));

Deno.test("a folder without a configuration and without a checkpoint is refused by the file's name", () =>
  withTraining(async (folder) => {
    await Deno.mkdir(`${folder}/run`);
    const { code, err } = await filigree(["resume", `${folder}/run`]);
    assert.equal(code, 2, err);
    assert.match(err, /Cannot read the configuration ".*run\/config.toml": there is no such file/);
  }));

Deno.test("a run whose best checkpoint was lost tests the best of those that are left, and says so", () =>
  withTraining(async (folder, args) => {
    const run = `${folder}/run`;
    const long = ["--epochs", "12", "--keep", "1", "--out", run, "--json"];
    const straight = await filigree(["train", ...args, ...long]);
    assert.equal(straight.code, 0, straight.err);
    const scores = (await Deno.readTextFile(`${run}/metrics.jsonl`)).trim().split("\n")
      .flatMap((line) => JSON.parse(line).validation?.accuracy ?? []);
    assert.ok(scores.indexOf(Math.max(...scores)) < scores.length - 1, `${scores}`);
    await Deno.remove(`${run}/result.json`);
    await Deno.writeTextFile(`${run}/checkpoints/best.safetensors`, "damaged");
    const resumed = await filigree(["resume", run, "--json"]);
    assert.equal(resumed.code, 0, resumed.err);
    assert.match(resumed.err, /^Cannot read the checkpoint ".*best.*" is now ".*dropped-best/m);
    const { validation } = JSON.parse(await Deno.readTextFile(`${run}/result.json`));
    assert.equal(validation.accuracy, scores.at(-1));
  }));
