/**
 * `xmc train` without validation: what it is tested with is looked at after every epoch, and chooses nothing.
 *
 * @module
 */
import assert from "node:assert/strict";
import { namesIn } from "./faulty_runs.ts";
import { refused, say, succeed } from "./in_process.ts";
import { DEVICE, withData } from "./xmc_runs.ts";

/** The objects in the lines of a file. */
async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(path);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("xmc train without --validation calls what it looks at the test, and chooses nothing by it", async () => {
  await withData(async (folder) => {
    const run = `${folder}/run`;
    const own = ["--train", `${folder}/texts`, "--pattern", "fan-in:2", ...DEVICE];
    const clustered = ["--width", "8", "--auxiliary", "2"];
    for (const more of [[], clustered]) {
      const all = [...own, ...more, "--epochs", "3", "--out", `${run}${more.length}`];
      const { code, out, err } = await say(["xmc", "train", ...all, "--json"]);
      assert.equal(code, 0, err);
      const events = out.trim().split("\n").map((line) => JSON.parse(line))
        .filter(({ event }) => event === "epoch");
      assert.equal(events.length, 3);
      for (const { test, validation } of events) {
        assert.ok(test.loss >= 0 && test["P@1"] >= 0);
        assert.equal(validation, undefined);
      }
      const at = `${run}${more.length}`;
      const checkpoints = namesIn(at).filter((name) => name.startsWith("checkpoints/"));
      assert.equal(checkpoints.length, 3);
      assert.ok(checkpoints.every((name) => name.startsWith("checkpoints/step-")));
      const epochs = (await linesOf(`${at}/metrics.jsonl`)).filter(({ epochLoss }) =>
        epochLoss !== undefined
      );
      assert.equal(epochs.length, 3);
      for (const { test, validation } of epochs) {
        assert.ok(Number(Object(test)["P@1"]) >= 0);
        assert.equal(validation, undefined);
      }
      const { test, validation } = JSON.parse(await Deno.readTextFile(`${at}/result.json`));
      assert.equal(validation, undefined);
      // Of the last epoch, whichever was best; eval finds the same model.
      assert.equal(Object(epochs[2].test)["P@1"], test["P@1"]);
      assert.equal((await succeed("xmc", "eval", at))["P@1"], test["P@1"]);
    }
    const said = await refused("xmc", "train", ...own, "--patience", "1", "--no-save");
    assert.match(said, /"--patience" \(train\.patience\) needs examples to validate with/);
    const held = [...own, "--epochs", "2", "--validation", "0.2", "--out", `${run}-held`];
    const { validation } = await succeed("xmc", "train", ...held, "--patience", "2");
    assert.ok(Number(Object(validation)["P@1"]) >= 0);
    assert.ok(namesIn(`${run}-held`).includes("checkpoints/best.safetensors"));
  });
});
