/**
 * What people choose a model by.
 *
 * @module
 */
import type { Definition } from "../definitions/definition.ts";
import type { AnyModule, Module } from "../nn/module.ts";
import type { WeightOptions } from "../nn/parameters.ts";
import type { ImageShape } from "../ops/image_shape.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Distribution } from "../sparse/density.ts";
import type { PreferredInputs } from "../sparse/draw.ts";
import type { Init } from "../sparse/init.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { PretrainingInput, PretrainingOutput } from "../tasks/pretraining.ts";
import type { BertSizes } from "./bert.ts";
import type { ExtremeClassifier } from "./extreme_classifier.ts";
import type { TransformerWork } from "./flops.ts";
import type { Gpt } from "./gpt.ts";
import type { SparseLayers } from "./sparse_layers.ts";

/** What a model is made for, whatever its options. */
export interface ModelGiven {
  /** Features of an example. */
  readonly inputs: number;
  /** Numbers that it gives for an example, such as one for each class. */
  readonly outputs: number;
  /** What its examples are as images, if they are some. */
  readonly image?: ImageShape;
  /** What the features are below, where they are tokens. */
  readonly vocabulary?: number;
  /** Share of absent connections over all layers, in [0, 1). */
  readonly sparsity: number;
  /** How the density is spread over the layers. */
  readonly distribution?: Distribution;
  /** The pattern of a layer with a density below 1. */
  readonly pattern: (density: number) => PatternSpec;
  /** Which layers are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /** How weights begin, and where those of sparse layers live. */
  readonly weights?: WeightOptions;
}

/** A model, with what it is in a few words: `784-512-10`. */
export interface Network {
  /** The model. */
  readonly model: Module;
  /** What it is. */
  readonly summary: string;
  /** What its training is counted of, if it is a transformer. */
  readonly work?: TransformerWork;
}

/** A model by name. */
export interface ModelDefinition extends Definition<Network, ModelGiven> {
  /** Whether its examples have to be images. */
  readonly images?: boolean;
  /** Whether its examples are tokens, not numbers. */
  readonly tokens?: boolean;
}

/** What a model of texts is made for. */
export interface TextGiven
  extends Pick<ModelGiven, "sparsity" | "pattern" | "sparseLayers" | "weights"> {
  /** Tokens: pieces of words, or characters. */
  readonly vocabulary: number;
  /** Most positions of a text. */
  readonly positions: number;
}

/** A model of texts to pre-train, with what it is in a few words. */
export interface TextNetwork<M extends AnyModule> {
  /** The model. */
  readonly model: M;
  /** What it is. */
  readonly summary: string;
  /** What its training is counted of. */
  readonly work: TransformerWork;
}

/** A model of texts by name. */
export type TextDefinition<M extends AnyModule> = Definition<TextNetwork<M>, TextGiven>;

/** An encoder of text by name. */
export type EncoderDefinition = TextDefinition<Module<PretrainingInput, PretrainingOutput>>;

/** A decoder of text by name. */
export type DecoderDefinition = TextDefinition<Gpt>;

/** Sizes of an encoder of texts that was trained elsewhere. */
export interface TrainedSizes extends Required<BertSizes> {
  /** Pieces of words. */
  readonly vocabulary: number;
  /** Most positions that it reads. */
  readonly positions: number;
  /** What is added to variances. */
  readonly epsilon: number;
}

/** What a model of very many labels is made for. */
export interface RankerGiven {
  /** Sparse features that there are. */
  readonly features: number;
  /** Labels that there are. */
  readonly labels: number;
  /** The pattern of the head, whose lists are full. */
  readonly pattern: PatternSpec;
  /** Features of an example that are read, or its tokens in their order. */
  readonly positions: number;
  /** What the encoder of texts is, where it was trained elsewhere; of the size that is chosen where absent. */
  readonly trained?: TrainedSizes;
  /** Which layers of an encoder of texts are sparse; none by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /** How the weights of the head begin. */
  readonly init?: Init;
  /** What the biases of the head begin with. */
  readonly bias?: number;
  /** The features of each label that are largest in the mean of its examples, so many at most, where it is to be trained. */
  readonly preferred?: (most: number) => PreferredInputs;
  /** The ranks that have some labels each, where labels are to be spread; one process by default. */
  readonly parallel?: Parallel;
}

/** A model of very many labels, with what it is in a few words. */
export interface RankerNetwork {
  /** The model. */
  readonly model: ExtremeClassifier;
  /** What it is. */
  readonly summary: string;
}

/** A model of very many labels by name. */
export type RankerDefinition = Definition<RankerNetwork, RankerGiven>;

/** Most features of a layer or channels of a stage: beyond it no device holds what they take. */
export const WIDEST: number = 2 ** 24;
