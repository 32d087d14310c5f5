/**
 * What the rest of a configuration leaves without effect is refused by name, wherever it comes from.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  keysWithout,
  requireApplicable,
  requireOneName,
  requireRewirable,
  requireSavable,
} from "../src/cli/applicable.ts";
import { ENCODERS, MODELS } from "../src/cli/config/choices.ts";
import { configOf, flagLayer } from "../src/cli/config/flags.ts";
import { LEAVES } from "../src/cli/config/leaves.ts";
import {
  configToml,
  environmentLayer,
  type Layer,
  parseLayer,
  type Resolved,
  resolveLayers,
  setLayer,
  type Usual,
} from "../src/cli/config/load.ts";
import { likelyMistakes, requireKnownVariables } from "../src/cli/config/variables.ts";
import { requireCores } from "../src/cli/room.ts";
import { withVariables } from "./in_process.ts";

/** What is ignored, and what it is ignored beside: keys and values as `--set` takes them. */
const IGNORED: readonly [ignored: string, beside: string, why: RegExp][] = [
  ["data.cropPadding=2", "data.augment=flip", /"--crop-padding" .* applies to --augment crop only/],
  ["data.mixup=0.2", "train.classWeights=1,2", /"--mixup" .* does not apply to --class-weights/],
  [
    "model.hidden=3",
    "model.name=convnet",
    /"--hidden" .* applies to --model mlp, bag only, but the mod/,
  ],
  ["model.widths=3", "model.name=mlp", /"--widths" .* applies to --model convnet only/],
  ["model.blocks=3", "model.name=mlp", /"--blocks" .* applies to --model convnet only/],
  ["model.stride=3", "model.name=mlp", /"--stride" .* applies to --model convnet only/],
  ["model.syncBatchNorm=true", "model.name=mlp", /"--sync-batch-norm" .* --model convnet only/],
  ["pattern.name=group-4", "method.name=dense", /"--pattern" .* applies to --method srigl, rigl, /],
  ["pattern.sparsity=0.5", "method.name=dense", /"--sparsity" .* applies to --method srigl, rigl,/],
  ["pattern.sparsity=0.5", "pattern.name=dense", /"--sparsity" .* applies to sparse layers only/],
  ["pattern.sparsity=0.5", "pattern.name=2:4", /"--sparsity" .* does not apply to --pattern 2:4: /],
  ["pattern.distribution=er", "method.name=dense", /"--distribution" .* applies to --method/],
  ["pattern.distribution=er", "pattern.name=2:4", /"--distribution" .* not apply to --pattern 2:4/],
  ["method.name=rigl", "pattern.name=dense", /"--method" .* is "rigl", which needs sparse layers/],
  [
    "method.every=7",
    "method.name=dense",
    /"--every" .* applies to --method srigl, rigl, set\b.* only/,
  ],
  [
    "method.every=7",
    "method.name=static",
    /"--every" .* applies to --method srigl, rigl, set\b.* only/,
  ],
  ["method.every=7", "pattern.name=dense", /"--every" .* applies to sparse layers only/],
  ["method.fraction=0.1", "method.name=static", /"--fraction" .* applies to --method srigl, rigl,/],
  [
    "method.until=0.1",
    "method.name=static",
    /"--until" .* applies to --method srigl, rigl, set\b.* only/,
  ],
  ["method.threshold=0.1", "method.name=rigl", /"--threshold" .* applies to --method set only/],
  ["method.grown=inherited", "method.name=rigl", /"--grown" .* applies to --method set only/],
  ["method.rewireDecay=constant", "method.name=static", /"--rewire-decay" .* to --method srigl, /],
  ["method.gammaSal=0.1", "method.name=rigl", /"--gamma-sal" .* applies to --method srigl only/],
  ["method.salience=paper", "method.name=set", /"--salience" .* applies to --method srigl only/],
  ["method.ablation=false", "method.name=rigl", /"--no-ablation" .* applies to --method srigl onl/],
  ["method.gammaSal=0.1", "method.ablation=false", /"--gamma-sal" .* not apply to --no-ablation/],
  ["method.salience=code", "pattern.name=2:4", /"--salience" .* not apply to --pattern 2:4, of wh/],
  ["optimizer.decayAll=true", "optimizer.weightDecay=0", /"--decay-all" .* --weight-decay above 0/],
  ["optimizer.beta1=0.5", "optimizer.name=sgd", /"--beta1" .* applies to --optimizer adamw only/],
  ["optimizer.momentum=0.5", "optimizer.name=adamw", /"--momentum" .* to --optimizer sgd only/],
  ["optimizer.nesterov=true", "optimizer.name=adamw", /"--nesterov" .* to --optimizer sgd only/],
  [
    "optimizer.fresh=inherited",
    "method.name=static",
    /"--fresh" .* to --method srigl, rigl, set\b/,
  ],
  ["optimizer.fresh=local", "method.name=dense", /"--fresh" .* but the method is "dense"/],
  [
    "optimizer.groups=layer1 fresh=seeded",
    "method.name=maxq",
    /"--groups" .* has "layer1 fresh=seeded", but fresh applies to --method .* topkast only/,
  ],
  ["device.build=relaxed", "device.name=webgpu", /"--build" .* applies to --device wasm only/],
  ["device.build=plain", "device.threads=2", /"--build" .* is plain, which has one thread/],
  ["device.threads=2", "device.name=webgpu", /"--threads" .* applies to --device wasm only/],
];

/** The same value as a layer of each kind. */
function layersOf(setting: string): Layer[] {
  const { values } = setLayer([setting]);
  const [[key, value]] = values;
  const leaf = LEAVES.find((each) => each.key === key);
  assert.ok(leaf !== undefined);
  const text = String(value);
  const property = leaf.flag.replace(/^--(no-)?/, "").replace(
    /-(.)/g,
    (_, letter: string) => letter.toUpperCase(),
  );
  const [section, name] = key.split(".");
  return [
    flagLayer({ [property]: leaf.option.type === "boolean" ? value : text }),
    setLayer([setting]),
    environmentLayer((variable) => variable === leaf.variable ? text : undefined),
    parseLayer(JSON.stringify({ [section]: { [name]: value } }), ".json", "run.json"),
  ];
}

Deno.test("requireApplicable() refuses what has no effect, and says where it comes from", () => {
  for (const [ignored, beside, why] of IGNORED) {
    for (const layer of layersOf(ignored)) {
      const from = layer.origin === "the command line" ? ")" : `, from ${layer.origin})`;
      assert.throws(
        () => requireApplicable(resolveLayers([setLayer([beside]), layer])),
        (error: Error) => {
          assert.match(error.message, why, `${ignored} beside ${beside}`);
          assert.ok(error.message.includes(from), `${error.message} should name ${from}`);
          return true;
        },
      );
      // By itself it is accepted, or nothing was shown.
      if (ignored.startsWith("optimizer.decayAll") || ignored.startsWith("data.crop")) continue;
      const alone = ignored.startsWith("model.") && !ignored.startsWith("model.hidden")
        ? ["model.name=convnet"]
        : /momentum|nesterov/.test(ignored)
        ? ["optimizer.name=sgd"]
        : /threshold|grown/.test(ignored)
        ? ["method.name=set"]
        : [];
      requireApplicable(resolveLayers([setLayer(alone), layer]));
    }
  }
});

Deno.test("requireApplicable() takes what is saved of any run, defaults included", () => {
  const settings = [
    ["model.name=convnet"],
    ["method.name=dense"],
    ["pattern.name=dense"],
    ["pattern.name=2:4"],
    ["method.name=static"],
    ["method.name=set", "pattern.name=block-4"],
    ["method.ablation=false"],
    ["device.name=webgpu"],
  ];
  for (const setting of settings) {
    const { config } = resolveLayers([setLayer(setting)]);
    const again = resolveLayers([parseLayer(configToml(config), ".toml", "config.toml")]);
    requireApplicable(again);
    assert.deepEqual(again.config, config);
  }
});

Deno.test("resolveLayers() takes the method of a dense network where none is asked for", () => {
  const usual = { values: new Map([["method.name", "dynsparse"]]) };
  const dense = resolveLayers([setLayer(["pattern.name=dense"])], usual);
  assert.equal(dense.config.method.name, "dense");
  requireApplicable(dense);
  const both = resolveLayers([setLayer(["pattern.name=dense", "method.name=rigl"])], usual);
  assert.throws(
    () => requireApplicable(both),
    /"--method" .* is "rigl", which needs sparse layers/,
  );
});

Deno.test("resolveLayers() takes the size of a model behind a colon of its name, wherever it is said", () => {
  for (const layer of layersOf("model.name=bert:mini")) {
    const { model } = resolveLayers([layer]).config;
    assert.deepEqual([model.name, model.size], ["bert", "mini"], layer.origin);
    // What comes later counts.
    const { config } = resolveLayers([layer, setLayer(["model.size=base"])]);
    assert.equal(config.model.size, "base");
    const from = layer.origin === "the command line" ? ")" : `, from ${layer.origin})`;
    assert.throws(
      () => resolveLayers([layer], { models: MODELS }),
      (error: Error) => error.message.includes(`(model.name${from} is "bert:mini"; expected mlp, `),
    );
  }
  const usual = { values: new Map([["model.name", "bert"]]), models: ENCODERS };
  assert.equal(resolveLayers([setLayer(["model.name=tiny"])], usual).config.model.size, "tiny");
  const refused: [setting: string[], usual: Usual, message: RegExp][] = [
    [["model.name=tiny"], {}, /"model\.name" in --set must be mlp, .*, but got "tiny"/],
    [["model.name=bert:huge"], {}, /is "bert:huge"; expected mlp, .*; or bert, and behind a colon/],
    [["model.name=mlp:tiny"], {}, /is "mlp:tiny"; expected/],
    [["model.name=bert:tiny:mini"], {}, /is "bert:tiny:mini"; expected/],
    [["model.name=bert:tiny", "model.size=mini"], {}, /is "bert:tiny", but --model-size .* "mini"/],
    [["model.name=huge"], usual, /is "huge"; expected bert, and behind a colon one of tiny, mini/],
    [["model.name=mlp"], usual, /is "mlp"; expected bert, and behind/],
  ];
  for (const [setting, of, message] of refused) {
    assert.throws(() => resolveLayers([setLayer(setting)], of), message);
  }
});

Deno.test("keysWithout() names what has no effect for any of some models", () => {
  const [bert, mlp] = ["bert", "mlp"].map((name) =>
    resolveLayers([setLayer([`model.name=${name}`])]).config
  );
  const both = keysWithout([bert, mlp]);
  assert.ok(keysWithout([bert]).includes("model.hidden") && !both.includes("model.hidden"));
  assert.ok(keysWithout([mlp]).includes("model.size") && !both.includes("model.size"));
  assert.ok(both.includes("model.widths"));
});

Deno.test("requireRewirable() refuses blocks under srigl, and names the methods that take them", () => {
  const blocks = resolveLayers([setLayer(["pattern.name=block-4"])]);
  assert.throws(() => requireRewirable(blocks), {
    message:
      /"--pattern" .*"block-4".*; --method srigl takes fan-in.* such a pattern, or --method rigl, set\b/,
  });
  requireRewirable(resolveLayers([setLayer(["pattern.name=block-4", "method.name=set"])]));
  const masked = resolveLayers([setLayer(["pattern.name=block-4", "method.name=asp"])]);
  assert.throws(() => requireRewirable(masked), {
    message: /"block-4", which has no segments .*; --method asp takes N:M, such as 2:4: expected/,
  });
});

Deno.test("--no-save refuses what says how to save, unless a file or the environment says it", () => {
  for (const setting of ["run.out=x", "run.name=x", "train.keep=2", "train.checkpointEvery=5"]) {
    const [flag, set, environment, file] = layersOf(setting).map((layer) => resolveLayers([layer]));
    for (const typed of [flag, set]) {
      assert.throws(() => requireSavable(typed), { message: /does not apply to --no-save\.$/ });
    }
    requireSavable(environment);
    requireSavable(file);
  }
  const both = (layers: Layer[]): Resolved => resolveLayers(layers);
  const [name] = layersOf("run.name=x"), [out, , inEnvironment] = layersOf("run.out=y");
  assert.throws(() => requireOneName(both([name, out])), { message: /"--name" .* apply to --out/ });
  requireOneName(both([name, inEnvironment]));
});

Deno.test("configOf() refuses a key that a flag and --set give", async () => {
  await assert.rejects(configOf({ epochs: "3", set: ["train.epochs=4"] }), {
    message: 'Option "--epochs" and --set both give train.epochs; expected one.',
  });
});

Deno.test("configOf() refuses unknown variables of ours with the nearest that there is", async () => {
  const wrong: [name: string, near: string][] = [
    ["FILIGREE_EPOCHS", "FILIGREE_TRAIN_EPOCHS"],
    ["FILIGREE_DEVICE_THREAD", "FILIGREE_DEVICE_THREADS"],
    ["FILIGREE_OPTIMIZER_LEARNINGRATE", "FILIGREE_OPTIMIZER_LEARNING_RATE"],
  ];
  for (const [name, near] of wrong) {
    await withVariables({ [name]: "1" }, async () => {
      const message = `it has the variable "${name}"; expected ${near}, or another one`;
      await assert.rejects(configOf({}), (error: Error) => error.message.includes(message));
    });
  }
  requireKnownVariables(["PATH", "FILIGREE_TEST_SEED", ...LEAVES.map(({ variable }) => variable)]);
});

Deno.test("likelyMistakes() holds names of flags and of slips, and no variable that there is", () => {
  const names = likelyMistakes();
  for (
    const name of [
      "FILIGREE_LR",
      "FILIGREE_SEED",
      "FILIGREE_DEVICE_NAME",
      "FILIGREE_DEVICE_THREAD",
      "FILIGREE_MODLE_HIDDEN",
    ]
  ) assert.ok(names.has(name), name);
  for (const { variable } of LEAVES) assert.ok(!names.has(variable), variable);
});

Deno.test("requireCores() refuses threads that no machine of so many cores has work for", () => {
  requireCores(undefined, 2);
  requireCores(16, 2);
  assert.throws(() => requireCores(17, 2), { message: /is 17, but there are 2 cores; .* most 16/ });
});
