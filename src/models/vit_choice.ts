/**
 * The vision transformer as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { ModelDefinition, ModelGiven } from "./definition.ts";
import { sparsePatterns } from "./sparse_layers.ts";
import { DROPOUT, HEADS, LAYERS, sizeOption, WIDTH } from "./transformer_options.ts";
import {
  patchesOf,
  vit,
  VIT_SIZES,
  vitMatrices,
  type VitPooling,
  type VitSizeName,
} from "./vit.ts";

/** The sizes by name. */
const SIZES: readonly VitSizeName[] = ["tiny", "small", "base", "nano", "pico"];

/** Ways to pool. */
const POOLINGS: readonly VitPooling[] = ["token", "mean"];

/** The vision transformer by name. */
export const definition: ModelDefinition = {
  ...define({
    name: "vit",
    description: "A vision transformer for images, which it reads in patches",
    rank: 4,
    options: {
      size: sizeOption("vit", { names: SIZES, sizes: VIT_SIZES }),
      ...{ layers: LAYERS, width: WIDTH, heads: HEADS, dropout: DROPOUT },
      patch: {
        type: "integer",
        least: 1,
        description:
          "Pixels of a side of the patches of a vit; 4 by default, 16 for images of more than 64 pixels",
        flag: "--patch",
      },
      pooling: {
        type: "choice",
        choices: POOLINGS,
        ofEach: true,
        description:
          "What a vit tells classes of: the position of a class token (`token`, the default), or the `mean` of all patches",
        flag: "--pooling",
      },
      dropPath: {
        type: "number",
        least: 0,
        below: 1,
        description:
          "Share of the examples that training leaves the last layer of a vit out for, rising from 0 at the first (stochastic depth); 0 by default",
        flag: "--drop-path",
      },
    },
    make(values, { image, outputs, inputs, ...options }: ModelGiven) {
      if (image === undefined) {
        throw new RangeError(
          `Cannot make a vit for examples of ${inputs} features: they are no images`,
        );
      }
      const { size: name = "tiny", ...given } = values;
      const known = VIT_SIZES[name];
      const { layers = known.layers, width: features = known.features } = values;
      const { heads = known.heads } = values;
      const size = { layers, features, heads };
      const model = vit({ ...given, ...options, image, classes: outputs, size });
      const { patch, count } = patchesOf({ ...values, image });
      const matrices = vitMatrices({ size });
      const work = {
        sizes: size,
        positions: count + Number(given.pooling !== "mean"),
        matrices,
        patterns: sparsePatterns(matrices, { distribution: "uniform", ...options }),
      };
      const own = values.layers ?? values.width ?? values.heads;
      const called = own === undefined ? `vit-${name}` : "vit";
      const patches = `${count} patches of ${patch} x ${patch}`;
      return { model, work, summary: `${called} of ${layers} layers of ${features}, ${patches}` };
    },
  }),
  images: true,
};
