/**
 * Ctrl-C, and what every verb ends with where it is used wrongly.
 *
 * @module
 */
import assert from "node:assert/strict";
import { denoArgs, filigree, namesIn, withTraining } from "./faulty_runs.ts";

Deno.test({
  name: "a second Ctrl-C ends with exit code 130 at once, and leaves what was saved whole",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTraining(async (folder, args) => {
      const run = `${folder}/run`;
      const child = new Deno.Command(Deno.execPath(), {
        args: denoArgs(["train", ...args, "--epochs", "100000", "--out", run, "--json"]),
        stdout: "piped",
        stderr: "null",
      }).spawn();
      let asked = false;
      for await (const _ of child.stdout) {
        if (asked || !namesIn(run).some((name) => name.includes("step-"))) continue;
        asked = true;
        child.kill("SIGINT");
        child.kill("SIGINT");
      }
      assert.equal((await child.status).code, 130);
      const read = await filigree(["eval", run, "--json"]);
      assert.equal(read.code, 0, read.err);
    }),
});

const VERBS =
  "train resume eval predict inspect export data sweep devices profile bench tune completions";

for (const verb of VERBS.split(" ")) {
  Deno.test(`filigree ${verb} knows --json, --quiet and -v, and refuses other flags with exit code 2`, async () => {
    const wrong = await filigree([verb, "--json", "--quiet", "-v", "--bogus"]);
    assert.equal(wrong.code, 2, wrong.err);
    assert.match(wrong.err, /Unknown option "--bogus"/);
  });
}

for (const verb of ["resume", "eval", "inspect", "export"]) {
  Deno.test(`filigree ${verb} ends with exit code 1 where the checkpoint is damaged`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/damaged.safetensors`, "nothing of ours");
      const path = verb === "resume" ? folder : `${folder}/damaged.safetensors`;
      if (verb === "resume") {
        await Deno.mkdir(`${folder}/checkpoints`);
        await Deno.writeTextFile(`${folder}/config.toml`, "");
        await Deno.writeTextFile(`${folder}/checkpoints/step-000000001.safetensors`, "nothing");
      }
      const { code, err } = await filigree([verb, path]);
      assert.equal(code, 1, err);
      assert.match(err, /^error: Cannot read the checkpoint/m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
