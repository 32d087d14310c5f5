/**
 * Runs of `xmc` whose data are not what they were any more: other files, other names, other places. What is known by its name stays
 * what it was, what is new is told, and the rest is refused.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inFolder } from "./in_folder.ts";
import { refused, say, succeed } from "./in_process.ts";
import { DEVICE, FIGURES, SUBJECTS } from "./xmc_runs.ts";

const SHORT = ["--epochs", "6", "--lr", "1", ...DEVICE];

/** A table of texts of subjects, each with six labels of its own: no other one is among the first five. */
function table(rows: number, first = 0): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const subject = SUBJECTS[(first + i) % SUBJECTS.length];
    const labels = Array.from({ length: 6 }, (_, label) => `${subject.split(" ")[0]} ${label}`);
    return `${subject} number${(first + i) % 7},${labels.join(";")}\n`;
  });
  return `text,labels\n${lines.join("")}`;
}

/** All figures of a result that tell how labels were ranked. */
function figuresOf(result: Readonly<Record<string, unknown>>): unknown {
  return [...FIGURES.map((figure) => result[figure]), result.bins, result["R@5"], result["nDCG@5"]];
}

Deno.test("xmc eval --test counts labels that training never saw as xmc train --test does, to the bit", async () => {
  const other = table(40, 3).replaceAll("cats 2", "an unseen one;cats 2").replaceAll(
    "dogs 1",
    "zebras",
  );
  await inFolder({ "own.csv": table(120), "test.csv": table(24, 1), "other.csv": other }, async (
    folder,
  ) => {
    const run = `${folder}/run`;
    const how = ["--pattern", "fan-in:4", ...SHORT];
    const train = ["xmc", "train", "--train", `${folder}/own.csv`, ...how];
    const together = await succeed(...train, "--test", `${folder}/other.csv`, "--no-save");
    await succeed(...train, "--test", `${folder}/test.csv`, "--out", run);
    const asked = ["xmc", "eval", run, "--test", `${folder}/other.csv`];
    const tested = await succeed(...asked);
    assert.deepEqual(figuresOf(tested), figuresOf(together));
    assert.ok(Number(tested["R@5"]) < Number((await succeed("xmc", "eval", run))["R@5"]));
    const { err } = await say(asked);
    assert.match(err, /other.csv" has 2 labels that the model does not know: .* not found\n/);
    assert.doesNotMatch((await say(["xmc", "eval", run])).err, /does not know/);
  });
});

Deno.test("xmc eval --test leaves out features that the model does not know, and says how many", async () => {
  const rows = (labels: number, features: number, more = "") =>
    `60 ${features} ${labels}\n` +
    Array.from({ length: 60 }, (_, i) => `${i % 6} ${i % 6}:1 ${6 + i % 4}:0.5${more}\n`).join("");
  const files = {
    "train.txt": rows(6, 10),
    "same.txt": rows(6, 10),
    "more.txt": rows(9, 14, " 12:0.5 13:1").replace("\n0 ", "\n0,8 "),
  };
  await inFolder(files, async (folder) => {
    const run = `${folder}/run`, path = (name: string) => `${folder}/${name}`;
    const how = ["--pattern", "fan-in:4", "--neighbours", "3", ...SHORT];
    await succeed("xmc", "train", "--train", path("train.txt"), ...how, "--out", run);
    const own = await succeed("xmc", "eval", run, "--test", path("same.txt"));
    const asked = ["xmc", "eval", run, "--test", path("more.txt")];
    const tested = await succeed(...asked);
    assert.equal(tested["P@1"], own["P@1"]);
    // One row of sixty has a label more, which is not found.
    assert.ok(Math.abs(Number(own["R@5"]) - Number(tested["R@5"]) - 0.5 / 60) < 1e-12);
    const { err } = await say(asked);
    assert.match(err, /more.txt" has 1 label that the model does not know: /);
    assert.match(err, /more.txt" has 2 features that the model does not know: left out/);
  });
});

Deno.test("a file to test with that has more labels than there are names of is refused by its own name", async () => {
  const rows = (labels: number) => `4 3 ${labels}\n0 0:1\n1 1:1\n2 2:1\n0 0:2\n`;
  const files = { "train.txt": rows(3), "Y.txt": "a\nb\nc\n", "test.csv": rows(5) };
  await inFolder(files, async (folder) => {
    const train = ["xmc", "train", "--train", folder, "--pattern", "fan-in:2", "--no-save"];
    const says =
      /Cannot read ".*test.csv": it has 5 labels; expected at most 3, those that ".*Y.txt"/;
    assert.match(await refused(...train, "--test", `${folder}/test.csv`, ...SHORT), says);
    await Deno.writeTextFile(`${folder}/Y.txt`, "a\nb\n");
    const own = /Y.txt": it has 2 rows; expected 3, as there are labels/;
    assert.match(await refused(...train, ...SHORT), own);
  });
});

Deno.test("xmc eval takes labels by the names that the run has of them, whatever numbers they have now", async () => {
  await inFolder({ "own.csv": table(120), "test.csv": table(24, 1) }, async (folder) => {
    const run = `${folder}/run`, own = `${folder}/own.csv`;
    const where = ["--train", own, "--test", `${folder}/test.csv`, "--neighbours", "3"];
    const done = await succeed(
      ...["xmc", "train", ...where, "--pattern", "fan-in:4", ...SHORT, "--out", run],
    );
    const rankings = (result: Readonly<Record<string, unknown>>) => FIGURES.map((f) => result[f]);
    const renamed = async (from: string, to: string) => {
      await Deno.writeTextFile(own, table(120).replace(from, to));
      return await say(["xmc", "eval", run]);
    };
    // Every other label has another number then.
    const { err } = await renamed("number3,", "number3,a first one;");
    assert.equal(err, "");
    assert.deepEqual(rankings(await succeed("xmc", "eval", run)), rankings(done));
    assert.match(
      (await renamed("ships 2;", "")).err,
      /the rows of ".*own.csv" to train with are not those that the model was trained with: PSP/,
    );
    await Deno.writeTextFile(own, table(120).replaceAll("cats 0", "zoo"));
    // The file to test with has it all the same.
    const tested = await succeed("xmc", "eval", run);
    assert.equal(tested["R@5"], done["R@5"]);
    await Deno.writeTextFile(`${folder}/test.csv`, table(24, 1).replaceAll("cats 0", "zoo"));
    assert.match(
      (await say(["xmc", "eval", run])).err,
      /"cats 0" of the model\n.*test.csv" has 1 l/,
    );
    assert.ok(Number((await succeed("xmc", "eval", run))["R@5"]) <= Number(done["R@5"]));
  });
});

Deno.test("xmc eval and predict say that the names of a run are lost, or not as many as its labels", async () => {
  await inFolder({ "own.csv": table(60), "asked.txt": "cats purr\n" }, async (folder) => {
    const run = `${folder}/run`, names = `${run}/labels.txt`, ask = `${folder}/asked.txt`;
    const train = ["xmc", "train", "--train", `${folder}/own.csv`, "--pattern", "fan-in:4"];
    await succeed(...train, ...SHORT, "--out", run);
    const text = await Deno.readTextFile(names);
    await Deno.writeTextFile(names, text.replace(/^.*\n/, ""));
    for (const asked of [["eval", run], ["predict", run, ask]]) {
      const says = /labels.txt" has 35 lines; expected 36, one for each label of the model/;
      assert.match(await refused("xmc", ...asked), says);
    }
    await Deno.remove(names);
    const { code, err } = await say(["xmc", "predict", run, ask, "--out", `${folder}/answers`]);
    assert.equal(code, 0);
    assert.match(err, /labels.txt" is not there: labels are told by their numbers alone/);
    // The rows are the same, so that numbers are.
    await succeed("xmc", "eval", run);
    const lost =
      /which labels of ".*own.csv" are those of the model: its run has no "labels.txt" any more;/;
    assert.match(await refused("xmc", "eval", run, "--test", `${folder}/own.csv`), lost);
    await Deno.writeTextFile(`${folder}/own.csv`, table(60).replaceAll("cats 3", "zoo"));
    assert.match(await refused("xmc", "eval", run), lost);
  });
});

Deno.test("xmc eval reads names of runs of before, whose blanks were made alike, and refuses data that lost theirs", async () => {
  const own = table(60).replaceAll("cats 3", "cats  3").replaceAll("dogs 2", "dogs\u00a02");
  await inFolder({ "own.csv": own }, async (folder) => {
    const run = `${folder}/run`, names = `${run}/labels.txt`;
    const train = ["xmc", "train", "--train", `${folder}/own.csv`, "--pattern", "fan-in:4"];
    const done = await succeed(...train, ...SHORT, "--out", run);
    const text = await Deno.readTextFile(names);
    assert.match(text, /cats {2}3\n(.*\n)*dogs\u00a02\n/);
    await Deno.writeTextFile(names, text.replaceAll(/[^\S\n]+/g, " "));
    const { err } = await say(["xmc", "eval", run]);
    assert.equal(err, "");
    const tested = await succeed("xmc", "eval", run);
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
  });
  const rows = (from: number) =>
    "60 7 6\n" + Array.from({ length: 60 }, (_, i) => `${(i + from) % 6} ${i % 6}:1\n`).join("");
  const files = { "train.txt": rows(0), "test.txt": rows(0), "Y.txt": "a\nb\nc\nd\ne\nf\n" };
  await inFolder(files, async (folder) => {
    const run = `${folder}/run`;
    await succeed(
      ...["xmc", "train", "--train", folder, "--pattern", "fan-in:2", ...SHORT, "--out", run],
    );
    await Deno.remove(`${folder}/Y.txt`);
    await succeed("xmc", "eval", run);
    await Deno.writeTextFile(`${folder}/train.txt`, rows(1));
    assert.match(await refused("xmc", "eval", run), /its data no longer say what they are called;/);
  });
});

Deno.test("xmc eval --test of a run that set rows aside takes labels by name that its table has no more", async () => {
  const other = table(12).replaceAll("cats 0", "a first one;cats 0");
  await inFolder({ "own.csv": table(90), "other.csv": other }, async (folder) => {
    const run = `${folder}/run`, own = `${folder}/own.csv`;
    await succeed(
      ...["xmc", "train", "--train", own, "--pattern", "fan-in:4", ...SHORT, "--out", run],
    );
    const asked = ["xmc", "eval", run, "--test", `${folder}/other.csv`];
    const before = await succeed(...asked);
    await Deno.writeTextFile(own, table(90).replaceAll("cats 0", "cats 1"));
    const after = await succeed(...asked);
    assert.ok(Number(before["P@1"]) > 0.9);
    for (const figure of ["P@1", "P@3", "P@5", "R@5"]) assert.equal(after[figure], before[figure]);
    assert.match((await say(asked)).err, /other.csv" has 1 label that the model does not know/);
  });
});

Deno.test("xmc eval takes features by their words, and refuses names that do not tell labels", async () => {
  const words = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu"];
  const rows = (first: number) =>
    `60 ${words.length + first} 6\n` +
    Array.from({ length: 60 }, (_, i) => `${i % 6} ${first + i % 6}:1 ${first + 6}:0.5\n`).join("");
  const files = {
    "train.txt": rows(0),
    "test.txt": rows(0),
    "features.txt": words.join("\n") + "\n",
  };
  await inFolder({ ...files, "Y.txt": "a\nb\nc\nd\ne\ne\n" }, async (folder) => {
    const run = `${folder}/run`;
    const how = ["--pattern", "fan-in:2", ...SHORT, "--out", run];
    const done = await succeed("xmc", "train", "--train", folder, ...how);
    for (const part of ["train", "test"]) {
      await Deno.writeTextFile(`${folder}/${part}.txt`, rows(1));
    }
    await Deno.writeTextFile(`${folder}/features.txt`, ["aal", ...words].join("\n") + "\n");
    assert.equal(done["P@1"], 1);
    const tested = await succeed("xmc", "eval", run);
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    await Deno.writeTextFile(`${folder}/Y.txt`, "b\na\nc\nd\ne\ne\n");
    const says =
      /which labels are those of the model: number 0 is "b" and was "a" in the training, and two are called "e"/;
    assert.match(await refused("xmc", "eval", run), says);
  });
});

Deno.test("resume of a run whose data have other labels or words now says how many", async () => {
  await inFolder({ "own.csv": table(60) }, async (folder) => {
    const run = `${folder}/run`, own = `${folder}/own.csv`;
    const train = ["xmc", "train", "--train", own, "--pattern", "fan-in:4", ...SHORT];
    await succeed(...train, "--out", run, "--pause-after", "1");
    await Deno.writeTextFile(own, table(60) + "cats purr,a new one\n");
    const labels =
      /"\S*own.csv" has 37 labels now, and the run was begun with 36; expected the data/;
    assert.match(await refused("resume", run), labels);
    await Deno.writeTextFile(own, table(60) + "cats purr newly,cats 1\n".repeat(2));
    const words = /own.csv" has \d+ words now, and the run was begun with \d+; expected the data/;
    assert.match(await refused("resume", run), words);
    await Deno.writeTextFile(own, table(60));
    await succeed("resume", run);
  });
});

Deno.test("xmc eval and resume say of which run data are that are not there, and where they were looked for", async () => {
  await inFolder({ "own.csv": table(60) }, async (folder) => {
    const before = Deno.cwd(), run = `${folder}/run`;
    Deno.chdir(folder);
    try {
      const train = ["xmc", "train", "--train", "own.csv", "--pattern", "fan-in:4", ...SHORT];
      await succeed(...train, "--neighbours", "3", "--out", run, "--pause-after", "1");
    } finally {
      Deno.chdir(before);
    }
    for (const asked of [["xmc", "eval", run], ["resume", run]]) {
      const err = await refused(...asked);
      assert.match(
        err,
        /Cannot open the data of the run ".*run": .* is "own.csv", and there is no/,
      );
      assert.ok(err.includes(`counts from the folder of this command, "${before}".`), err);
    }
    const err = await refused("xmc", "eval", run, "--test", "own.csv");
    assert.match(err, /^error: Option "--test" is "own.csv", and there is no such file\.\n$/);
    Deno.chdir(folder);
    try {
      await Deno.remove(`${run}/neighbours.bin`);
      assert.match(await refused("xmc", "eval", run), /^error: Cannot let nearest rows vote: /);
    } finally {
      Deno.chdir(before);
    }
  });
});
