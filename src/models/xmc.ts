/**
 * The model of very many labels as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { type RankerDefinition, type RankerGiven, WIDEST } from "./definition.ts";
import { extremeClassifier } from "./extreme_classifier.ts";
import { DROPOUT, WIDTH } from "./transformer_options.ts";

/** Numbers that the features of an example become where nobody says how many. */
const USUAL_WIDTH = 256;

/** The model of very many labels by name. */
export const definition: RankerDefinition = define({
  name: "xmc",
  description:
    "An extreme classifier: sparse features, and a sparse head with a row for each of very many labels",
  options: {
    encoder: {
      type: "choice",
      choices: ["tfidf", "bag"],
      description:
        "What an extreme classifier reads of texts: words by TF-IDF (`tfidf`, the default), or the mean of all words (`bag`)",
      flag: "--encoder",
    },
    width: WIDTH,
    intermediate: {
      type: "integer",
      least: 1,
      most: WIDEST,
      description:
        "Numbers of a linear layer before the head of an extreme classifier, more than its width, such as 4096; no such layer by default",
      flag: "--intermediate",
    },
    auxiliary: {
      type: "integer",
      least: 2,
      most: WIDEST,
      description:
        "Clusters of labels that an extreme classifier learns beside them at first, such as 2048, so that the head sends a clearer gradient to what is before it; none by default",
      flag: "--auxiliary",
    },
    dropout: DROPOUT,
  },
  make(values, { features, labels, ...given }: RankerGiven) {
    const { width = USUAL_WIDTH, intermediate, auxiliary: clusters, dropout } = values;
    const model = extremeClassifier({
      ...{ features, labels, width, ...given },
      ...(intermediate === undefined ? {} : { intermediate }),
      ...(clusters === undefined ? {} : { clusters }),
      ...(dropout === undefined ? {} : { dropout }),
    });
    const sizes = [features, width, ...intermediate === undefined ? [] : [intermediate], labels];
    return { model, summary: sizes.join("-") };
  },
});
