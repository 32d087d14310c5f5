/**
 * The glosses of WordNet: how its files are read, and what of a damaged one is refused.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readWordnetLex } from "../src/cli/data_sets/wordnet_lex.ts";
import { DataFormatError } from "../src/data/errors.ts";

const LICENCE = "  1 This software and database is being provided to you  \n";

/** A synset: file, type, words and gloss, which stand behind the byte at which it begins. */
type Synset = readonly [file: string, type: string, gloss: string];

const NOUNS: readonly Synset[] = [
  ["05", "n", 'a small animal with fur; "the cat sat on the mat"'],
  ["15", "n", "a city in the north"],
  ["05", "n", "an animal that barks"],
];

/** The text of a file, as Princeton writes it. */
function fileOf(synsets: readonly Synset[]): string {
  return synsets.reduce((text, [file, type, gloss]) => {
    const begin = String(text.length).padStart(8, "0");
    return `${text}${begin} ${file} ${type} 01 thing 0 001 @ 00001740 n 0000 | ${gloss}  \n`;
  }, LICENCE);
}

/** Calls `body` with a folder of four files, of which one or the other is changed. */
async function withFiles(
  changed: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const files = {
    noun: fileOf(NOUNS),
    verb: fileOf([["38", "v", "move on foot"]]),
    adj: fileOf([["00", "a", "not old"], ["00", "s", "very new"]]),
    adv: fileOf([["02", "r", "in a slow way"], ["02", "r", "in a slow way"]]),
    ...changed,
  };
  try {
    for (const [speech, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/data.${speech}`, text);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readWordnetLex() gives glosses without examples, and the name of their file", async () => {
  await withFiles({}, async (folder) => {
    const { train, test } = await readWordnetLex(folder);
    const parts = [train, test].map(({ texts, labels, classNames }) =>
      texts.map((text, i) => `${classNames[labels[i]]}: ${text}`)
    );
    assert.deepEqual(parts.flat().sort(), [
      "adj.all: not old",
      "adj.all: very new",
      "adv.all: in a slow way",
      "adv.all: in a slow way",
      "noun.animal: a small animal with fur",
      "noun.animal: an animal that barks",
      "noun.location: a city in the north",
      "verb.motion: move on foot",
    ]);
    // Both of a gloss that comes twice are in one part.
    assert(parts.every((part) => part.filter((each) => each.includes("slow")).length !== 1));
  });
});

Deno.test("readWordnetLex() puts a fifth of the glosses aside, the same ones always", async () => {
  const synsets = Array.from(
    { length: 500 },
    (_, i): Synset => ["05", "n", `animal number ${i}`],
  );
  await withFiles({ noun: fileOf(synsets) }, async (folder) => {
    const { test } = await readWordnetLex(folder);
    // Four deviations of a draw of 500 with 1 in 5.
    assert(Math.abs(test.texts.length - 100) < 36, `${test.texts.length} to test with`);
    assert.deepEqual((await readWordnetLex(folder)).test, test);
  });
});

const DAMAGED: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  "a line is missing": [
    fileOf(NOUNS).replace(/^\d+ 15 .*\n/m, ""),
    /data\.noun" at line 3: the synset says that it begins at byte \d+; expected \d+/,
  ],
  "a line is no synset": [
    fileOf(NOUNS).replace(" | a city", " a city"),
    /data\.noun" at line 3: this is no synset; expected 8 digits/,
  ],
  "a file has no such number": [
    fileOf([["45", "n", "a thing"]]),
    /line 2: the synset is of file 45 and type n; expected a file below 45 and type n/,
  ],
  "a type belongs into another file": [
    fileOf([["05", "v", "a thing"]]),
    /line 2: the synset is of file 05 and type v; expected a file below 45 and type n/,
  ],
  "the end is cut off": [fileOf(NOUNS).slice(0, -3), /the last line has no end/],
  "there is only the licence": [LICENCE, /there is no synset in it; expected a file of WordNet/],
};

for (const [what, [text, message]] of Object.entries(DAMAGED)) {
  Deno.test(`readWordnetLex() refuses a file where ${what}`, async () => {
    await withFiles({ noun: text }, async (folder) => {
      await assert.rejects(readWordnetLex(folder), (error: Error) => {
        assert(error instanceof DataFormatError);
        assert.match(error.message, message);
        return true;
      });
    });
  });
}

Deno.test("readWordnetLex() names a file that is not there", async () => {
  await withFiles({}, async (folder) => {
    await Deno.remove(`${folder}/data.adv`);
    await assert.rejects(readWordnetLex(folder), /there is no "data.adv"; expected it plain or/);
  });
});
