import assert from "node:assert/strict";
import { configReference, configSchemaText } from "../src/cli/config/reference.ts";
import { flagLayer } from "../src/cli/config/flags.ts";
import { LEAVES } from "../src/cli/config/leaves.ts";
import {
  configToml,
  environmentLayer,
  type Layer,
  parseLayer,
  resolveConfig,
  setLayer,
} from "../src/cli/config/load.ts";

Deno.test("docs/configuration.md and docs/config.schema.json are those of the schema", async () => {
  const read = (name: string): Promise<string> =>
    Deno.readTextFile(new URL(`../docs/${name}`, import.meta.url));
  assert.equal(await read("configuration.md"), configReference());
  assert.equal(await read("config.schema.json"), configSchemaText());
});

Deno.test("LEAVES have keys, flags and variables of their own", () => {
  for (const field of ["key", "flag", "variable"] as const) {
    assert.equal(new Set(LEAVES.map((leaf) => leaf[field])).size, LEAVES.length, field);
  }
});

Deno.test("resolveConfig() lets flags override the environment, that a file, and that the defaults", () => {
  const file = parseLayer(
    "[train]\nbatch = 1\nepochs = 2\nkeep = 4\n[model]\nhidden = [7]",
    ".toml",
    "f",
  );
  const variables: Record<string, string> = {
    FILIGREE_TRAIN_BATCH: "8",
    FILIGREE_TRAIN_EPOCHS: "9",
  };
  const environment = environmentLayer((name) => variables[name]);
  const layers: Layer[] = [
    file,
    environment,
    setLayer(["model.hidden=[3, 4]"]),
    flagLayer({ batch: "16" }),
  ];
  const { train, model, device } = resolveConfig(layers);
  assert.deepEqual([train.batch, train.epochs, train.keep], [16, 9, 4]);
  assert.deepEqual(model.hidden, [3, 4]);
  assert.equal(device.name, "auto");
});

Deno.test("configToml() gives a configuration back, from every format", () => {
  const config = resolveConfig([
    setLayer(["method.gammaSal=0.2", "optimizer.clipNorm=1.5", "model.hidden=5"]),
  ]);
  assert.deepEqual(resolveConfig([parseLayer(configToml(config), ".toml", "a")]), config);
  assert.deepEqual(resolveConfig([parseLayer(JSON.stringify(config), ".json", "b")]), config);
  const yaml = "method:\n  gammaSal: 0.2\noptimizer: {clipNorm: 1.5}\nmodel:\n  hidden:\n    - 5\n";
  assert.deepEqual(resolveConfig([parseLayer(yaml, ".yaml", "c")]), config);
});

Deno.test("resolveConfig() takes numbers for texts where a file needs no quotation marks", () => {
  const { data, train } = resolveConfig([
    parseLayer("[data]\nvalidation = 0.1\n[train]\nclassWeights = [1, 2.5]", ".toml", "a"),
  ]);
  assert.deepEqual([data.validation, train.classWeights], ["0.1", ["1", "2.5"]]);
});

Deno.test("a configuration that cannot be is refused with key, value, origin and what is accepted", () => {
  const refused: [() => unknown, RegExp][] = [
    [
      () => parseLayer("[modle]\nhidden = 3", ".toml", "run.toml"),
      /"run.toml": it has the key "modle"; expected run, data, model/,
    ],
    [
      () => parseLayer("[model]\nhiden = 3", ".toml", "run.toml"),
      /the key "model.hiden"; expected model.name, model.hidden, model.widths/,
    ],
    [() => parseLayer("model = 3", ".toml", "run.toml"), /"model" is 3; expected a table/],
    [() => parseLayer("[model", ".toml", "run.toml"), /Cannot read the configuration "run.toml"/],
    [() => parseLayer("{", ".json", "run.json"), /Cannot read the configuration "run.json"/],
    [
      () => parseLayer("", ".ini", "run.ini"),
      /its name ends in ".ini"; expected .toml, .json, .yaml, .yml/,
    ],
    [
      () => resolveConfig([parseLayer("[pattern]\nsparsity = 1.5", ".toml", "run.toml")]),
      /"pattern.sparsity" in run.toml must be number >= 0 and < 1, but got 1.5/,
    ],
    [
      () => resolveConfig([parseLayer("[train]\nbatch = 'x'", ".toml", "run.toml")]),
      /"train.batch" in run.toml must be integer >= 1 and <= 16777216, but got "x"/,
    ],
    [
      () => setLayer(["nothing"]),
      /"--set" must be key=value with a key of the configuration, but got "nothing"/,
    ],
    [
      () => resolveConfig([parseLayer("train:\n  batch: null", ".yaml", "run.yaml")]),
      /"train.batch" in run.yaml must be integer >= 1 and <= 16777216, but got null/,
    ],
    [
      () => resolveConfig([parseLayer("[run]\nname = 'a b'", ".toml", "run.toml")]),
      /"run.name" in run.toml must be letters, digits, ., _ and -, but got "a b"/,
    ],
    [
      () => resolveConfig([parseLayer("[data]\naugment = ['crop', 'turn']", ".toml", "run.toml")]),
      /"data.augment" in run.toml must be a list of crop, flip, but got \["crop","turn"\]/,
    ],
    [() => setLayer(["method.ablation=maybe"]), /must be true or false, but got "maybe"/],
  ];
  for (const [attempt, message] of refused) assert.throws(attempt, { message });
});
