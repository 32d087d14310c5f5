/**
 * Options of `xmc train`: its help has those that work and no others, and refusals say what it takes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { LEAVES } from "../src/cli/config/leaves.ts";
import { refused, say, succeed, withVariables } from "./in_process.ts";
import { DEVICE, withData } from "./xmc_runs.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

Deno.test("xmc train --help has the options of a head and what stands before it, and none that it refuses", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", CLI, "xmc", "train", "--help"],
    env: { NO_COLOR: "1" },
  }).output();
  const help = new TextDecoder().decode(stdout);
  const has = (flag: string): boolean => new RegExp(`^\\s*${flag}\\b(?!-)`, "m").test(help);
  const own = ["neighbour-weight", "intermediate-activation", "auxiliary-share", "frozen-vectors"];
  for (const flag of [...own, "auxiliary-epochs", "threshold", "epsilon"]) {
    assert.ok(has(`--${flag}`), flag);
  }
  const others = ["forward", "exploration", "mask-begin", "transposable", "mask-decay", "frames"];
  for (const flag of [...others, "mask-rate", "backward", "fine-tune", "lambda"]) {
    assert.ok(LEAVES.some((leaf) => leaf.flag === `--${flag}`) && !has(`--${flag}`), flag);
  }
  const text = help.replaceAll(/\s+/g, " ");
  assert.match(text, /How patterns change \(srigl, rigl, set, cht, dynsparse, static, dense\)/);
});

Deno.test("xmc train offers the losses and methods that it has in the place of one that is none", async () => {
  const train = ["xmc", "train", "--train", "none.csv", "--no-save"];
  const loss = await refused(...train, "--loss", "foo");
  assert.match(loss, /"train.loss" .* must be bce, squared-hinge, softmax, but got "foo"/);
  const method = await refused(...train, "--method", "foo");
  assert.match(method, /must be srigl, rigl, set, cht, dynsparse, static, dense, but got "foo"/);
  const asp = await refused(...train, "--method", "asp");
  assert.match(asp, /is "asp", which trains more than the connections of a head/);
});

Deno.test("xmc train takes --decay-all beside its own decay, and few positions of features", async () => {
  await withData(async (folder) => {
    const train = ["xmc", "train", "--train", `${folder}/texts`, "--no-save", "--epochs", "1"];
    const own = [...train, "--pattern", "fan-in:2", ...DEVICE];
    const { loss } = await succeed(...own, "--decay-all");
    assert.ok(Number(loss) > 0);
    await succeed(...own, "--positions", "2");
    const decay = /"--decay-all" .* applies to a --weight-decay above 0 only/;
    assert.match(await refused(...own, "--decay-all", "--weight-decay", "0"), decay);
    assert.match(await refused(...own, "--decay-all", "--width", "8"), decay);
    const few = await refused(...own, "--encoder", "bert", "--positions", "3");
    assert.match(few, /"--positions" .* is 3; expected 5 at least, where texts are read in their/);
    const pretrain = await refused("pretrain", "--data", folder, "--positions", "4", "--dry-run");
    assert.match(pretrain, /"--positions" .* is 4; expected 5 at least/);
  });
});

Deno.test("a seed that is too large is refused as it was written, with the limit", async () => {
  const train = ["xmc", "train", "--train", "none.csv", "--no-save"];
  const limit = /must be integer >= 0, at most 9007199254740991, but got "9007199254740993"/;
  assert.match(await refused(...train, "--seed", "9007199254740993"), limit);
  assert.match(await refused(...train, "--set", "run.seed=9007199254740993"), limit);
});

Deno.test("--parallel mpi without MPI is told as what is wrong, not as a fault of the program", async () => {
  await withVariables({ FILIGREE_MPI: "libnone.so" }, async () => {
    const { code, err } = await say(["xmc", "train", "--train", "none.csv", "--parallel", "mpi"]);
    assert.equal(code, 1);
    assert.match(err, /^error: Cannot open MPI: .*libnone\.so.*; expected one of libnone\.so/);
    assert.equal(err.trim().split("\n").length, 1, err);
  });
});

Deno.test("xmc train --propensity-weights has a rate for the label that weighs most", async () => {
  await withData(async (folder) => {
    const asked = ["xmc", "train", "--train", `${folder}/texts`, "--pattern", "fan-in:4"];
    const rateOf = async (...options: string[]) => {
      const { config } = await succeed(
        ...asked,
        "--batch",
        "8",
        "--dry-run",
        ...DEVICE,
        ...options,
      );
      return Number(/learningRate = (\S+)\n/.exec(String(config))?.[1]);
    };
    // Rows of length 1, few in a step: 0.6 x 8 / 10, and that over the weight of the rarest label, which is at least 1.
    const plain = await rateOf();
    assert.ok(Math.abs(plain - 0.48) < 1e-6, `${plain}`);
    const weighted = await rateOf("--propensity-weights");
    assert.ok(weighted > 0.1 && weighted < 0.7 * plain, `${weighted}`);
  });
});
