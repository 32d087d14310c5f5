/**
 * `xmc` with files and lines that are odd: what is meant is done, whatever comes together, and the rest is refused by its line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readManyLabels } from "../src/data/labels/set.ts";
import { inFolder } from "./in_folder.ts";
import { refused, say, succeed } from "./in_process.ts";
import { DEVICE, FIGURES, withData } from "./xmc_runs.ts";

const SHORT = ["--pattern", "fan-in:2", "--epochs", "1", ...DEVICE];

/** What a run answers to a file, a list of labels and scores for each line. */
async function answersTo(run: string, content: string | Uint8Array): Promise<unknown[]> {
  const [asked, answers] = [`${run}/asked.txt`, `${run}/answers.jsonl`];
  await Deno.writeFile(
    asked,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  await succeed("xmc", "predict", run, asked, "--top", "3", "--out", answers, "--device", "wasm");
  const lines = (await Deno.readTextFile(answers)).trim().split("\n");
  return lines.map((line) => JSON.parse(line).labels);
}

/** What is said of a file that a run is asked about. */
async function saidOf(run: string, content: string | Uint8Array): Promise<string> {
  const asked = `${run}/asked.txt`;
  await Deno.writeFile(
    asked,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  const { code, err } = await say(["xmc", "predict", run, asked, "--device", "wasm"]);
  assert.notEqual(code, 0);
  return err;
}

Deno.test("xmc predict takes each line for itself, and names the one that is wrong", async () => {
  await withData(async (folder) => {
    for (const kind of ["texts", "features"]) {
      const run = `${folder}/${kind}-run`;
      const where = ["--train", `${folder}/${kind}`, "--out", run, ...DEVICE];
      await succeed("xmc", "train", ...where, "--pattern", "fan-in:4", "--batch", "32");
      const words = kind === "texts";
      const lines = words
        ? ["dogs bark", "3:1 4:0.5", "", "10:30 is late", "unknown", "5:1e-1 6"]
        : ["2:1 4:0.5", "", "1", " 6 8:2"];
      const alone: unknown[] = [];
      for (const line of lines) alone.push(...await answersTo(run, `${line}\n`));
      // Answers tell lines apart.
      assert.ok(new Set(alone.map((each) => JSON.stringify(each))).size > 2);
      assert.deepEqual(await answersTo(run, `\ufeff${lines.join("\r\n")}`), alone);
      const packed = new Blob([lines.join("\n")]).stream()
        .pipeThrough(new CompressionStream("gzip"));
      const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
      assert.deepEqual(await answersTo(run, bytes), alone);
      const first = `${lines[0]}\n`;
      assert.match(await saidOf(run, `${first}1:1 999:1\n`), /line 2: a feature is "999:1".*below/);
      assert.match(
        await saidOf(run, Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a)),
        /at line 2: the text is no UTF-8/,
      );
      if (words) continue;
      assert.match(
        await saidOf(run, `${first}\n1:1 2:x\n`),
        /line 3: the value of feature 2 is "x"/,
      );
      assert.match(await saidOf(run, `${first}a dog\n`), /line 2: .*features that have no words/);
    }
    const run = `${folder}/texts-run`;
    assert.match(
      await refused("xmc", "predict", run, folder),
      /is ".*", a folder; expected a file/,
    );
    assert.match(
      await refused("xmc", "eval", run, "--test", folder),
      /"--test".*, a folder; expected a file/,
    );
  });
});

Deno.test("xmc eval tests a run of a folder with another file, which the filter of the folder is not of", async () => {
  await withData(async (folder) => {
    for (const [kind, name] of [["texts", "tst.json"], ["features", "test.txt"]]) {
      const run = `${folder}/${kind}-run`, other = `${folder}/${name}`;
      const done = await succeed(
        "xmc",
        "train",
        "--train",
        `${folder}/${kind}`,
        ...SHORT,
        "--out",
        run,
      );
      await Deno.copyFile(`${folder}/${kind}/${name}`, other);
      const tested = await succeed("xmc", "eval", run, "--test", other, "--device", "wasm");
      for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
      // Label 20 of the first example is not to be predicted there.
      await Deno.writeTextFile(`${folder}/${kind}/filter_labels_test.txt`, "0 20\n");
      const [own, without] = [
        await readManyLabels(`${folder}/${kind}`),
        await readManyLabels(`${folder}/${kind}`, { test: other }),
      ];
      assert.deepEqual([own.test?.filter?.labels.join(), without.test?.filter], ["20", undefined]);
      assert.deepEqual(without.test?.labels, own.test?.labels);
    }
  });
  const tables = { "train.csv": "text,labels\na,x\nb,y\n", "test.csv": "text,labels\nc,x\n" };
  await inFolder({ ...tables, "other.csv": "text,labels\nd,z;y\n" }, async (folder) => {
    const { test, labelTexts } = await readManyLabels(folder, { test: `${folder}/other.csv` });
    assert.deepEqual([test?.texts?.text(0), test?.labels.labels.join()], ["d", "1,2"]);
    assert.deepEqual([...labelTexts ?? []], ["x", "y", "z"]);
  });
});

Deno.test("xmc train takes fewer labels than it looks at, and refuses numbers that are no labels", async () => {
  const files = {
    "few.txt": "4 5 3\n1,1,1 0:1 0:2\n2,2 1:1\n0 3:1\n 4:1\n",
    "huge.txt": "4294967294 0:1\n0 1:1\n",
    "none.txt": "0 5 4\n",
    "train.csv": "text,labels\na b,x\nb c,y\n",
    "none.csv": "text,labels\n",
  };
  await inFolder(files, async (folder) => {
    const trained = (
      name: string,
      ...options: string[]
    ) => ["xmc", "train", "--train", `${folder}/${name}`, ...SHORT, "--no-save", ...options];
    const done = await succeed(...trained("few.txt", "--test", `${folder}/few.txt`));
    // All three labels are among the first five of every example, of which three apply.
    assert.ok(Math.abs(Number(done["P@5"]) - 3 / (4 * 5)) < 1e-12, `${done["P@5"]}`);
    assert.match(
      await refused(...trained("huge.txt")),
      /there are 4,294,967,295; expected at most/,
    );
    assert.match(await refused(...trained("none.txt")), /0 rows aside: expected two rows at least/);
    assert.match(
      await refused(...trained("train.csv", "--test", `${folder}/none.csv`)),
      /Cannot use ".*none.csv": .* there are 0 rows/,
    );
  });
});
