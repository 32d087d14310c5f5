/**
 * Which layers are sparse, as the configuration writes it: `ff 1:8`, or `layers.layer0 block-16 sparsity=0.9`.
 *
 * @module
 */
import { accepts } from "../definitions/option.ts";
import type { SparseLayers } from "../models/sparse_layers.ts";
import { isDense } from "../sparse/lookup.ts";
import { leafOf } from "./config/leaves.ts";
import { parseText } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";
import { densityOf, parsePattern, PATTERN_NAMES } from "./patterns.ts";

/** Share of absent connections by default. */
const SPARSITY = 0.95;

/** Layers that are sparse, with what becomes of the rest of the configuration filled in. */
export interface ChosenLayers {
  /** Which: a short name, or a path. */
  readonly layers: string;
  /** The name of their pattern. */
  readonly pattern: string;
  /** Whether the pattern is one of their own. */
  readonly ownPattern: boolean;
  /** Share of absent connections. */
  readonly sparsity: number;
  /** Whether that is the configuration's, not one of their own or of the pattern. */
  readonly shared: boolean;
}

/**
 * The layers of a configuration that are sparse: all, where it does not say which.
 *
 * @throws {ValidationError} if one of the texts says no layers, or no pattern that there is.
 */
export function chosenLayers({ pattern }: Pick<Config, "pattern">): ChosenLayers[] {
  const texts = pattern.layers;
  return (texts.length === 0 ? ["all"] : texts).map((text) => {
    const [layers, ...words] = text.trim().split(/\s+/);
    const [name = pattern.name] = words.filter((word) => !word.includes("="));
    const settings = words.filter((word) => word.includes("="));
    const own = sparsityOfText(settings, text);
    const ownPattern = words.length > settings.length;
    if (words.length > settings.length + 1 || settings.length > 1 || layers === "") wrong(text);
    if (ownPattern && isDense(parsePattern(name, 1))) {
      wrong(text, "what is not chosen is dense; ");
    }
    const fixed = densityOf(name);
    if (own !== undefined && fixed !== undefined) wrong(text, `${name} says its sparsity itself; `);
    return {
      ...{ layers, pattern: name, ownPattern },
      sparsity: fixed === undefined ? own ?? pattern.sparsity ?? SPARSITY : 1 - fixed,
      shared: fixed === undefined && own === undefined,
    };
  });
}

/** The head of a model of very many labels, whose pattern is that of the configuration whatever layers have one of their own. */
export function headLayers({ pattern }: Pick<Config, "pattern">): ChosenLayers[] {
  return chosenLayers({ pattern: { ...pattern, layers: [] } });
}

/** The same for models. What shares the sparsity of the configuration has none of its own. */
export function sparseLayersOf(config: Pick<Config, "pattern">): SparseLayers[] {
  return chosenLayers(config).map(({ layers, pattern, sparsity, shared }) => ({
    layers,
    pattern: (density) => parsePattern(pattern, density),
    ...(shared ? {} : { sparsity }),
  }));
}

function sparsityOfText([setting]: readonly string[], text: string): number | undefined {
  if (setting === undefined) return undefined;
  const [, value] = /^sparsity=(.*)$/.exec(setting) ?? [];
  const leaf = leafOf("pattern.sparsity");
  if (value === undefined || leaf === undefined) return wrong(text);
  const number = parseText(leaf, value, `--sparse-layers "${text}"`);
  if (typeof number === "number" && accepts(leaf.option, number)) return number;
  throw new ValidationError(
    `Option "--sparse-layers" (pattern.layers) has "${text}": sparsity must be ${leaf.accepts}, but got ${value}.`,
  );
}

function wrong(text: string, why = ""): never {
  throw new ValidationError(
    `Option "--sparse-layers" (pattern.layers) has "${text}"; ${why}expected ff, qkv, out, all or a path of layers, and ` +
      `perhaps a pattern of their own (${PATTERN_NAMES}; without dense) and sparsity=, such as "ff 1:8" or ` +
      '"layer0 block-16 sparsity=0.9".',
  );
}
