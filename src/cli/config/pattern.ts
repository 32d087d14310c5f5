/**
 * Options of the patterns of sparse layers.
 *
 * @module
 */
import type { Options } from "../../definitions/option.ts";
import { PATTERN_NAMES } from "../patterns.ts";

/** Options of the patterns of sparse layers. */
export const PATTERN = {
  name: {
    type: "text",
    default: "fan-in",
    description: `Pattern of sparse layers: ${PATTERN_NAMES}`,
    flag: "--pattern",
  },
  sparsity: {
    type: "number",
    least: 0,
    below: 1,
    description:
      "Share of absent connections over all layers that are sparse; 0.95 unless the pattern says it",
    flag: "--sparsity",
  },
  layers: {
    type: "list",
    of: { type: "text" },
    default: [],
    description:
      "Layers that are sparse; the others are dense. Of transformers `ff`, `qkv` (queries, keys and values), `out` (behind attention), of any model `all` or a path (`*` for a part of one, `**` for any), and perhaps a pattern of their own or a `sparsity=`, such as `ff 1:8`, with commas; all by default",
    flag: "--sparse-layers",
  },
  distribution: {
    type: "choice",
    choices: ["uniform", "er", "erk"],
    description:
      "How density is spread over the layers; `erk` by default, `uniform` over those of a vit",
    flag: "--distribution",
  },
} as const satisfies Options;

/** The keys of the configuration that say patterns. */
export const PATTERN_KEYS: readonly string[] = Object.keys(PATTERN).map((name) =>
  `pattern.${name}`
);
