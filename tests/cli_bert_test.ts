/**
 * BERT on the command line: it is pre-trained on a made corpus, goes on where it was stopped, is fine-tuned, tested and asked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runStopped } from "../src/cli/stopped.ts";
import { OtherTermsError } from "../src/train/terms.ts";
import { refused, say, succeed } from "./in_process.ts";
import { withCorpus } from "./tokens_corpora.ts";

const DEVICE = ["--device", "wasm", "--threads", "1"];

/** A BERT of one narrow layer. */
const MODEL = ["--layers", "1", "--width", "16", "--heads", "2", "--positions", "16"];

const SPARSE = ["--pattern", "block-4", "--sparsity", "0.5"];

/** Sentences of two kinds that have no words in common. */
function labelled(count: number): string {
  const words = [["river", "stone", "light", "water"], ["old", "quiet", "under", "over"]];
  return Array.from({ length: count }, (_, i) => {
    const own = words[i % 2];
    return `${["wet", "dry"][i % 2]}\tthe ${own[i % 3]} ${own[(i >> 1) % 4]} ${
      own[(i >> 2) % 4]
    }.\n`;
  }).join("");
}

Deno.test("pretrain, resume, eval, finetune and predict work with a corpus and labelled sentences", async () => {
  await withCorpus(async (corpus) => {
    const folder = await Deno.makeTempDir();
    try {
      const whole = `${folder}/whole`;
      const done = await succeed(
        ...["pretrain", "--model", "bert", "--data", corpus, ...MODEL, ...SPARSE, "--batch", "32"],
        ...["--epoch-examples", "96", "--test-examples", "16", "--every", "2", "--epochs", "2"],
        ...["--checkpoint-every", "4"],
        ...["--out", whole, ...DEVICE],
      );
      const { steps, trainingFlops } = JSON.parse(await Deno.readTextFile(`${whole}/result.json`));
      assert.ok(steps === 6 && trainingFlops > 0 && trainingFlops % 192 === 0, `${trainingFlops}`);
      // As if it had been killed in the middle of its second epoch.
      await Deno.remove(`${whole}/result.json`);
      const names = await Array.fromAsync(Deno.readDir(`${whole}/checkpoints`), ({ name }) => name);
      assert.ok(names.includes("step-000000004.safetensors"), names.join());
      for (const name of names) {
        if (!name.endsWith("4.safetensors")) await Deno.remove(`${whole}/checkpoints/${name}`);
      }
      const later = await succeed("resume", whole);
      assert.deepEqual([later.hash, later.loss, later.test], [done.hash, done.loss, done.test]);
      const { loss, maskedLoss, maskedAccuracy, nextAccuracy } = await succeed("eval", whole);
      assert.deepEqual({ loss, maskedLoss, maskedAccuracy, nextAccuracy }, done.test);

      const data = `${folder}/sentences.tsv`, run = `${folder}/tuned`;
      await Deno.writeTextFile(data, labelled(120));
      const tuned = await succeed(
        ...["finetune", whole, "--data", data, "--epochs", "12", "--lr", "0.01", "--batch", "16"],
        ...["--out", run, ...DEVICE],
      );
      const { accuracy, examples } = await succeed("eval", run);
      assert.equal(examples, 12);
      assert.deepEqual(tuned.accuracy ?? Object(tuned.test).accuracy, accuracy);
      assert.ok(Number(accuracy) > 0.9, `accuracy ${accuracy}`);
      assert.match(
        await refused("finetune", whole, "--data", data, "--validation", data, "--no-save"),
        /which has the examples that the model is tested with/,
      );
      // The file of the run has a part that was not trained with; a grown one would have another.
      assert.equal((await succeed("eval", run, "--data", data)).examples, 12);
      await Deno.writeTextFile(data, labelled(130));
      assert.match(await refused("eval", run), /it is not what the model was trained with/);
      assert.equal((await succeed("eval", run, "--data", data)).examples, 130);
      await Deno.writeTextFile(data, labelled(120));
      await Deno.writeTextFile(`${folder}/asked.txt`, "the river stone.\nthe quiet over.\n");
      const labels = `${folder}/labels.csv`;
      const asked = ["predict", run, `${folder}/asked.txt`, "--format", "csv", "--out", labels];
      await succeed(...asked);
      const lines = (await Deno.readTextFile(labels)).trim().split("\n");
      assert.deepEqual(lines.slice(1).map((line) => line.split(",")[1]), ["wet", "dry"]);

      const wrong = `${folder}/wrong.tsv`;
      const latin = new Uint8Array([97, 9, 98, 10, 98, 9, 0xe9, 10]);
      const faults: [string | Uint8Array, RegExp][] = [
        [latin, /at line 2: it is no UTF-8/],
        ["a\tone\na\ttwo\n", /every sentence is of the class "a"/],
        ["a\tone\nb\ttwo\tthree\n", /at line 2: it has a pair of sentences/],
        ["label\ttext\na\tone\nb\ttwo\n", /at line 1: its class "label" is in no other line/],
      ];
      for (const [text, said] of faults) {
        await Deno.writeFile(
          wrong,
          typeof text === "string" ? new TextEncoder().encode(text) : text,
        );
        const { code, err } = await say(["finetune", whole, "--data", wrong, "--no-save"]);
        assert.notEqual(code, 0);
        assert.match(err, said);
      }
      const { message } = await runStopped(whole, new OtherTermsError("other data"));
      assert.match(message, /goes on from there as soon as it has the data and the settings/);
      assert.match((await runStopped(whole, new Error("killed"))).message, /goes on from there\.$/);
      assert.match(await refused("resume", corpus), /no such file; expected the folder of a run/);
      assert.match((await say(["predict", whole, data])).err, /it is of a pre-training/);
      const hub = await refused("finetune", "bert-base-uncased", "--data", data);
      assert.match(hub, /nothing is fetched by its name/);
      const nowhere = await refused("pretrain", "--model", "bert", "--data", `${folder}/nowhere`);
      assert.match(nowhere, /of a corpus that `filigree data prepare` wrote/);
      for (const verb of ["finetune", "eval"]) {
        assert.match(await refused(verb, run, "--data", folder), /is a folder/);
      }
      assert.match(await refused("predict", run, `${folder}/nowhere.txt`), /there is no such file/);
      assert.match((await say(["predict", run, data])).err, /without their classes/);

      const fixed = ["finetune", whole, "--data", data, "--pattern", "fan-in", ...DEVICE];
      assert.match(
        await refused(...fixed),
        /"--pattern" \(pattern\.name\) does not apply: the patterns are those of/,
      );
      const again = ["finetune", whole, "--no-save", "--dry-run", ...DEVICE];
      const ofFile = `${folder}/other.toml`;
      await Deno.writeTextFile(ofFile, `data.name = '${data}'\npattern.sparsity = 0.75\n`);
      const others: [string[], RegExp][] = [
        [
          ["--data", data, "--set", "pattern.sparsity=0.5"],
          /"--sparsity" \(pattern\.sparsity, from --s/,
        ],
        [
          ["--config", ofFile],
          /"--sparsity" \(pattern\.sparsity, from .*toml\) does not apply: the pat/,
        ],
        [["--data", data, "--set", `model.from=${run}`], /"--from" .* the model is that of/],
      ];
      for (const [args, message] of others) assert.match(await refused(...again, ...args), message);
      // What the folder of a fine-tuning says is so anyway, and its beginning is not that of another one.
      const config = ["--config", `${run}/config.toml`];
      const plan = await succeed(...again, ...config, "--set", "train.epochs=2");
      assert.match(String(plan.config), /\[pattern\]\nname = "block-4"\nsparsity = 0.5/);
      await succeed("train", ...config, "--dry-run");
      for (const verb of [["train", "--model", "bert"], ["pretrain"]]) {
        const said = await refused(...verb, "--from", whole, "--data", data, "--dry-run");
        assert.match(
          said,
          /"--from" .* `filigree finetune .*` makes .*, and `filigree resume .*` goes on/,
        );
      }
      assert.match(
        await refused("pretrain", ...config, "--dry-run"),
        /"--from" \(model\.from, from .*\) does not apply to a training that begins anew/,
      );
      const verified = await succeed("data", "verify", data);
      assert.deepEqual([verified.examples, verified.perClass, verified.pairs], [
        120,
        [60, 60],
        false,
      ]);
      for (
        const [name, verb] of [["prose", "pretrain"], [corpus, "pretrain"], [data, "finetune"]]
      ) {
        const said = await refused("train", "--data", name, "--dry-run");
        assert.match(said, new RegExp(`"${name}", which .* \`filigree ${verb}\` trains with`));
      }
      assert.match(await refused("export", run), /is an encoder of text; expected huggingface/);
      const onward = `${folder}/huggingface`;
      await succeed("export", whole, "--format", "huggingface", "--out", onward);
      const saved = JSON.parse(await Deno.readTextFile(`${onward}/config.json`));
      assert.deepEqual([saved.hidden_dropout_prob, saved.attention_probs_dropout_prob], [0, 0]);
      const onto = await refused("export", whole, "--format", "huggingface", "--out", data);
      assert.match(onto, /"--out" is ".*", which is a file; expected a folder/);
      assert.match(await refused("inspect", onward), /is a folder of Hugging Face; expected a run/);
      const foreign = await succeed(
        ...["finetune", onward, "--data", data, "--epochs", "1", "--no-save", ...DEVICE],
      );
      assert.equal(foreign.sparsity, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("pretrain --dry-run says the FLOPs of a sequence and the bytes, and refuses what does not apply", async () => {
  await withCorpus(async (corpus) => {
    const data = ["--data", corpus, ...DEVICE, "--dry-run"];
    const plan = await succeed("pretrain", "--model", "bert:mini", "--pattern", "dense", ...data);
    assert.equal(Number(plan.flopsPerSequence).toExponential(3), "2.617e+9");
    assert.equal(plan.method, "dense");
    assert.equal(plan.steps, Number(plan.epochs) * Math.ceil(Number(plan.examples) / 32));
    assert.ok(Number(plan.learningRate) > 0, String(plan.learningRate));
    assert.match(String(plan.network), /bert/i);
    const many = await say(["pretrain", "--model", "tiny", "--batch", "2000", ...data]);
    assert.equal(many.code, 0, many.err);
    assert.match(many.out, /^note +Cannot train on .*: the plan takes [\d,]{13} bytes/m);
    assert.match(many.out, /^work +[\d,]+ FLOPs to train with one sequence, by the formula/m);
    const tiny = await succeed("pretrain", "--model", "tiny", ...data);
    // A tenth of the matrices of Mini's quarter, and attention.
    const flops = 3 * (2 * 128 * 0.1 * 2 * 12 * 128 ** 2 + 4 * 128 ** 3 * 2);
    assert.equal(Math.round(Number(tiny.flopsPerSequence)), Math.round(flops));
    assert.ok(Object(plan.plan).bytes.total > Object(tiny.plan).bytes.total);
    assert.match(
      await refused("pretrain", "--model", "large", ...data),
      /expected bert, and behind/,
    );
    const held = /--validation.* tested with what the corpus holds out/;
    assert.match(await refused("pretrain", "--validation", "0.1", ...data), held);
    const ends = /--patience.* which ends with its epochs/;
    assert.match(await refused("pretrain", "--patience", "2", ...data), ends);
    assert.match(await refused("pretrain", "--target", "2", ...data), /does not apply to texts/);
    assert.match(await refused("train", "--positions", "16"), /applies to models of text only/);
    assert.match(await refused("pretrain", "--data", "tests", ...DEVICE), /no corpus\.json/);
    assert.match(await refused("finetune", corpus, ...DEVICE), /Missing required option "--data"/);
  });
});
