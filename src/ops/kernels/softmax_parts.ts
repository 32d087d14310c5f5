/**
 * The softmax of parts of columns, of which `vocabulary_losses` makes that of the columns. Parts are of {@linkcode wordsOf}
 * rows of `logits` [vocabulary, columns], but for the last one; of each `parts` [3, parts, columns] holds the largest logit, the
 * sum of exp(logit - largest), and that of (logit - largest).
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { type Parts, partsOf } from "./parts.ts";

/** Words of a part: a block of them stays in the cache for two loops. As in `wasm/src/kernels/softmax_parts.rs`. */
const WORDS = 64;

/** How the columns of a vocabulary are cut. */
export function wordsOf(vocabulary: number): Parts {
  return partsOf(vocabulary, WORDS);
}

/** The kernel `softmax_parts`. */
export const softmaxParts: Kernel = {
  name: "softmax_parts",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "parts", access: "write", type: "f32" },
  ],
  params: [
    { name: "vocabulary", type: "u32" },
    { name: "columns", type: "u32" },
  ],
  gpu: {
    dispatches({ vocabulary, columns }, traits) {
      const { size, count } = wordsOf(vocabulary);
      return stepping(2 * (size + 1), overItems(count * columns, traits))
        .map((dispatch) => ({ ...dispatch, constants: { PART: size } }));
    },
  },
};
