/**
 * The kinds of layers that models have beside those of `nn`: what checkpoints are read with.
 *
 * @module
 */
import type { LayerDefinition } from "../nn/definition.ts";
import type { AnyModule } from "../nn/module.ts";
import { bertClassifierLayer, bertLayer } from "./bert.ts";
import { bertEncoderLayer } from "./bert_encoder.ts";
import { extremeClassifierLayer } from "./extreme_classifier.ts";
import { gptLayer } from "./gpt.ts";
import { bertEmbeddingsLayer, maskedWordsLayer } from "./bert_parts.ts";

/** Kinds of whole models that take or give records of tensors. */
export const RECORD_MODELS: readonly string[] = [
  bertLayer.kind,
  bertClassifierLayer.kind,
  gptLayer.kind,
  extremeClassifierLayer.kind,
];

/** Those that exports can say as a chain of layers of a tensor each. */
export const CHAIN_MODELS: readonly LayerDefinition<AnyModule>[] = [gptLayer];

/** The definitions of those of one tensor. */
export const MODEL_LAYERS: readonly LayerDefinition[] = [
  bertEmbeddingsLayer,
  bertEncoderLayer,
  maskedWordsLayer,
];
