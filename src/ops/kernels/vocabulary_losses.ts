/**
 * The losses of some columns of a softmax over a vocabulary, out of that of its parts (softmax_parts.ts). `logits` and `parts`
 * are of `columns` columns; `words`, `shares`, `losses` and `right` are of all, of which these begin with column `begin`.
 * `losses[c]` is `shares[c]` times the cross-entropy of a column (cross_entropy.ts), `right[c]` is `shares[c]` where the
 * column's largest logit is that of its word, the lowest word among equals, else 0; both are 0 where `shares[c]` is. The
 * other columns of both stay. `statistics` [2, columns] holds the largest logit and 1 / sum of exp(logit - largest).
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { wordsOf } from "./softmax_parts.ts";

/** The kernel `vocabulary_losses`. */
export const vocabularyLosses: Kernel = {
  name: "vocabulary_losses",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "parts", access: "read", type: "f32" },
    { name: "words", access: "read", type: "u32" },
    { name: "shares", access: "read", type: "f32" },
    { name: "statistics", access: "write", type: "f32" },
    { name: "losses", access: "readwrite", type: "f32" },
    { name: "right", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "vocabulary", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "begin", type: "u32" },
    { name: "labelShare", type: "f32" },
    { name: "classShare", type: "f32" },
  ],
  gpu: {
    dispatches({ vocabulary, columns }, traits) {
      const { size, count } = wordsOf(vocabulary);
      return stepping(2 * (count + 1) + size + 1, overItems(columns, traits))
        .map((dispatch) => ({ ...dispatch, constants: { PART: size } }));
    },
  },
};
