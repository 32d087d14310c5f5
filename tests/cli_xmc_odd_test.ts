/**
 * `xmc` with files and lines that are odd: what is meant is done, whatever comes together, and the rest is refused by its line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { resolveLayers, setLayer } from "../src/cli/config/load.ts";
import { linesOfInput } from "../src/cli/xmc/asked_lines.ts";
import { openRankingData } from "../src/cli/xmc/data.ts";
import { USUAL } from "../src/cli/xmc/defaults.ts";
import { openRanking } from "../src/cli/xmc/open.ts";
import { readManyLabels } from "../src/data/labels/set.ts";
import { exists } from "../src/runtime/atomic_files.ts";
import { type Files, inFolder } from "./in_folder.ts";
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
        ? ["dogs bark", "3:1 4:0.5", "", "5:10 ".repeat(60) + "dogs", "unknown", "5:1e-1 6"]
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
      if (!words) {
        const why = /example 1 has logits that are not finite; expected finite ones/;
        assert.match(await saidOf(run, `${first}2:3e38 4:3e38\n`), why);
      }
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

Deno.test("linesOfInput() reads lines however they are cut, and says which is no UTF-8", async () => {
  const read = async (bytes: Uint8Array, size: number): Promise<string[]> => {
    let at = 0;
    const some = (target: Uint8Array) => {
      const piece = bytes.subarray(at, at += Math.min(size, target.length));
      target.set(piece);
      return Promise.resolve(piece.length || null);
    };
    const lines: string[] = [];
    for await (const group of linesOfInput(some)) lines.push(...group.map(String));
    return lines;
  };
  const lines = ["ein H\u00fcgel", "", "\ufeff\u732b", "the end"];
  for (const end of ["", "\r\n"]) {
    const bytes = new TextEncoder().encode("\ufeff" + lines.join("\r\n") + end);
    for (let size = 1; size <= bytes.length; size++) {
      assert.deepEqual(await read(bytes, size), lines);
    }
  }
  assert.deepEqual(await read(new Uint8Array(0), 1), []);
  const wrong = Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a);
  const [before, odd, after] = await read(Uint8Array.of(...wrong, 0x62), 1);
  assert.deepEqual([before, after], ["a", "b"]);
  assert.match(odd, /"standard input" at line 2: the text is no UTF-8/);
  assert.match((await read(wrong.subarray(0, 3), 2))[1], /at line 2: the text is no UTF-8/);
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

Deno.test("openRankingData() keeps what was trained with where another file is tested with", async () => {
  const lines = (words: string, count: number) =>
    Array.from({ length: count }, (_, i) => `label${i % 3}\t${words} ${i}\n`).join("");
  const train = { "rows.txt": lines("some row", 40), "train.csv": "labels,text\na,b\nb,c\n" };
  const files = { ...train, "other.txt": lines("another", 6), "other.csv": "labels,text\na,b\n" };
  await inFolder(files, async (folder) => {
    for (const [name, other, tested] of [["rows.txt", "other.txt", 6], ["", "other.csv", 1]]) {
      const { config } = resolveLayers([setLayer([`data.name=${folder}/${name}`])]);
      const own = await openRankingData(config);
      const { train, test } = await openRankingData(config, { test: `${folder}/${other}` });
      assert.ok(own.test.examples > 0);
      assert.deepEqual(train.truth, own.train.truth);
      assert.equal(test.examples, tested);
    }
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

Deno.test("readManyLabels() refuses files that do not go together, each by what is wrong with it", async () => {
  const renee = {
    ...{ "trn_X.txt": "a cat\na dog\n", "trn_X_Y.txt": "2 2\n0:1\n1:1\n", "Y.txt": "cat\ndog\n" },
    ...{ "tst_X.txt": "b\n", "tst_X_Y.txt": "1 2\n1:1\n" },
  };
  const sparse = { "trn_X_Xf.txt": "1 4\n3:1\n", "trn_X_Y.txt": "1 2\n1:1\n" };
  const line = (rest: string) => ({ "trn.json": `{"title": "a", "target_ind": [0, 1]${rest}}\n` });
  const cases: readonly (readonly [files: Files, says: RegExp])[] = [
    [{ ...renee, "Y.txt": "cat\n" }, /\/Y.txt": it has 1 rows; expected 2, as there are labels/],
    [{ ...renee, "trn_X.txt": "a\n" }, /trn_X_Y.txt": it has 2 rows; expected 1/],
    [{ ...renee, "tst_filter_labels.txt": "1 0\n" }, /line 1: the pair is 1 and 0; expected an ex/],
    [
      { ...sparse, "tst_X_Xf.txt": "1 4\n3:1\n" },
      /has "tst_X_Xf.txt", but no "tst_X_Y.txt"; expected/,
    ],
    [
      line(', "target_rel": [1]'),
      /"target_rel" has 1 numbers and "target_ind" 2; expected as many/,
    ],
    [line(', "target_rel": 1'), /"target_rel" has 0 numbers and "target_ind" 2; expected as many/],
    [{ "train.csv": "text,text,labels\na,b,c\n" }, /two columns are called "text"; expected one/],
  ];
  for (const [files, says] of cases) {
    await inFolder(files, async (folder) => {
      await assert.rejects(() => readManyLabels(folder), says, Object.keys(files).join());
    });
  }
  // Without the labels of what is tested with others would be set aside.
  const { "tst_X_Y.txt": _, ...untested } = renee;
  await inFolder(untested, async (folder) => {
    await assert.rejects(() => readManyLabels(folder), /has "tst_X.txt", but no "tst_X_Y.txt"/);
    await Deno.remove(`${folder}/tst_X.txt`);
    assert.equal((await readManyLabels(folder)).test, undefined);
    await Deno.remove(`${folder}/Y.txt`);
    await Deno.mkdir(`${folder}/Y.txt`);
    await assert.rejects(() => readManyLabels(folder), /Y.txt": it is a folder; expected a file/);
  });
});

Deno.test("xmc train and eval say what propensities were made with, which may be any pair", async () => {
  await withData(async (folder) => {
    const run = `${folder}/run`;
    const train = ["xmc", "train", "--train", `${folder}/texts`, ...SHORT];
    const usual = await succeed(...train, "--no-save");
    assert.deepEqual(usual.propensity, { a: 0.55, b: 1.5 });
    const done = await succeed(...train, "--propensities", "0.6:2.6", "--out", run);
    assert.deepEqual(done.propensity, { a: 0.6, b: 2.6 });
    const named = await succeed(...train, "--propensities", "amazon", "--no-save");
    for (const figure of FIGURES) assert.equal(named[figure], done[figure], figure);
    assert.notEqual(done["PSP@5"], usual["PSP@5"]);
    const tested = await succeed("xmc", "eval", run, "--device", "wasm");
    assert.deepEqual(tested.propensity, done.propensity);
    const { out } = await say(["xmc", "eval", run, "--device", "wasm"]);
    assert.match(out, /PSnDCG@5 .*, A 0.6 and B 2.6, 48 examples/);
    for (
      const [pair, says] of [["0:1", /a is 0; expected a finite/], [
        "1",
        /A:B such as 0.5:0.4/,
      ]] as const
    ) {
      assert.match(await refused(...train, "--propensities", pair, "--no-save"), says);
    }
    const pattern = ["--set", "pattern.name=fan-in:-1", "--epochs", "1", "--no-save"];
    const refusal = await refused("xmc", "train", "--train", `${folder}/texts`, ...pattern);
    assert.match(refusal, /is "fan-in:-1"; a head of very many labels takes fan-in:32/);
  });
});

Deno.test("--validation holds rows of the data out, and trains with all rows of labels", async () => {
  const lines = Array.from({ length: 60 }, (_, i) => `text ${i},label ${i % 20}\n`);
  await inFolder({ "own.csv": `text,labels\n${lines.join("")}` }, async (folder) => {
    const set = ["data.labelText=true", "data.validation=0.2", "pattern.name=fan-in:2"];
    const layers = [setLayer([`data.name=${folder}/own.csv`, ...set])];
    const { config } = resolveLayers(layers, USUAL);
    const { train: all, rows, test } = await openRankingData(config);
    assert.deepEqual([all.examples, rows + test.examples], [rows + 20, 60]);
    const { data: { train, validation } } = await openRanking(config);
    assert.equal(validation?.examples, Math.round(0.2 * rows));
    assert.equal(train.examples, all.examples - Math.round(0.2 * rows));
    assert.ok("truth" in train);
    const { labels, offsets } = Object(train.truth);
    // The last twenty are the labels.
    const own = Array.from({ length: 20 }, (_, label) => label);
    assert.deepEqual([...labels.subarray(offsets[train.examples - 20])], own);
  });
});

Deno.test("cells are one label each where a flag, a setting or a file gives no separator of labels", async () => {
  const lines = Array.from({ length: 12 }, (_, i) => `text ${i},left; right ${i % 2}\n`).join("");
  await inFolder({ "own.csv": `text,labels\n${lines}` }, async (folder) => {
    const own = `${folder}/own.csv`, file = `${folder}/run.toml`, run = `${folder}/run`;
    await Deno.writeTextFile(file, '[data]\nlabelSeparator = ""\n');
    const ways = [["--label-separator", ""], ["--label-separator="], ["--config", file]];
    for (const way of [...ways, ["--set", "data.labelSeparator="]]) {
      if (await exists(run)) await Deno.remove(run, { recursive: true });
      await succeed("xmc", "train", "--train", own, ...way, ...SHORT, "--out", run);
      const names = await Deno.readTextFile(`${run}/labels.txt`);
      assert.equal(names, "left; right 0\nleft; right 1\n", `${way}`);
      assert.ok((await succeed("xmc", "eval", run))["P@1"] !== undefined);
    }
  });
});

Deno.test("xmc keeps names of labels as they are, and refuses two that are the same on one line", async () => {
  const names = ["a b", "a\u00a0b", "a  b", "a\tb", "broken\nin two"];
  const table = (names: readonly string[]) =>
    "text,labels\n" +
    Array.from({ length: 40 }, (_, i) => `text ${i % 20},"${names[i % names.length]}"\n`).join("");
  await inFolder({ "own.csv": table(names) }, async (folder) => {
    const run = `${folder}/run`, own = `${folder}/own.csv`;
    const train = ["xmc", "train", "--train", own, ...SHORT];
    const done = await succeed(...train, "--out", run);
    const sorted = [...names].sort();
    const lines = sorted.map((name) => name.replace("\n", " ")).join("\n") + "\n";
    assert.equal(await Deno.readTextFile(`${run}/labels.txt`), lines);
    const tested = await succeed("xmc", "eval", run);
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    const tsv = `${folder}/answers.tsv`, asked = `${folder}/asked.txt`;
    await Deno.writeTextFile(asked, "text 1\n");
    const how = ["--top", "5", "--format", "tsv", "--out", tsv];
    await succeed("xmc", "predict", run, asked, ...how);
    for (const line of (await Deno.readTextFile(tsv)).trim().split("\n")) {
      assert.equal(line.split("\t").length, 5, line);
    }
    await Deno.writeTextFile(own, table(["broken in two", "broken\nin two"]));
    const says = /names: "broken in two" and "broken\\nin two" are the same on one line; expected/;
    assert.match(await refused(...train, "--no-save"), says);
  });
});

Deno.test("xmc train refuses data that nothing can be learnt of, and tables of other separators, by what is wrong", async () => {
  const table = (separator: string, labels: string) =>
    ["text", "a cat", "a dog", "two cats"].map((text, i) =>
      `${text}${separator}${i === 0 ? "labels" : labels}\n`
    ).join("");
  const files = {
    "none.csv": table(",", ""),
    "none.txt": "3 2 4\n 0:1\n 1:1\n 0:2\n",
    "huge.txt": "3 4000000000 4\n1 0:1\n2 1:1\n3 0:2\n",
    "other.csv": table(";", "x"),
  };
  await inFolder(files, async (folder) => {
    const train = (
      name: string,
    ) => ["xmc", "train", "--train", `${folder}/${name}`, ...SHORT, "--no-save"];
    for (const name of ["none.csv", "none.txt"]) {
      const says = /none.\w+": none of its \d rows to train with has a label; expected some that/;
      assert.match(await refused(...train(name)), says);
    }
    const huge =
      /highest feature has the number 3999999999, so that there are 4,000,000,000; expected/;
    assert.match(await refused(...train("huge.txt")), huge);
    const { code, err } = await say(train("other.csv"));
    assert.equal(code, 1);
    assert.match(err, /a comma between fields \(the line has a semicolon, .* fieldSeparator ";"\)/);
    await succeed(...train("other.csv"), "--field-separator", ";");
    const wrong = await refused(...train("other.csv"), "--field-separator", "::");
    assert.match(
      wrong,
      /fieldSeparator" .* must be one character of ASCII, such as ;, but got "::"/,
    );
    const steep = await refused(
      ...train("other.csv"),
      "--field-separator",
      ";",
      "--propensities",
      "1000:2.6",
    );
    assert.match(
      steep,
      /a of 1000 and b of 2.6 a label of no example weighs NaN; expected numbers/,
    );
  });
});
