/**
 * Options of transformers, whatever they read. The definition of a model has those that it takes; those of one name are one
 * option for whoever chooses.
 *
 * @module
 */
import type { NumberOption } from "../definitions/option.ts";
import { WIDEST } from "./definition.ts";

/** A size by name: what its names are, and what is said of each. */
interface Sizes<Name extends string> {
  /** Names in order; the first one is the default. */
  readonly names: readonly Name[];
  /** Layers and features of each. */
  readonly sizes: Readonly<
    Record<Name, { readonly layers: number; readonly features: number }>
  >;
}

/** The option `size` of a model, whose names people may write behind a colon of the model's: `bert:tiny`. */
export function sizeOption<Name extends string>(model: string, { names, sizes }: Sizes<Name>) {
  const each = names.map((name) => {
    const { layers, features } = sizes[name];
    return `\`${name}\` (${layers} layers of ${features} features)`;
  });
  return {
    type: "choice",
    choices: names,
    ofEach: true,
    description: `Size of \`${model}\`: ${each.join(", ")}, \`${names[0]}\` by default`,
    flag: "--model-size",
  } as const;
}

/** Numbers of layers, in the place of those of a size. */
export const LAYERS = {
  type: "integer",
  least: 1,
  description: "Layers of a transformer, in the place of those of its size",
  flag: "--layers",
} as const satisfies NumberOption;

/** Features of a position, in the place of those of a size. */
export const WIDTH = {
  type: "integer",
  least: 1,
  most: WIDEST,
  description:
    "Features of a position of a transformer, in the place of those of its size; of an extreme classifier, numbers that the features of an example become (256 by default)",
  flag: "--width",
} as const satisfies NumberOption;

/** Heads of attention, in the place of those of a size. */
export const HEADS = {
  type: "integer",
  least: 1,
  description: "Heads of the attention of a transformer, in the place of those of its size",
  flag: "--heads",
} as const satisfies NumberOption;

/** Share of the features that training drops. */
export const DROPOUT = {
  type: "number",
  least: 0,
  below: 1,
  description:
    "Share of the features that training a transformer drops, or an extreme classifier before its head; 0 by default",
  flag: "--dropout",
} as const satisfies NumberOption;
