/**
 * Very many labels on the command line: a model is trained, interrupted, gone on with, tested and asked, and what cannot be is
 * refused by what is wrong with it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { resolveLayers } from "../src/cli/config/load.ts";
import { rankingPreparationIn } from "../src/cli/xmc/data.ts";
import { USUAL } from "../src/cli/xmc/defaults.ts";
import { positiveWeights } from "../src/cli/xmc/open.ts";
import { preparationIn } from "../src/train/description.ts";
import { refused, say, succeed } from "./in_process.ts";
import { DEVICE, FIGURES, newestOf, resumeFrom, SMALL, SUBJECTS, withData } from "./xmc_runs.ts";

/** Asks a run for the first labels of each text of a file, as lines of JSON. */
async function ask(run: string, asked: string, top: string, answers: string): Promise<void> {
  await succeed("xmc", "predict", run, asked, "--top", top, "--out", answers, "--device", "wasm");
}

Deno.test("xmc train, eval and predict work with texts and names of labels", async () => {
  await withData(async (folder) => {
    const run = `${folder}/run`;
    const where = ["--train", `${folder}/texts`, "--out", run, ...DEVICE];
    const rates = ["--lr", "0.01", "--loss", "bce", "--epochs", "12"];
    const done = await succeed("xmc", "train", ...where, ...SMALL, ...rates);
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    const { total } = Object(done.bytes);
    assert.ok(total > 0 && Array.isArray(done.bins) && done.bins.length === 5);
    const result = JSON.parse(await Deno.readTextFile(`${run}/result.json`));
    const tested = await succeed("xmc", "eval", run, "--device", "wasm");
    for (const figure of FIGURES) {
      assert.equal(tested[figure], done[figure], figure);
      assert.equal(result[figure], done[figure], figure);
    }
    assert.deepEqual(tested.bins, done.bins);
    assert.ok(Number(tested.bytes) > 0);
    const asked = `${folder}/asked.txt`;
    await Deno.writeTextFile(asked, "The dogs bark!\na ship sails, ships sail\n");
    const answers = `${folder}/answers.jsonl`;
    await ask(run, asked, "2", answers);
    const [dogs, ships] = (await Deno.readTextFile(answers)).trim().split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([dogs.example, ships.example], [0, 1]);
    assert.deepEqual(
      [dogs.labels[0].label, dogs.labels[0].name, ships.labels[0].name],
      [20, "label 20", "label 40"],
    );
    assert.ok(dogs.labels[0].score > dogs.labels[1].score && dogs.labels[0].score < 1);
    const tsv = `${folder}/answers.tsv`;
    const written = await succeed("xmc", "predict", run, asked, "--format", "tsv", "--out", tsv);
    assert.equal(written.examples, 2);
    assert.match(await Deno.readTextFile(tsv), /^0\t1\t20\tlabel 20\t0\.\d+\n0\t2\t\d+\tlabel/);
  });
});

Deno.test("resume goes on with a run of xmc train as if it had never stopped", async () => {
  await withData(async (folder) => {
    const data = ["--train", `${folder}/features/train.txt`];
    const test = ["--test", `${folder}/features/test.txt`];
    const whole = `${folder}/whole`, part = `${folder}/part`;
    const coarse = ["--auxiliary", "10", "--auxiliary-epochs", "3"];
    const often = ["--checkpoint-every", "7", "--keep", "99", "--epochs", "4", "--out", whole];
    const below = ["--method", "set", "--threshold", "0.1", "--rewire-decay", "constant"];
    const heirs = ["--grown", "inherited", "--fresh", "inherited"];
    const how = [...DEVICE, ...SMALL, ...often, ...coarse, ...below, ...heirs];
    const done = await succeed("xmc", "train", ...data, ...test, ...how);
    await resumeFrom(whole, part, done);
    const mean = await succeed("xmc", "eval", part, "--test", `${folder}/features/train.txt`);
    assert.ok(Number(mean["P@1"]) > 0);
    const { code, err } = await say(["xmc", "predict", part, `${folder}/texts/lbl.json`]);
    assert.equal(code, 2);
    assert.match(err, /Cannot read line 1: .*features that have no words; expected lines/);
  });
});

Deno.test("xmc train takes heads that stand on features, which are gone on with, tested and asked", async () => {
  await withData(async (folder) => {
    const whole = `${folder}/whole`, part = `${folder}/part`;
    const where = ["--train", `${folder}/texts`, "--encoder", "none", ...DEVICE];
    const how = ["--pattern", "fan-in:4", "--batch", "32", "--epochs", "6", "--lr", "0.1"];
    const often = ["--checkpoint-every", "7", "--keep", "99", "--out", whole];
    const weighed = ["--propensity-weights", "--positive-weight", "2"];
    const done = await succeed("xmc", "train", ...where, ...how, ...often, ...weighed);
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    await resumeFrom(whole, part, done);
    const tested = await succeed("xmc", "eval", whole, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    const asked = `${folder}/asked.txt`, answers = `${folder}/answers.jsonl`;
    await Deno.writeTextFile(asked, "The dogs bark!\n");
    await ask(whole, asked, "2", answers);
    assert.equal(JSON.parse(await Deno.readTextFile(answers)).labels[0].name, "label 20");
    const other = [...where, "--pattern", "fan-in:4", "--epochs", "1", "--no-save"];
    const drawn = await succeed("xmc", "train", ...other, "--inputs", "random", "--method", "set");
    assert.notEqual(drawn.hash, done.hash);
  });
});

Deno.test("xmc train takes a dense head of frequent labels over groups that are alike, and speaks of labels as the data do", async () => {
  await withData(async (folder) => {
    const whole = `${folder}/whole`, part = `${folder}/part`;
    const where = ["--train", `${folder}/texts`, "--width", "32", ...DEVICE];
    const head = ["--pattern", "group-8:16", "--dense-labels", "64", "--method", "set"];
    const how = ["--every", "5", "--batch", "32", "--lr", "0.01", "--epochs", "8"];
    const often = ["--checkpoint-every", "7", "--keep", "99", "--propensity-weights"];
    const given = [...where, ...head, ...how, ...often, "--neighbours", "3"];
    const plan = await succeed("xmc", "train", ...given, "--dry-run");
    const done = await succeed("xmc", "train", ...given, "--out", whole);
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    assert.deepEqual(Object(plan.plan).bytes, done.bytes);
    await resumeFrom(whole, part, done);
    const tested = await succeed("xmc", "eval", whole, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    const { order }: { readonly order: readonly number[] } = Object(
      preparationIn(await newestOf(whole)),
    );
    // Those of every row of a subject come most often, and the others of the head as often as the lower ones of the data.
    assert.deepEqual(order.slice(0, 6), [0, 20, 40, 60, 80, 100]);
    assert.equal(new Set(order).size, 120);
    const asked = `${folder}/asked.txt`, answers = `${folder}/answers.jsonl`;
    await Deno.writeTextFile(asked, "The dogs bark!\nships sail\n");
    await ask(whole, asked, "1", answers);
    const firsts = (await Deno.readTextFile(answers)).trim().split("\n")
      .map((line) => JSON.parse(line).labels[0].name);
    assert.deepEqual(firsts, ["label 20", "label 40"]);
  });
  const { train } = resolveLayers([], USUAL).config;
  const weighed = { train: { ...train, positiveWeight: 2, propensityWeights: true } };
  const weights = positiveWeights(
    weighed,
    { weights: Float64Array.of(1, 4, 9) },
    Uint32Array.of(2, 0, 1),
  );
  const initial = await weights?.initial({ seed: 0, stream: 0 });
  assert.deepEqual(initial, Float32Array.of(18, 2, 8));
  const damaged = { kind: "label-ranking", inputs: 1, features: 1, labels: 2, order: [0, 0] };
  assert.throws(() => rankingPreparationIn("a run", damaged), {
    name: "CheckpointError",
    message: /"a run": Cannot put 2 labels in an order of 2: expected each of them once/,
  });
});

Deno.test("xmc train takes a table of one's own, sets rows aside, and names its labels", async () => {
  await withData(async (folder) => {
    const lines = Array.from({ length: 300 }, (_, i) => {
      const subject = SUBJECTS[i % SUBJECTS.length];
      return `"${subject}, number ${i}",${subject.split(" ").join("/")}`;
    });
    const table = `${folder}/own.csv`, run = `${folder}/run`, cache = `${folder}/cache`;
    await Deno.writeTextFile(table, `body,tags\n${lines.join("\n")}\n`);
    const read = ["--text", "body", "--target", "tags", "--label-separator", "/", "--cache", cache];
    const where = ["--train", table, ...read, "--label-text", "--out", run, ...DEVICE];
    const done = await succeed("xmc", "train", ...where, ...SMALL, "--lr", "0.01", "--epochs", "6");
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    // Those that are set aside are the same when they are read again, of the file that was kept.
    const kept = await Array.fromAsync(Deno.readDir(cache));
    assert.equal(kept.length, 1);
    const tested = await succeed("xmc", "eval", run, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    const asked = `${folder}/asked.txt`, answers = `${folder}/answers.jsonl`;
    await Deno.writeTextFile(asked, "Who purrs? Cats.\n");
    await ask(run, asked, "2", answers);
    const { labels } = JSON.parse(await Deno.readTextFile(answers));
    const names = labels.map(({ name }: { readonly name: string }) => name);
    assert.deepEqual(names.sort(), ["cats", "purr"]);
  });
});

Deno.test("xmc train takes heads of groups and dense ones, means of words, and a dry run", async () => {
  await withData(async (folder) => {
    const short = ["--epochs", "1", "--width", "32", "--no-save", ...DEVICE];
    const texts = ["--train", `${folder}/texts`];
    for (
      const options of [
        [
          ...["--pattern", "group-16:8-replacement", "--auxiliary", "12"],
          ...["--intermediate", "64", "--intermediate-activation", "relu"],
        ],
        ["--pattern", "dense", "--encoder", "bag"],
        ["--method", "rigl", "--every", "3", "--loss", "softmax", "--dense-labels", "64"],
        ["--pattern", "fan-in", "--sparsity", "0.5", "--method", "static", "--validation", "0.2"],
      ]
    ) {
      const done = await succeed("xmc", "train", ...texts, ...short, ...options);
      assert.ok(Number(done["P@5"]) >= 0, `${options}`);
    }
    const dry = ["xmc", "train", ...texts, "--width", "64", "--dry-run", ...DEVICE];
    const { event, config } = await succeed(...dry);
    assert.equal(event, "plan");
    assert.match(String(config), /name = "fan-in:32"/);
    const { notes } = await succeed(...dry, "--pattern", "fan-in:32-replacement");
    assert.deepEqual(notes, [
      "of what is drawn with replacement about 20.8 % repeat an input of their row",
    ]);
  });
});

Deno.test("xmc train has rates that follow from the data, and defaults by what labels stand on", async () => {
  await withData(async (folder) => {
    const texts = ["--train", `${folder}/texts`, "--dry-run", ...DEVICE];
    const planned = async (...options: string[]) =>
      String((await succeed("xmc", "train", ...texts, ...options)).config);
    const small = ["--pattern", "fan-in:4"];
    const usual = await planned(...small);
    // 10 over the 240 rows; at 14.4, 0.6 x 240 / 10, labels that 40 rows have that are much alike would diverge.
    const rate = /name = "sgd"\n(?:.*\n){0,9}learningRate = (0\.7\d+)\n/.exec(usual)?.[1];
    assert.ok(rate !== undefined, usual);
    assert.match(usual, /weightDecay = 0\.041666\d*\n/);
    // Rows of length 1, of which few are in a step: 0.6 x 8 / 10.
    assert.match(await planned(...small, "--batch", "8"), /learningRate = 0\.4[78]\d*\n/);
    assert.match(await planned(...small, "--batch", "99999"), RegExp(`learningRate = ${rate}`));
    const tenth = /learningRate = (.*)/.exec(await planned(...small, "--momentum", "0.9"))?.[1];
    assert.ok(Math.abs(Number(tenth) / Number(rate) - 0.1) < 1e-6, tenth);
    const said = await planned(...small, "--lr", "2", "--weight-decay", "0");
    assert.match(said, /learningRate = 2\n/);
    assert.match(said, /weightDecay = 0\n/);
    for (const other of [["--optimizer", "adamw"], ["--loss", "bce"]]) {
      const by = await planned(...small, ...other);
      assert.match(by, /encoder = "none"/);
      assert.match(by, /name = "adamw"\n(.*\n){0,9}learningRate = 0\.01\n/);
      assert.doesNotMatch(by, /weightDecay|positiveWeight/);
    }
    const before = [["--width", "64"], ["--activation", "none"], ["--dense-labels", "64"], [
      "--encoder",
      "tfidf",
    ]];
    for (const behind of [...before, ["--dropout", "0.1"], ["--auxiliary", "9"]]) {
      const encoded = await planned(...behind);
      assert.match(encoded, /encoder = "tfidf"/, `${behind}`);
      assert.match(encoded, /learningRate = 0\.003\n/);
      assert.match(encoded, /activation = "none"\n/);
      assert.match(encoded, /loss = "squared-hinge"\n(.*\n)*positiveWeight = 10\n/);
      assert.doesNotMatch(encoded, /grouping/);
    }
    // Each part of a head by how many numbers a label reads there.
    const groups: readonly [options: string, groups: RegExp][] = [
      ["--width 64", /groups = \[ "head learningRate=0.01 epsilon=0.01" \]/],
      [
        "--width 128 --pattern fan-in:64-replacement",
        /groups = \[ "head learningRate=0.0071 epsilon=0.01" \]/,
      ],
      ["--width 64 --fresh local", /^(?![\s\S]*flush)/],
      ["--width 128 --pattern dense", /groups = \[ "head learningRate=0.005 epsilon=0.01" \]/],
      [
        "--dense-labels 64",
        /"head.sparse learningRate=0.01 e.*", "head.dense learningRate=0.0035 e/,
      ],
      ["--width 64 --loss bce", /groups = \[ "head learningRate=0.03 epsilon=0.001" \]/],
      ["--width 64 --optimizer sgd", /groups = \[ "head learningRate=0.01" \]/],
    ];
    for (const [options, expected] of groups) {
      assert.match(await planned(...options.split(" ")), expected, options);
    }
    assert.doesNotMatch(await planned("--width", "64", "--loss", "bce"), /positiveWeight/);
    const local = ["--method", "set", "--pattern", "fan-in:4", "--optimizer", "adamw", "--fresh"];
    assert.doesNotMatch(await planned("--encoder", "none", ...local, "local"), /flush/);
    const grouped = await planned("--pattern", "group-16:8");
    assert.match(grouped, /encoder = "tfidf"\n(.*\n)*grouping = "similarity"\n/);
  });
});

Deno.test("xmc train weighs labels where they apply, by a number or by their propensity", async () => {
  await withData(async (folder) => {
    const where = ["--train", `${folder}/texts`, "--encoder", "none", "--pattern", "fan-in:4"];
    const short = ["--epochs", "1", "--no-save", ...DEVICE];
    const trained = async (...options: string[]) =>
      await succeed("xmc", "train", ...where, ...short, ...options);
    const [usual, one, ten, rare] = [
      await trained(),
      await trained("--positive-weight", "1"),
      await trained("--positive-weight", "10"),
      await trained("--positive-weight", "1", "--propensity-weights"),
    ];
    assert.equal(ten.loss, usual.loss);
    assert.ok(Number(ten.loss) > Number(rare.loss), `${ten.loss} and ${rare.loss}`);
    assert.ok(Number(rare.loss) > Number(one.loss), `${rare.loss} and ${one.loss}`);
  });
});

Deno.test("xmc train lets nearest rows vote, in its test, in eval and in predict", async () => {
  await withData(async (folder) => {
    const run = `${folder}/run`, asked = `${folder}/asked.txt`;
    const where = ["--train", `${folder}/texts`, "--encoder", "none", "--pattern", "fan-in:4"];
    // A rate that teaches nothing: what is right is what the rows say.
    const how = ["--epochs", "1", "--lr", "1e-9", ...DEVICE];
    const alone = await succeed("xmc", "train", ...where, ...how, "--no-save");
    const voting = ["--neighbours", "5", "--out", run];
    const done = await succeed("xmc", "train", ...where, ...how, ...voting);
    assert.ok(Number(alone["P@1"]) < 0.5, `alone P@1 is ${alone["P@1"]}`);
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    const tested = await succeed("xmc", "eval", run, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    await Deno.writeTextFile(asked, "The dogs bark!\n".repeat(40) + "ships sail\n");
    const answers = `${folder}/answers.jsonl`;
    await ask(run, asked, "1", answers);
    const lines = (await Deno.readTextFile(answers)).trim().split("\n");
    const firsts = lines.map((line) => JSON.parse(line).labels[0].name);
    assert.deepEqual(firsts, [...new Array(40).fill("label 20"), "label 40"]);
    const rows = `${run}/neighbours.bin`;
    const bytes = await Deno.readFile(rows);
    bytes[bytes.length - 1] ^= 1;
    await Deno.writeFile(rows, bytes);
    assert.match((await say(["xmc", "predict", run, asked])).err, /neighbours.bin" is damaged/);
    await Deno.remove(rows);
    const { code, err } = await say(["xmc", "predict", run, asked]);
    assert.equal(code, 2);
    assert.match(err, /neighbours.bin" is not there; expected the file that the training wrote/);
  });
});

/** What is refused, and what is said of it. */
const REFUSED: readonly (readonly [args: string, says: RegExp])[] = [
  ["--test HERE/features/test.txt", /Missing required option "--train"/],
  ["--train HERE/none", /"--train" \(data.name\) is ".*none", and there is no such file/],
  ["--train HERE/texts --test HERE/features", /"--test" .*, a folder; expected a file/],
  ["--train HERE/features --encoder bag", /is bag, which reads texts, but ".*" has features/],
  ["--train HERE/texts --test-share 0.2", /"--test-share" .* is 0.2, but ".*" has rows to test/],
  ["--train HERE/texts --test-share 0.2 --test HERE/x", /"--test-share" .* not apply to --test,/],
  ["--train HERE/texts --pattern 2:4", /is "2:4"; a head of very many labels takes fan-in:32/],
  [
    "--train HERE/texts --pattern fan-in:64 --width 32",
    /a row has 32 inputs; expected a fan-in of at most 32/,
  ],
  [
    "--train HERE/texts --pattern group-4:8-replacement --method rigl",
    /input twice; --method rigl takes rows of distinct inputs: .* or --method set, static\./,
  ],
  ["--train HERE/texts --sparsity 0.5", /does not apply to --pattern fan-in:32, which says it/],
  [
    "--train HERE/texts --loss mse",
    /is mse, but the model ranks .* bce or squared-hinge or softmax/,
  ],
  ["--train HERE/features --label-text", /labels have no features; expected some/],
  ["--train HERE/texts --normalize all", /does not apply to an extreme classifier/],
  ["--train HERE/texts --method asp", /is "asp", which trains more than the connections/],
  [
    "--train HERE/texts --pattern fan-in:4 --method set --threshold 0.1 --fraction 0.3",
    /fraction is 0.3; expected none beside threshold/,
  ],
  ["--train HERE/texts --auxiliary 500", /120 labels into 500 clusters/],
  ["--train HERE/texts --auxiliary-share 0.5", /needs --auxiliary/],
  ["--train HERE/texts --neighbour-weight 2", /needs --neighbours/],
  ["--train HERE/texts --intermediate-activation relu", /needs --intermediate/],
  [
    "--train HERE/texts --encoder none --activation relu",
    /does not apply to --encoder none, whose/,
  ],
  [
    "--train HERE/texts --encoder bert --activation relu",
    /does not apply to --encoder bert: it is/,
  ],
  ["--train HERE/texts --encoder bag --inputs centroid", /applies to --encoder none only/],
  ["--train HERE/texts --encoder none --width 32", /does not apply to --encoder none, whose head/],
  ["--train HERE/texts --encoder none --pattern dense", /on features takes fan-in:32 or fan-in/],
  ["--train HERE/texts --encoder none --pattern group-4:8", /on features takes fan-in:32/],
  [
    "--train HERE/texts --encoder none --pattern fan-in:4 --method rigl",
    /grows by a gradient of all features/,
  ],
  [
    "--train HERE/texts --encoder none --pattern fan-in:90",
    /a row has 1?\d inputs; expected a fan-in of/,
  ],
  ["--train HERE/texts --dense-labels 100", /100 dense labels of 120: expected a multiple of 64/],
  ["--train HERE/texts --dense-labels 64 --encoder none", /does not apply to --encoder none/],
  [
    "--train HERE/texts --dense-labels 64 --pattern dense",
    /to sparse layers only, but the pattern/,
  ],
  ["--train HERE/texts --width 32 --grouping data", /needs groups of labels that share inputs/],
  [
    "--train HERE/texts --positive-weight 0",
    /"train.positiveWeight".* must be number > 0, but got 0/,
  ],
  ["--train HERE/texts --encoder tfidf --inputs random", /applies to --encoder none only/],
  ["--train HERE/texts --validation other", /expected a share of the examples to train with/],
];

Deno.test("xmc train refuses what cannot be, by what is wrong with it", async () => {
  await withData(async (folder) => {
    for (const [args, says] of REFUSED) {
      const given = args.replaceAll("HERE", folder).split(" ");
      assert.match(await refused("xmc", "train", ...given, "--no-save", ...DEVICE), says, args);
    }
    await Deno.writeTextFile(`${folder}/features/train.txt`, "1 9 120\n130 0:1\n");
    const { code, err } = await say(["xmc", "train", "--train", `${folder}/features`]);
    assert.equal(code, 1);
    assert.match(err, /train\.txt.*line 2.*130.*below 120/s);
    await Deno.writeTextFile(`${folder}/own.csv`, "body,tags\na,b\n");
    const table = await say(["xmc", "train", "--train", `${folder}/own.csv`, "--text", "nothing"]);
    assert.equal(table.code, 1);
    assert.match(table.err, /no column "nothing"; expected one of "body", "tags"/);
    assert.match(await refused("train", "--pattern", "fan-in:32"), /heads of very many labels/);
    assert.match(await refused("train", "--test", "a"), /applies to extreme classifiers only/);
    const weighed = await refused("train", "--propensity-weights");
    assert.match(weighed, /applies to extreme classifiers only/);
  });
});
