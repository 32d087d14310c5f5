/**
 * What it takes to add something: the files and the lines that `docs/adding.md` shows, and nothing else. Done in a copy of the
 * sources.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { optionsOf } from "../src/definitions/definition.ts";
import { BLOCKS, copyWithBlocks, ROOT } from "./adding.ts";
import { testOnDevices } from "./devices.ts";
import { writeIdxFolder } from "./idx_files.ts";

const FOLDER = await Deno.makeTempDir({ prefix: "filigree-adding-" });
globalThis.addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));
await copyWithBlocks(FOLDER);

/** What is added as a file of its own. */
const FILES = BLOCKS.map(({ file }) => file).filter((file) => !existsSync(`${ROOT}/${file}`));

/** What is added to files that are there. */
const LINES = BLOCKS.filter(({ file }) => !FILES.includes(file));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a program in the copy. */
async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: FOLDER,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, error };
}

/** Runs Deno in the copy; what does not end well is an error. */
async function deno(...args: string[]): Promise<string> {
  const { code, out, error } = await run(Deno.execPath(), args);
  assert.equal(code, 0, `deno ${args.join(" ")}\n${out}\n${error}`);
  return out;
}

/** Runs the program of the copy. */
async function filigree(...args: string[]): Promise<Ended> {
  return await run(Deno.execPath(), ["run", "--quiet", "--no-lock", "-A", "cli.ts", ...args]);
}

/** Runs tests of the copy, and says how many passed. */
async function passed(...args: string[]): Promise<number> {
  const out = await deno("test", "--quiet", "--no-lock", "-A", "--no-check", ...args);
  return Number(/(\d+) passed/.exec(out)?.[1] ?? 0);
}

Deno.test("docs/adding.md adds a file and at most a line for each thing, and four files for a kernel", () => {
  assert.deepEqual(FILES.map((file) => file.slice(0, file.lastIndexOf("/"))).sort(), [
    ...["src/cli", "src/cli/data_sets", "src/methods", "src/models", "src/nn", "src/ops"],
    ...["src/ops/kernels", "src/ops/pointwise", "src/sparse/patterns", "src/tasks"],
    ...["tests", "tests/conformance", "tests/oracle", "wasm/src/kernels", "wgsl"],
  ]);
  assert.deepEqual(
    LINES.map(({ file, text }) => [file, text.trim().split("\n").length]),
    [
      ...["src/nn/layers.ts", "src/methods/mod.ts", "src/sparse/patterns/mod.ts"],
      ...["src/cli/data_sets/mod.ts", "src/tasks/all.ts", "src/models/mod.ts", "src/cli/verbs.ts"],
    ].map((file) => [file, 1]),
  );
});

Deno.test("what docs/adding.md adds has types, and keeps the rules of the house", async () => {
  const lists = await deno("run", "--no-lock", "-A", "tests/generate/mod.ts");
  for (
    const list of ["src/ops/kernels/mod.ts", "wasm/src/kernels/mod.rs", "tests/oracle/mod.ts"]
  ) {
    assert.ok(lists.includes(`${list} is written anew`), lists);
    assert.match(await Deno.readTextFile(`${FOLDER}/${list}`), /scale_rows/);
  }
  const added = FILES.filter((file) => file.endsWith(".ts"));
  await deno("lint", "--quiet", ...added);
  await deno("check", "--quiet", "--no-lock", ...added, "cli.ts");
  assert.ok(
    await passed("tests/house_test.ts", "tests/generate_test.ts", "tests/silu_test.ts") > 3,
  );
});

testOnDevices(
  "scale_rows() and silu() of docs/adding.md agree with float64",
  async () => {
    const filter = "/^(scale_rows|pointwise|pointwise_gradient)\\(\\) (agrees|.* twice).* webgpu$/";
    assert.equal(await passed("tests/conformance_test.ts", "--filter", filter), 6);
    assert.ok(await passed("tests/mirrors_test.ts") > 0);
  },
  ({ name }) => name === "webgpu",
);

/** Whether there is a toolchain of Rust. Where everything is tested there has to be one. */
const CARGO = await run("cargo", ["--version"]).then(({ code }) => code === 0, () => false);
const NO_CARGO = CARGO ? "" : " (not run: there is no cargo)";

const IN_CI = Deno.env.get("CI") === "true";

/** What its Rust has to pass; the second one goes through all pointwise operations. */
const RUST_TESTS = [
  "scale_rows_multiplies_each_row_by_its_own_number",
  "pointwise_does_not_hide_a_nan",
];

Deno.test({
  name: `the Rust of docs/adding.md is built, and passes its test${NO_CARGO}`,
  ignore: !CARGO && !IN_CI,
  async fn() {
    assert.ok(CARGO, "there is no cargo; expected what .ci/toolchain.sh installs");
    const { code, out, error } = await run(
      "cargo",
      ["test", "--manifest-path", "wasm/Cargo.toml", "--locked", "--lib", "--", ...RUST_TESTS],
      // What is built is run once. CI has what it depends on of the tests of the checkout; elsewhere it would pile up there.
      {
        CARGO_PROFILE_TEST_OPT_LEVEL: "0",
        CARGO_PROFILE_TEST_DEBUG: "0",
        CARGO_INCREMENTAL: "0",
        ...(IN_CI && { CARGO_TARGET_DIR: `${ROOT}wasm/target` }),
      },
    );
    assert.equal(code, 0, `${out}\n${error}`);
    for (const test of RUST_TESTS) assert.match(out, new RegExp(`${test} ... ok`));
  },
});

Deno.test("what docs/adding.md adds is known by name: flags, help, completions, errors", async () => {
  const { out, error } = await filigree("train", "--help");
  const help = out.replace(/\s+/g, " ");
  assert.match(help, /--toward/, error);
  assert.match(help, /srigl, rigl, set, .*static, .*even, .*dense/);
  assert.match(help, /`?funnel`?, layers half as wide each/);
  assert.match(help, /banks-B-K such as banks-4-8/);
  assert.match(help, /class, regression, multi-label, elastic/);
  const { out: completions } = await filigree("completions", "bash");
  for (const word of ["--toward", "--depth", "choices", "--only-names"]) {
    assert.ok(completions.includes(word), word);
  }
  assert.match(
    (await filigree("choices", "--only-names")).out,
    /methods\n {2}srigl\n(.*\n)* {2}even/,
  );
  assert.match((await filigree("data", "list")).out, /friedman +400 rows/);

  await Deno.mkdir(`${FOLDER}/digits`);
  await writeIdxFolder(`${FOLDER}/digits`, { train: 20, test: 10, size: 4, classes: 2 });
  const refused: readonly [args: string[], message: RegExp][] = [
    [
      ["--model", "funnel", "--depth", "0"],
      /"model.depth" in the command line must be integer >= 1, but got 0/,
    ],
    [
      ["--method", "set", "--toward", "many"],
      /"--toward" \(method.toward\) applies to --method even only, but the method is "set"/,
    ],
    [
      ["--model", "mlp", "--depth", "3"],
      /"--depth" \(model.depth\) applies to --model funnel only/,
    ],
    [["--set", "method.toward=all"], /"method.toward" in --set must be few, many, but got "all"/],
    [
      ["--method", "evn"],
      /must be srigl, rigl, set, .*static, .*even, .*dense, but got "evn"/,
    ],
    [
      ["--pattern", "block-1", "--method", "even"],
      /whose rows have no common fan-in; --method even takes fan-in/,
    ],
    [["--pattern", "banks-0-1"], /Cannot use pattern banks-0-1: expected integers of 1 or more/],
    [
      ["--data", "digits", "--task", "elastic"],
      /"--task" \(data.task\) is elastic, but the examples have classes; expected examples that have numbers/,
    ],
    [
      ["--data", "digits", "--task", "regression"],
      /applies to .* only, but the data set "digits" is of IDX files/,
    ],
    [["--data", "x"], /must be mnist, fashion, .*friedman, a .csv/],
  ];
  await Promise.all(refused.map(async ([args, message]) => {
    const { code, error } = await filigree("train", "--dry-run", ...args);
    assert.match(error, message);
    assert.equal(code, 2);
  }));
});

Deno.test("what docs/adding.md adds trains, and its checkpoint is read", async () => {
  await Deno.writeTextFile(`${FOLDER}/run.toml`, "[method]\nname = 'even'\ntoward = 'few'\n");
  const { code, out, error } = await filigree(
    ...["train", "--json", "--out", "run", "--device", "wasm", "--threads", "1"],
    ...["--data", "friedman", "--config", "run.toml", "--model", "funnel", "--depth", "3"],
    ...["--task", "elastic", "--pattern", "banks-2-2", "--every", "20", "--until", "1"],
    ...["--batch", "20", "--epochs", "20", "--lr", "0.01"],
  );
  assert.equal(code, 0, error);
  const events = out.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(events[0].method, "even");
  const grown = events.filter(({ event }) => event === "rewire")
    .flatMap(({ layers }) => layers.map((layer: { readonly grown: number }) => layer.grown));
  assert.ok(Math.max(...grown) > 0, out);
  const { test: { mse, mae, loss }, loss: trained } = events.at(-1);
  // Scalars are f32.
  assert.ok(Math.abs(loss - mse - mae) < 1e-5 * loss, out);
  const first = events.find(({ event }) => event === "epoch").loss;
  assert.ok(trained < first / 4, out);
  const evaluated = await filigree("eval", "run", "--data", "friedman", "--json");
  const again = JSON.parse(evaluated.out);
  assert.ok(Math.abs(again.loss - again.mse - again.mae) < 1e-5 * again.loss, evaluated.out);
  const exported = await filigree("export", "run", "--out", "model.safetensors");
  assert.equal(exported.code, 0, exported.error);
  const tree = new TextDecoder().decode(await Deno.readFile(`${FOLDER}/model.safetensors`));
  assert.match(tree, /shift\.offset/);
  const onnx = await filigree("export", "run", "--format", "onnx");
  assert.equal(onnx.code, 0, onnx.error);
  const graph = new TextDecoder().decode(await Deno.readFile(`${FOLDER}/model.onnx`));
  assert.match(graph, /shift\.offset/);
});

Deno.test("optionsOf() refuses definitions that say different things of one name", () => {
  const option = { type: "integer", least: 1, description: "Depth", flag: "--depth" } as const;
  const one = { name: "one", options: { depth: option } };
  assert.deepEqual(optionsOf([one, { name: "two", options: { depth: option } }]), {
    depth: option,
  });
  const other = { name: "two", options: { depth: { ...option, least: 2 } } };
  assert.throws(() => optionsOf([one, other]), {
    name: "RangeError",
    message: /Cannot use the option "depth" of two: one has another one of that name/,
  });
});

Deno.test("optionsOf() makes one option of choices that every definition has of its own", () => {
  const sizes = (choices: readonly string[], description: string) =>
    ({ type: "choice", choices, ofEach: true, description, flag: "--size" }) as const;
  const one = { name: "one", options: { size: sizes(["s", "m"], "Size of one") } };
  const two = { name: "two", options: { size: sizes(["m", "l"], "size of two") } };
  assert.deepEqual(optionsOf([one, two, one]), {
    size: sizes(["s", "m", "l"], "Size of one; size of two; Size of one"),
  });
  const other = { name: "two", options: { size: { ...sizes(["l"], ""), flag: "--sizes" } } };
  assert.throws(() => optionsOf([one, other]), /"size" of two: one has another one of that name/);
});
