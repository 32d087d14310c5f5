/**
 * The model of very many labels as people choose it by name.
 *
 * @module
 */
import { geometryOf } from "../sparse/geometry.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { define } from "../definitions/definition.ts";
import { chosenSize, SIZES, type SizeValues } from "./bert_choice.ts";
import { BERT_POOLINGS, bertEncoder, type BertPooling } from "./bert_encoder.ts";
import { type RankerDefinition, type RankerGiven, WIDEST } from "./definition.ts";
import { CLASSIFIER_ACTIVATIONS, extremeClassifier, USUAL_WIDTH } from "./extreme_classifier.ts";
import { single } from "../parallel/single.ts";
import { DROPOUT, HEADS, LAYERS, WIDTH } from "./transformer_options.ts";

/** The model of very many labels by name. */
export const definition: RankerDefinition = define({
  name: "xmc",
  description:
    "An extreme classifier: sparse features, and a sparse head with a row for each of very many labels",
  options: {
    encoder: {
      type: "choice",
      choices: ["tfidf", "bag", "bert", "none"],
      description:
        "What an extreme classifier reads of texts, and what becomes of it: words by TF-IDF (`tfidf`, the default), or the mean of all words (`bag`), as so many numbers; pieces of words in their order, by a transformer (`bert`); or words by TF-IDF that the head stands on itself (`none`)",
      flag: "--encoder",
    },
    size: {
      type: "choice",
      choices: SIZES,
      ofEach: true,
      description: "Size of the encoder `bert` of an extreme classifier: as of `bert`",
      flag: "--model-size",
    },
    ...{ layers: LAYERS, heads: HEADS },
    pooling: {
      type: "choice",
      choices: BERT_POOLINGS,
      ofEach: true,
      description:
        "What becomes of the positions of a text that an extreme classifier reads by `bert`: their `mean` (the default), or the first one, `[CLS]` (`token`)",
      flag: "--pooling",
    },
    inputs: {
      type: "choice",
      choices: ["centroid", "random"],
      description:
        "Inputs that labels begin with where the encoder is `none`: the features that are largest in the mean of a label's examples (`centroid`, the default), or random ones",
      flag: "--inputs",
    },
    width: WIDTH,
    activation: {
      type: "choice",
      choices: CLASSIFIER_ACTIVATIONS,
      description:
        "What follows the layer norm of the numbers that words of an extreme classifier become: a ReLU (`relu`, the default of runs that do not say it), or nothing (`none`, the default of `filigree xmc train`)",
      flag: "--activation",
    },
    vectors: {
      type: "text",
      description:
        "Folder with vectors that words of an extreme classifier begin with, such as `filigree data prepare vectors` writes; its width is theirs by default. Words without one begin as zeros",
      flag: "--vectors",
    },
    frozenVectors: {
      type: "boolean",
      description:
        "Whether words keep the vectors that they begin with (`--vectors`), and those without one zeros; false by default",
      flag: "--frozen-vectors",
    },
    intermediate: {
      type: "integer",
      least: 1,
      most: WIDEST,
      description:
        "Numbers of a layer before the head of an extreme classifier, more than its width, such as 4096; no such layer by default",
      flag: "--intermediate",
    },
    intermediateActivation: {
      type: "choice",
      choices: CLASSIFIER_ACTIVATIONS,
      description:
        "What follows that layer (`--intermediate`): nothing (`none`, the default), or a ReLU (`relu`), which is for very wide ones, of 16384 and more",
      flag: "--intermediate-activation",
    },
    auxiliary: {
      type: "integer",
      least: 2,
      most: WIDEST,
      description:
        "Clusters of labels that an extreme classifier learns beside them at first, such as 2048, so that the head sends a clearer gradient to what is before it; none by default",
      flag: "--auxiliary",
    },
    denseLabels: {
      type: "integer",
      least: 1,
      most: WIDEST,
      description:
        "Most frequent labels that read all numbers before the head of an extreme classifier, a multiple of 64, such as 1024; none by default",
      flag: "--dense-labels",
    },
    spread: {
      type: "boolean",
      description:
        "Whether each rank of `mpirun` has some labels of the head of an extreme classifier and takes whole batches, so that a head fits that is too large for one machine; by default ranks share the examples",
      flag: "--spread",
    },
    grouping: {
      type: "choice",
      choices: ["similarity", "data"],
      description:
        "Which labels share their inputs in groups such as `group-16:32`: those whose examples are alike (`similarity`, the default of `filigree xmc train`), or those that follow one another in the data (`data`)",
      flag: "--grouping",
    },
    dropout: DROPOUT,
    neighbours: {
      type: "integer",
      least: 1,
      most: WIDEST,
      description:
        "Nearest rows to train with that vote for their labels beside the head of an extreme classifier, such as 10; none by default",
      flag: "--neighbours",
    },
    neighbourWeight: {
      type: "number",
      above: 0,
      description:
        "What a vote adds to the score of a label: so much times the squared cosine of the row (`--neighbours`); 1 by default",
      flag: "--neighbour-weight",
    },
  },
  make(values, given) {
    const { features, labels, preferred, positions, trained, sparseLayers, ...own } = given;
    const { parallel = single(), ...head } = own;
    const { encoder, inputs = "centroid", width: asked = USUAL_WIDTH } = values;
    const { intermediate, auxiliary: clusters, dropout, frozenVectors: frozenWords } = values;
    const { intermediateActivation, denseLabels, spread, activation = "relu" } = values;
    const text = { vocabulary: features, positions, trained, sparseLayers };
    const bert = encoder === "bert" ? textEncoder(values, text) : undefined;
    const width = encoder === "none" ? 0 : bert?.width ?? asked;
    const chosen = width === 0 && inputs === "centroid" ? preferred : undefined;
    const model = extremeClassifier({
      ...{ features, labels, width, ...head },
      ...(width === 0 ? {} : { activation }),
      ...(spread === true ? { spread: parallel } : {}),
      ...(bert === undefined ? {} : { encoder: bert.encoder }),
      ...(chosen === undefined ? {} : { preferred: chosen(fanInOf(given.pattern, features)) }),
      ...(intermediate === undefined ? {} : { intermediate }),
      ...(intermediateActivation === undefined ? {} : { intermediateActivation }),
      ...(clusters === undefined ? {} : { clusters }),
      ...(denseLabels === undefined ? {} : { denseLabels }),
      ...(dropout === undefined ? {} : { dropout }),
      ...(frozenWords === undefined ? {} : { frozenWords }),
    });
    const sizes = [
      ...[...bert === undefined ? [features] : [], ...width === 0 ? [] : [width]],
      ...[...intermediate === undefined ? [] : [intermediate], labels],
    ];
    const read = bert === undefined ? "" : `${bert.called}, ${features} pieces, `;
    return { model, summary: read + sizes.join("-") };
  },
});

/** What an encoder of texts is made for. */
interface TextGiven {
  readonly vocabulary: number;
  readonly positions: number;
  readonly trained: RankerGiven["trained"];
  readonly sparseLayers: RankerGiven["sparseLayers"];
}

/** A BERT, how many numbers it gives, and what it is called. */
function textEncoder(
  values: SizeValues & { readonly pooling?: BertPooling },
  { vocabulary, positions, trained, sparseLayers = [] }: TextGiven,
) {
  const { size, called } = trained === undefined
    ? chosenSize("bert", values)
    : { size: trained, called: `bert of ${trained.layers} layers of ${trained.features}` };
  const { pooling } = values;
  const encoder = bertEncoder({
    ...{ size, vocabulary, positions, ...trained, sparseLayers },
    ...(pooling === undefined ? {} : { pooling }),
  });
  return { encoder, width: size.features, called };
}

/** Inputs of a label. */
function fanInOf(pattern: PatternSpec, features: number): number {
  return geometryOf(pattern, 1, features).budget;
}
