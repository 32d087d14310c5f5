/**
 * Which layers of a model are sparse, and in which pattern.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bag } from "../src/models/bag.ts";
import { bert, bertMatrices } from "../src/models/bert.ts";
import { convnet } from "../src/models/convnet.ts";
import { gpt, gptMatrices } from "../src/models/gpt.ts";
import { mlp } from "../src/models/mlp.ts";
import { densityOfAll, sparsePatterns } from "../src/models/sparse_layers.ts";
import { vit, vitMatrices } from "../src/models/vit.ts";
import type { AnyModule } from "../src/nn/module.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseLayers } from "../src/models/sparse_layers.ts";
import { flagLayer } from "../src/cli/config/flags.ts";
import { parseLayer, resolveConfig, resolveLayers, setLayer } from "../src/cli/config/load.ts";
import { ValidationError } from "../src/cli/deps.ts";
import { requireApplicable, requireRewirable } from "../src/cli/applicable.ts";
import { DECODERS, ENCODERS, named } from "../src/cli/config/choices.ts";
import { trainingFlopsOf } from "../src/cli/flops.ts";
import { learningRateOf, settingsOf, sparsityOf, textSettingsOf } from "../src/cli/settings.ts";
import { chosenLayers } from "../src/cli/sparse_layers.ts";

const SIZE = { layers: 2, features: 32, heads: 2 };
const IMAGE = { channels: 1, height: 8, width: 8 };
const DATA = { inputs: 64, target: { kind: "class", classes: 3 }, image: IMAGE } as const;

/** The patterns of the sparse layers of a model by their paths. */
function patternsOf({ weights }: AnyModule): Record<string, string> {
  return Object.fromEntries(weights.flatMap(({ label, sparse }) => {
    const path = label.replace(/\.weight$/, "");
    return sparse === undefined ? [] : [[path, patternName(sparse.spec)]];
  }));
}

const FF_AND_QKV: readonly SparseLayers[] = [
  { layers: "ff", pattern: () => nm(1, 8) },
  { layers: "qkv", pattern: () => nm(2, 4) },
];

Deno.test("transformers have the layers sparse that are chosen, each in its pattern, under paths that are theirs", () => {
  const given = { size: SIZE, vocabulary: 40, positions: 8, sparseLayers: FF_AND_QKV };
  const image = { image: IMAGE, classes: 3, size: SIZE, sparseLayers: FF_AND_QKV };
  const masked = { weights: { storage: "masked" } } as const;
  const models = [
    ["encoder", "", [bert({ ...given, ...masked }), bert(given)]],
    ["decoder", "", [gpt({ ...given, ...masked }), gpt(given)]],
    ["layers", "ff.", [vit({ ...image, ...masked }), vit(image)]],
  ] as const;
  for (const [path, ff, made] of models) {
    const expected = [0, 1].flatMap((layer) => {
      const at = `${path}.layer${layer}`;
      return [
        ...["query", "key", "value"].map((name) => [`${at}.attention.${name}`, "2:4"]),
        ...["intermediate", "output"].map((name) => [`${at}.${ff}${name}`, "1:8"]),
      ];
    });
    for (const model of made) assert.deepEqual(patternsOf(model), Object.fromEntries(expected));
    const storages = new Set(made[0].weights.map(({ sparse }) => sparse?.storage));
    assert.deepEqual(storages, new Set([undefined, "masked"]));
  }
});

Deno.test("the matrices that a model can have sparse are all of its sparse ones", () => {
  const sparse = { sparsity: 0.5, size: SIZE };
  const models = [
    [bertMatrices({ size: SIZE }), bert({ ...sparse, vocabulary: 40 })],
    [gptMatrices({ size: SIZE }), gpt({ ...sparse, vocabulary: 40 })],
    [vitMatrices({ size: SIZE }), vit({ ...sparse, image: IMAGE, classes: 3 })],
  ] as const;
  for (const [matrices, model] of models) {
    const found = model.weights.flatMap(({ label, shape, sparse }) =>
      sparse === undefined ? [] : [[label, String(shape)]]
    );
    const said = matrices.map(({ name, shape }) => [`${name}.weight`, String(shape)]);
    assert.deepEqual(said, found);
  }
});

Deno.test("layers are chosen by paths with stars, alike in all models", () => {
  const sparsity = 0.5;
  const chosen = (layers: string | readonly string[]) => [{ layers }];
  const sizes = [64, 40, 40, 10];
  const perceptron = mlp({ sizes, sparsity, sparseLayers: chosen("layer1") });
  assert.deepEqual(Object.keys(patternsOf(perceptron)), ["layer1"]);
  const words = bag({ sizes, vocabulary: 9, sparsity, sparseLayers: chosen(["layer0", "layer1"]) });
  assert.deepEqual(Object.keys(patternsOf(words)), ["layer0", "layer1"]);
  const images = { image: IMAGE, classes: 4, sparsity, distribution: "uniform" } as const;
  const blocks = convnet({ ...images, sparseLayers: chosen(["stage*.block0.conv1", "stage2"]) });
  assert.deepEqual(Object.keys(patternsOf(blocks)), [
    "stage0.block0.conv1",
    "stage1.block0.conv1",
    "stage2.block0.conv0",
    "stage2.block0.conv1",
    "stage2.block0.shortcut",
  ]);
  const text = bert({
    ...{ size: SIZE, vocabulary: 40, sparsity },
    sparseLayers: chosen(["**.attention.*.weight", "encoder.layer1"]),
  });
  assert.equal(Object.keys(patternsOf(text)).length, 4 + 6);
});

Deno.test("sparsePatterns() spreads the budget of each choice over its own layers", () => {
  const matrices = [[8, 32], [8, 32], [8, 96]].map((shape, i) => ({ name: `layer${i}`, shape }));
  const pattern = (density: number) => block(1, { density });
  const patterns = sparsePatterns(matrices, {
    ...{ pattern, sparsity: 0.75, distribution: "er" },
    sparseLayers: [{ layers: ["layer1", "layer2"] }, { layers: "layer0", sparsity: 0.5 }],
  });
  const [first, second, third] = ["layer0", "layer1", "layer2"].map((name) =>
    patterns[name].density
  );
  assert.equal(first, 0.5);
  // A quarter of 256 and 768 connections together, in proportion to 40 / 256 and 104 / 768: 72 and 184 of them.
  const share = (40 + 104) / 256;
  assert.ok(
    Math.abs(second * 256 - 40 / share) < 1e-9 && Math.abs(third * 768 - 104 / share) < 1e-9,
  );
  const all = densityOfAll(matrices, patterns);
  assert.ok(Math.abs(all * 1280 - (128 + 256)) < 1e-9, `density ${all}`);
});

Deno.test("sparsePatterns() refuses names that are no layer's, and layers that are chosen twice", () => {
  const make = (...layers: string[]) => () =>
    bert({
      ...{ size: SIZE, vocabulary: 40, sparsity: 0.5 },
      sparseLayers: layers.map((each) => ({ layers: each })),
    });
  assert.throws(make("ffn"), {
    name: "RangeError",
    message:
      /the layers "ffn" sparse: no layer .*; expected qkv, out, ff, all, or a path .* of encoder\.layer0\.att/,
  });
  assert.throws(make("ff", "encoder.layer1"), {
    name: "RangeError",
    message:
      /"encoder\.layer1" sparse: "encoder\.layer1\.intermediate" is of "ff" too; expected each/,
  });
  assert.throws(() => mlp({ sizes: [4, 4], sparseLayers: [{ layers: "ff" }] }), {
    message: /expected all, or a path \(\* for a part of one, \*\* for any\) of layer0$/,
  });
});

Deno.test("chosenLayers() reads layers with a pattern and a sparsity of their own", () => {
  const texts = ["ff 1:8", "qkv  block-16 sparsity=0.9", "out"];
  const expected = [
    { layers: "ff", pattern: "1:8", ownPattern: true, sparsity: 0.875, shared: false },
    { layers: "qkv", pattern: "block-16", ownPattern: true, sparsity: 0.9, shared: false },
    { layers: "out", pattern: "fan-in", ownPattern: false, sparsity: 0.95, shared: true },
  ];
  for (
    const layer of [
      flagLayer({ sparseLayers: texts.join(", ") }),
      setLayer([`pattern.layers=${texts.join()}`]),
      parseLayer(JSON.stringify({ pattern: { layers: texts } }), ".json", "run.json"),
    ]
  ) {
    const config = resolveConfig([layer]);
    assert.deepEqual(chosenLayers(config), expected, layer.origin);
    assert.equal(sparsityOf(config), 0.875);
  }
  assert.deepEqual(chosenLayers(resolveConfig([])).map(({ layers }) => layers), ["all"]);
});

Deno.test("a configuration makes the layers sparse that it names, for every kind of model and method", () => {
  const flags = { sparseLayers: "ff 1:8,qkv 2:4", modelSize: "tiny" };
  const turned = resolveConfig([
    flagLayer({ model: "gpt", method: "pgf", sparseLayers: "ff 1:8-outputs" }),
  ]);
  const { model: decoder } = textSettingsOf(turned, named(DECODERS, "gpt"), {
    ...{ vocabulary: 64, positions: 8 },
  });
  assert.deepEqual(new Set(Object.values(patternsOf(decoder))), new Set(["1:8-outputs"]));
  for (const [method, storage] of [["srste", "masked"], ["set", "compressed"]] as const) {
    const of = (model: string) => resolveConfig([flagLayer({ ...flags, model, method })]);
    const text = { vocabulary: 64, positions: 8 };
    const models = [
      textSettingsOf(of("gpt"), named(DECODERS, "gpt"), text).model,
      textSettingsOf(of("bert"), named(ENCODERS, "bert"), text).model,
      settingsOf(of("vit"), DATA).model,
    ];
    for (const model of models) {
      const counts = Map.groupBy(Object.values(patternsOf(model)), (name) => name);
      const layers = model.weights.filter(({ label }) => label.endsWith("query.weight")).length;
      assert.deepEqual([counts.get("2:4")?.length, counts.get("1:8")?.length], [
        3 * layers,
        2 * layers,
      ]);
      const storages = model.weights.flatMap(({ sparse }) => sparse?.storage ?? []);
      assert.deepEqual([...new Set(storages)], [storage]);
    }
  }
  // The rate of what is trained sparse is by the least sparse of it.
  const rates = ["ff 1:8,qkv 2:4", "qkv 2:4"].map((sparseLayers) =>
    learningRateOf(resolveConfig([flagLayer({ sparseLayers, method: "set" })]))
  );
  assert.equal(rates[0], rates[1]);
});

Deno.test("FLOPs by the formula count the layers that are sparse", () => {
  const flopsOf = (flags: Record<string, string>) => {
    const config = resolveConfig([flagLayer({ model: "gpt", ...flags })]);
    const text = { vocabulary: 64, positions: 8 };
    const { work, method } = textSettingsOf(config, named(DECODERS, "gpt"), text);
    return trainingFlopsOf(work, method, { examples: 50, epochs: 4, steps: 200 });
  };
  const dense = flopsOf({ method: "dense" });
  const sparse = flopsOf({ method: "set", pattern: "1:8" });
  const some = flopsOf({ method: "set", sparseLayers: "ff 1:8" });
  for (const { flopsPerSequence, ...flops } of [dense, sparse, some]) {
    const trainingFlops = 200 * flopsPerSequence;
    const device = { deviceFlopsPerSequence: flopsPerSequence, trainingDeviceFlops: trainingFlops };
    assert.deepEqual(flops, { ...device, trainingFlops });
  }
  // Two thirds of the connections of a block are of its feed-forward part.
  const saved = dense.trainingFlops - some.trainingFlops;
  const most = dense.trainingFlops - sparse.trainingFlops;
  assert.ok(Math.abs(saved / most - 2 / 3) < 1e-12);

  // Of recipes over dense weights: the mean over 200 steps of the share of the weights that is read.
  const ratio = 1 / 8;
  const shares: readonly [flags: Record<string, string>, share: number][] = [
    [{ method: "srste" }, ratio],
    [{ method: "asp", maskBegin: "0.25" }, 0.25 + 0.75 * ratio],
    [{ method: "asp", transposable: "true" }, 0.5 + 0.5 * ratio],
    [{ method: "step" }, 0.5 + 0.5 * ratio],
    // As long as the factor is above 0, all is read.
    [{ method: "pgf", fineTune: "0.2" }, 0.8 + 0.2 * ratio],
    // 7:8, 4:8, 2:8 and 1:8, 40 steps each.
    [{ method: "pgf", maskDecay: "stepwise" }, 0.1 + 0.1 * ratio + 0.2 * (7 + 4 + 2 + 1) / 8],
    [{ method: "pgf", frames: "4:8,1:4" }, 0.1 + 0.1 * ratio + 0.4 * (1 / 2 + 1 / 4)],
    // Three updates, at a third and two thirds of the way: 1 - (2/3)^3 and 1 - (1/3)^3 of the segments.
    [
      { method: "maxq", until: "0.75", every: "50" },
      0.25 * ratio + 0.25 * (1 + 1 - 19 / 27 * (1 - ratio) + 1 - 26 / 27 * (1 - ratio)),
    ],
  ];
  for (const [flags, share] of shares) {
    const found = flopsOf({ ...flags, pattern: "1:8" });
    const expected = sparse.trainingFlops + most * (share - ratio) / (1 - ratio);
    const is = JSON.stringify(flags);
    assert.ok(
      Math.abs(found.trainingFlops / expected - 1) < 1e-12,
      `${is}: ${found.trainingFlops}`,
    );
    assert.equal(found.flopsPerSequence, sparse.flopsPerSequence, is);
    assert.equal(found.trainingDeviceFlops, dense.trainingFlops, is);
  }
});

Deno.test("layers that cannot be are refused as wrong use, and what they leave without effect", () => {
  const refused: readonly [flags: Record<string, string>, message: RegExp][] = [
    [{ sparseLayers: "layer0 block-3" }, /Pattern "block-3" is not known; expected dense, fan-in/],
    [
      { sparseLayers: "layer0 2:4 1:4" },
      /has "layer0 2:4 1:4"; expected ff, qkv, out, all or a path/,
    ],
    [{ sparseLayers: "layer0 lr=1" }, /has "layer0 lr=1"; expected .* such as "ff 1:8"/],
    [{ sparseLayers: "layer0 dense" }, /"layer0 dense"; what is not chosen is dense; expected/],
    [{ sparseLayers: "layer0 2:4 sparsity=0.5" }, /2:4 says its sparsity itself/],
    [{ sparseLayers: "layer0 sparsity=2" }, /sparsity must be number >= 0 and < 1, but got 2/],
    [
      { sparseLayers: "layer0", pattern: "dense" },
      /"--sparse-layers" .* applies to sparse layers only/,
    ],
    [
      { sparseLayers: "layer0", method: "dense" },
      /"--sparse-layers" .* applies to --method srigl, /,
    ],
    [
      { sparseLayers: "layer0 2:4", pattern: "fan-in" },
      /"--pattern" .* all of --sparse-layers have/,
    ],
    [{ sparseLayers: "layer0 2:4", sparsity: "0.5" }, /"--sparsity" .* not apply to --pattern 2:4/],
    [
      { sparseLayers: "layer0 sparsity=0.8", sparsity: "0.5" },
      /"--sparsity" .* all of --sparse-layers have a sparsity/,
    ],
    [
      { sparseLayers: "layer0 fan-in", method: "asp" },
      /\(pattern.layers\) has the pattern "fan-in", which/,
    ],
    [
      { sparseLayers: "layer0 1:4-outputs", method: "rigl" },
      /\(pattern.layers\) has the pattern "1:4-outputs", which masks alone keep; it takes --method asp,/,
    ],
    [{ pattern: "1:4-outputs" }, /\(pattern.name\) is "1:4-outputs", which masks alone keep/],
    [{ sparseLayers: "ff" }, /the layers "ff" sparse: .* of layer0, layer1, layer2/],
    [
      { sparseLayers: "layer2 sparsity=0.999", hidden: "20" },
      /the layers "layer2" sparse: .* of layer0, layer1/,
    ],
  ];
  for (const [flags, message] of refused) {
    const resolved = resolveLayers([flagLayer(flags)]);
    const make = () => {
      requireApplicable(resolved);
      requireRewirable(resolved);
      settingsOf(resolved.config, DATA);
    };
    assert.throws(make, (error) => {
      assert.ok(error instanceof ValidationError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
