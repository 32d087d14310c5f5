/**
 * What it takes to add something that people choose by name: one file and one line. Done in a copy of the sources, of which
 * nothing else is touched.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { optionsOf } from "../src/definitions/definition.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What the program is made of. */
const PARTS = ["src", "wgsl", "wasm/pkg", "wasm/pkg-threads", "vendor"];

/** Files to add, with the line that registers each, and where. */
const ADDED: readonly { file: string; text: string; list: string; line: string }[] = [
  {
    file: "src/methods/shuffle.ts",
    list: "src/methods/mod.ts",
    line: 'export { definition as shuffle } from "./shuffle.ts";',
    text: `
/** A method of a program's own. @module */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import { SCHEDULE_OPTIONS } from "./schedule.ts";
import { set } from "./set.ts";

export const definition: MethodDefinition = define({
  name: "shuffle",
  description: "As SET, with a seed of luck",
  options: {
    ...SCHEDULE_OPTIONS,
    luck: { type: "number", least: 0, most: 7, description: "Luck", flag: "--luck" },
  },
  make: ({ luck: _, ...schedule }) => ({ ...set(schedule), name: "shuffle" }),
});
`,
  },
  {
    file: "src/models/funnel.ts",
    list: "src/models/mod.ts",
    line: 'export { definition as funnel } from "./funnel.ts";',
    text: `
/** A model of a program's own. @module */
import { define } from "../definitions/definition.ts";
import type { ModelDefinition, ModelGiven } from "./definition.ts";
import { mlp } from "./mlp.ts";

export const definition: ModelDefinition = define({
  name: "funnel",
  description: "Layers half as wide each",
  options: {
    depth: { type: "integer", least: 1, description: "Layers of a funnel", flag: "--depth" },
  },
  make({ depth = 2 }, { inputs, outputs, ...options }: ModelGiven) {
    const sizes = Array.from({ length: depth }, (_, i) => Math.ceil(inputs / 2 ** i));
    return { model: mlp({ sizes: [...sizes, outputs], ...options }), summary: "funnel" };
  },
});
`,
  },
  {
    file: "src/cli/data_sets/stairs.ts",
    list: "src/cli/data_sets/mod.ts",
    line: 'export { definition as stairs } from "./stairs.ts";',
    text: `
/** A data set of a program's own. @module */
import { define } from "../../definitions/definition.ts";
import { type DataSetDefinition, requirePath } from "./definition.ts";

export const definition: DataSetDefinition = define({
  name: "stairs",
  description: "40 steps",
  options: {},
  async make() {
    await requirePath("table.csv", 'Option "--data" is stairs, but there is no table.');
    return "table.csv";
  },
});
`,
  },
  {
    file: "src/cli/hello.ts",
    list: "src/cli/verbs.ts",
    line: 'export { verb as hello } from "./hello.ts";',
    text: `
/** A verb of a program's own. @module */
import { Command } from "./deps.ts";
import type { Verb } from "./verb.ts";

export const verb: Verb = {
  name: "hello",
  command: () => {
    const command: Command = new Command();
    return command.description("Say hello.")
      .option("--loud", "Louder.")
      .action(({ loud }: Readonly<Record<string, unknown>>) =>
        console.log(loud === true ? "HELLO" : "hello")
      );
  },
};
`,
  },
];

/** A copy of the program with what {@linkcode ADDED} adds. */
async function copyWithAdditions(folder: string): Promise<void> {
  for (const part of PARTS) await copy(`${ROOT}/${part}`, `${folder}/${part}`);
  for (const name of ["cli.ts", "deno.json"]) {
    await Deno.copyFile(`${ROOT}/${name}`, `${folder}/${name}`);
  }
  for (const { file, text, list, line } of ADDED) {
    await Deno.writeTextFile(`${folder}/${file}`, text);
    await Deno.writeTextFile(`${folder}/${list}`, `${line}\n`, { append: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("A method, a model, a data set and a verb are a file and a line each", async () => {
  const folder = await Deno.makeTempDir();
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "-A", `${folder}/cli.ts`, ...args],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, error };
  };
  try {
    await copyWithAdditions(folder);
    const { out, error } = await run("train", "--help");
    const help = out.replace(/\s+/g, " ");
    assert.match(help, /--luck/, error);
    assert.match(help, /srigl, rigl, set, .*static, shuffle, dense/);
    assert.match(help, /`?funnel`?, layers half as wide each/);
    const { out: completions } = await run("completions", "bash");
    for (const word of ["--luck", "--depth", "hello", "--loud"]) {
      assert.ok(completions.includes(word));
    }
    assert.equal((await run("hello", "--loud")).out, "HELLO\n");

    const refused: readonly [args: string[], message: RegExp][] = [
      [
        ["--method", "shuffle", "--luck", "8"],
        /"method.luck" in the command line must be number >= 0 and <= 7, but got 8/,
      ],
      [
        ["--method", "set", "--luck", "3"],
        /"--luck" \(method.luck\) applies to --method shuffle only, but the method is "set"/,
      ],
      [
        ["--model", "mlp", "--depth", "3"],
        /"--depth" \(model.depth\) applies to --model funnel only/,
      ],
      [["--set", "method.luck=many"], /"--set method.luck" must be number >= 0 and <= 7/],
      [
        ["--method", "shufle"],
        /must be srigl, rigl, set, .*static, shuffle, dense, but got "shufle"/,
      ],
    ];
    for (const [args, message] of refused) {
      const { code, error } = await run("train", "--dry-run", ...args);
      assert.match(error, message);
      assert.equal(code, 2);
    }

    assert.match((await run("data", "list")).out, /stairs +40 steps/);
    assert.match((await run("train", "--data", "stairs")).error, /is stairs, but there is no tab/);
    assert.match(
      (await run("train", "--data", "x")).error,
      /must be mnist, fashion, stairs, a .csv/,
    );
    // A table of numbers, so that nothing has to be fetched.
    const rows = Array.from({ length: 40 }, (_, i) => `${i},${i * i},${i % 3},${i % 2}`);
    await Deno.writeTextFile(`${folder}/table.csv`, `${rows.join("\n")}\n`);
    await Deno.writeTextFile(`${folder}/run.toml`, "[method]\nname = 'shuffle'\nluck = 2\n");
    const { code, out: json, error: why } = await run(
      ...["train", "--json", "--no-save", "--device", "wasm", "--threads", "1"],
      ...["--data", "stairs", "--config", "run.toml", "--model", "funnel", "--depth", "1"],
      ...["--batch", "8", "--epochs", "1", "--sparsity", "0.3"],
    );
    assert.equal(code, 0, why);
    const [start] = json.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(start.method, "shuffle");
    assert.equal(start.layers.length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
