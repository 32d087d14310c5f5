/**
 * Plain errors: one line, no stack, and the exit code that tells wrong use from failure.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isPlain, oneLine } from "../src/cli/plain.ts";
import manifest from "../deno.json" with { type: "json" };
import { writeIdxFolder } from "./idx_files.ts";
import { say } from "./in_process.ts";

/** Arguments, the exit code, and what the line says; `DATA` and `HERE` stand for a data set and a folder. */
type Case = readonly [args: string, code: 1 | 2, message: RegExp];

const TRAIN = "train --dry-run --data DATA --device wasm --threads 1";

const CASES: readonly Case[] = [
  [`${TRAIN} --lr 1e400`, 2, /"--lr" must be number > 0, but got "1e400"/],
  [`${TRAIN} --set optimizer.clipNorm=1e400`, 2, /"--set optimizer.clipNorm" must be number > 0/],
  [`${TRAIN} --name a/b`, 2, /"run.name" in the command line must be letters, .*, but got "a\/b"/],
  [`${TRAIN} --pattern 5:4`, 2, /^error: Cannot use pattern 5:4: expected integers 1 <= n <= m/],
  [`${TRAIN} --pattern 1:1000`, 2, /^error: Cannot use pattern 1:1000: expected/],
  [`${TRAIN} --pattern 0:4`, 2, /^error: Cannot use pattern 0:4: expected/],
  [`${TRAIN} --sparsity 0.98 --hidden 16`, 2, /"--sparsity" .* is 0.98, .* at most 0.9669, larger/],
  [
    `${TRAIN} --hidden 16 --pattern group-16 --sparsity 0.97`,
    2,
    /"--sparsity" .* is 0.97, .* expected at most 0/,
  ],
  [`${TRAIN} --hidden 1e9`, 2, /"model.hidden" .* must be a list of integer >= 1 and <= 16777216/],
  [`${TRAIN} --batch 1e9`, 2, /"train.batch" .* must be integer >= 1 and <= 16777216, but got 10/],
  ["profile --size 99999999999", 2, /"--size" is "99999999999"; expected .*, at most 16777216/],
  ["bench --size 99999999999", 2, /"--size" is 99999999999; expected .*, at most 16777216/],
  [`${TRAIN} --accumulate 999999`, 2, /"--accumulate" .* is 999999, but an epoch has 4 batches/],
  [
    `${TRAIN} --epochs 4e9`,
    2,
    /"--epochs" .* is 4000000000: 16,000,000,000 steps; expected at most/,
  ],
  [`${TRAIN} --config HERE`, 2, /Cannot read the configuration "HERE": Is a directory/],
  [`${TRAIN} --config HERE/bad.toml`, 2, /bad.toml": Invalid TOML document: .* at line 3, column/],
  [`${TRAIN} --config HERE/bad.json`, 2, /Cannot read the configuration "HERE\/bad.json": /],
  [`${TRAIN} --config HERE/bad.yaml`, 2, /bad.yaml": .* at line 2, column 4/],
  [`${TRAIN} --config HERE/two.yml`, 2, /two.yml": expected a single document/],
  [
    `${TRAIN.slice(0, -1)}1000`,
    2,
    /"--threads" .* is 1000, but there are \d+ cores; expected at mo/,
  ],
  [`${TRAIN} --pattern block-4`, 2, /"--pattern" .* is "block-4", .*; --method srigl takes fan-in/],
  ["bench --device webgpu --threads 2", 2, /"--threads" applies to --device wasm only/],
  ["bench --device wasm --threads 1000", 2, /"--threads" .* is 1000, but there are/],
  ["profile --device wasm --threads 1000", 2, /"--threads" .* is 1000, but there are/],
  ["profile --size 16 --epochs 3", 2, /"--epochs" .* says nothing about the one layer of "--size"/],
  ["profile --size 16 --set train.epochs=3", 2, /"--epochs" .*, from --set\) says nothing about/],
  ["profile --name x", 2, /"--name" .* says nothing about one step of a training/],
  ["tune --dry-run --cache x", 2, /"--cache" does not apply to --dry-run/],
  ["sweep HERE/fine.toml --dry-run --jobs 0", 2, /"--jobs" must be at least 1, but got "0"/],
  [
    "sweep HERE/ignored.toml --dry-run",
    2,
    /"--hidden" .*, from HERE\/ignored.toml\) applies to --mo/,
  ],
  ["train --data DATA --out HERE/old --epochs 1 --device wasm --threads 1", 1, /holds a run alre/],
  ["train --data DATA --out /dev/null/x --device wasm --threads 1", 1, /Cannot make the run fold/],
  ["resume HERE", 2, /Cannot read the configuration "HERE\/config.toml"/],
  ["eval HERE/bad.toml", 1, /Cannot read the checkpoint "HERE\/bad.toml"/],
  ["data verify HERE", 1, /Cannot read|there is no/],
  ["predict HERE", 2, /Missing argument: file/],
  ["export HERE --format xml", 2, /"--format" must be of type "format", but got "xml"/],
  ["sweep HERE/bad.toml", 2, /Cannot read the configuration/],
  ["sweep HERE/none.toml --jobs 0", 2, /Cannot read the configuration/],
  ["profile --size 1x", 2, /"--size" is "1x"; expected outputs and inputs/],
  ["profile --size 16 --sparsity 0.99 --device wasm", 2, /Cannot give \[16, 16\] a fan-in pat/],
  ["profile --size 16 --pattern 5:4 --device wasm", 2, /Cannot use pattern 5:4/],
  ["bench --patterns 5:4 --device wasm", 2, /Cannot use pattern 5:4/],
  ["bench --batch 0", 2, /"--batch" is 0; expected a whole number above 0/],
  ["completions tcsh", 2, /must be bash, zsh, fish, but got "tcsh"/],
];

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 400, test: 100, size: 6, classes: 4 });
    await Deno.mkdir(`${folder}/old`);
    const files = {
      "old/config.toml": "",
      "bad.toml": "a = [1,\n\n[x\n",
      "bad.json": '{\n"a": \n\n}',
      "bad.yaml": "a: [1,\nb: }\n",
      "fine.toml": "",
      "ignored.toml": "[base.model]\nname = 'convnet'\nhidden = [3]\n",
      "two.yml": "a: 1\n---\nb: 2\n",
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("main() says in one line what cannot be, and exits with 2 for wrong use, 1 for failure", async () => {
  await withFolder(async (folder) => {
    for (const [text, code, message] of CASES) {
      const args = text.replace("DATA", `${folder}/data`).replaceAll("HERE", folder).split(" ");
      const said = await say(args);
      const shown = said.err.replaceAll(folder, "HERE");
      assert.equal(said.code, code, `${text}\n${shown}`);
      assert.match(shown, message, `${text}\n${shown}`);
      assert.match(shown, /^error: [^\n]*\n$/, `${text}\n${shown}`);
      assert.equal(said.out, "", text);
      const verbose = await say([...args, "--verbose"]);
      assert.match(verbose.err, /\n\s+at /, `${text} --verbose shows the stack`);
    }
  });
});

Deno.test("isPlain() takes refusals and failures of the system, and no faults of the program", () => {
  const plain = [
    new RangeError("Cannot make a method: every is 0; expected an integer of at least 1"),
    new Error("Cannot open WebGPU: no adapter was found; expected a driver"),
    new Deno.errors.AddrInUse("taken"),
    new Error("File name too long (os error 36)"),
  ];
  for (const error of plain) assert.ok(isPlain(error), error.message);
  const faults: unknown[] = ["text", undefined, new TypeError("Cannot add tensors: shapes differ")];
  const provoked = [
    (): unknown => Reflect.get(Object(undefined).nothing, "x"),
    (): unknown => new Array(-1),
    (): unknown => "x".repeat(-1),
    (): unknown => JSON.parse("{"),
    (): unknown => structuredClone(Symbol("no")),
  ];
  for (const provoke of provoked) {
    try {
      provoke();
    } catch (error) {
      faults.push(error);
    }
  }
  assert.equal(faults.length, 3 + provoked.length);
  for (const fault of faults) assert.ok(!isPlain(fault), String(fault));
});

Deno.test("oneLine() joins the lines of a message", () => {
  assert.equal(oneLine(" a\n  b\r\n\nc\n"), "a b c");
});

/** The permissions that a task of deno.json gives. */
function permissionsOf(task: keyof typeof manifest.tasks): string[] {
  const { command } = Object(manifest.tasks[task]);
  return String(command).split(" ").filter((word) => word.startsWith("--allow"));
}

Deno.test("train reads TOML, JSON and YAML under the permissions of its task", async () => {
  await withFolder(async (folder) => {
    const files = {
      "a.toml": "[train]\nepochs = 3\n[model]\nhidden = [16]\n[pattern]\nsparsity = 0.5\n",
      "a.json":
        '{ "train": { "epochs": 3 }, "model": { "hidden": [16] }, "pattern": { "sparsity": 0.5 } }',
      "a.yaml": "train: {epochs: 3}\nmodel:\n  hidden:\n  - 16\npattern:\n  sparsity: 0.5\n",
    };
    const cli = new URL("../cli.ts", import.meta.url).href;
    const printed: string[] = [];
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      const config = ["--config", `${folder}/${name}`, "--data", `${folder}/data`];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", ...permissionsOf("train"), cli, "train"]
          .concat(config, ["--dry-run", "--device", "wasm", "--threads", "1"]),
        env: { NO_COLOR: "1" },
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      printed.push(new TextDecoder().decode(stdout));
    }
    assert.match(printed[0], /\nepochs = 3\n/);
    assert.deepEqual(printed.slice(1), [printed[0], printed[0]]);
  });
});

Deno.test({
  name: "devices says nothing on standard error where no session has a folder for sockets",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const cli = new URL("../cli.ts", import.meta.url).href;
    const { XDG_RUNTIME_DIR: _, ...bare } = Deno.env.toObject();
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...permissionsOf("devices"), cli, "devices"],
      clearEnv: true,
      env: { ...bare, NO_COLOR: "1" },
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(code, 0);
  },
});
