/**
 * All kinds of modules that checkpoints are read with: the layers of `nn` and those that models have beside them.
 *
 * @module
 */
import { LAYERS } from "../nn/registry.ts";
import type { LayerDefinition } from "../nn/definition.ts";
import { MODEL_LAYERS, RECORD_MODELS } from "./layers.ts";

/** Definitions of layers of one tensor, and kinds of whole models that take or give records of tensors. */
export const KINDS: {
  readonly layers: readonly LayerDefinition[];
  readonly records: readonly string[];
} = { layers: [...MODEL_LAYERS, ...LAYERS], records: RECORD_MODELS };
