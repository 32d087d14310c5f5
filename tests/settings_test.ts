/**
 * What a configuration makes a model of.
 *
 * @module
 */
import assert from "node:assert/strict";
import { flagLayer } from "../src/cli/config/flags.ts";
import { DECODERS, ENCODERS, named } from "../src/cli/config/choices.ts";
import { resolveConfig } from "../src/cli/config/load.ts";
import { settingsOf, textSettingsOf } from "../src/cli/settings.ts";
import type { AnyModule } from "../src/nn/module.ts";

const IMAGE = { channels: 1, height: 8, width: 8 };
const DATA = { inputs: 64, target: { kind: "class", classes: 3 }, image: IMAGE } as const;
const SMALL = { pattern: "dense", layers: "1", width: "64", heads: "2" };
const TEXT = { vocabulary: 64, positions: 8 };

/** The model that a configuration names. */
function modelOf(model: string, init: string): AnyModule {
  const config = resolveConfig([flagLayer({ model, init, ...SMALL })]);
  if (model === "bert") return textSettingsOf(config, named(ENCODERS, model), TEXT).model;
  if (model === "gpt") return textSettingsOf(config, named(DECODERS, model), TEXT).model;
  return settingsOf(config, DATA).model;
}

/** The largest root of the mean square of what a weight of a model begins with. */
async function deviationOf({ weights }: AnyModule): Promise<number> {
  const deviations = await Promise.all(weights.map(async ({ values }) => {
    const numbers = await values.initial({ seed: 1, stream: 0 });
    assert.ok(numbers instanceof Float32Array);
    return Math.sqrt(numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length);
  }));
  return Math.max(...deviations);
}

Deno.test("model.init says what the weights of every model begin with", async () => {
  for (const model of ["mlp", "convnet", "vit", "bert", "gpt"]) {
    const he = await deviationOf(modelOf(model, "he"));
    const normal = await deviationOf(modelOf(model, "truncated-normal"));
    assert.ok(he > 0.05 && normal < 0.025, `${model}: ${he} and ${normal}`);
  }
});
