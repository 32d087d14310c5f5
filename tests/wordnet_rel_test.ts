/**
 * WordNet-Rel-147K: what labels of a row are, and the counts of the whole.
 *
 * @module
 */
import assert from "node:assert/strict";
import { wordnetSet, writeWordnet } from "../src/cli/corpora/wordnet.ts";
import { WORDNET_PACKAGE } from "../src/cli/data_sets/wordnet_files.ts";
import { packageFolder } from "../src/cli/deps.ts";
import { readManyLabels } from "../src/data/labels/set.ts";
import { say } from "./in_process.ts";

/** A file of synsets, each of which begins at the byte that it says. */
function fileOf(synsets: readonly ((offset: (i: number) => string) => string)[]): string {
  const offsets: string[] = [];
  const write = (): string => {
    let text = "  1 licence\n";
    for (const [i, synset] of synsets.entries()) {
      offsets[i] = String(text.length).padStart(8, "0");
      text += `${offsets[i]} ${synset((other) => offsets[other] ?? "00000000")}  \n`;
    }
    return text;
  };
  write();
  return write();
}

const NOUNS = fileOf([
  (at) =>
    `03 n 02 Big_Cat 0 feline(p) 0 002 ~ ${at(1)} n 0000 ! ${
      at(1)
    } n 0101 | a "large" animal; "it roars"`,
  (at) => `05 n 01 lion 0 002 @ ${at(0)} n 0000 + 00000012 v 0101 | king of beasts`,
]);
const VERBS = fileOf([() => `38 v 01 roar 1 000 01 + 08 00 | make a loud noise`]);
const OTHERS = fileOf([() => `00 a 01 loud 0 000 | not quiet`]);

Deno.test("wordnetSet() labels a gloss with its words and those that it points to", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = { noun: NOUNS, verb: VERBS, adj: OTHERS, adv: OTHERS.replace(" a 01", " r 01") };
    for (const [speech, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/data.${speech}`, text);
    }
    const { names, train, test } = await wordnetSet(folder);
    const rows = [...train, ...test].sort((a, b) => a.uid < b.uid ? -1 : 1)
      .map(({ text, labels }) => [text, labels.map((label) => names[label])]);
    assert.deepEqual(names, ["big cat", "feline", "lion", "loud", "roar"]);
    assert.deepEqual(rows, [
      ["not quiet", ["loud"]],
      ["a  animal", ["big cat", "feline", "lion"]],
      // Antonyms (!) make no labels; derived words (+) of other parts of speech do.
      ["king of beasts", ["big cat", "feline", "lion", "roar"]],
      ["not quiet", ["loud"]],
      ["make a loud noise", ["roar"]],
    ]);
    const verbs = await wordnetSet(folder, { verbs: true, labelText: true });
    assert.deepEqual([verbs.names, verbs.train.at(-1)], [["roar"], {
      uid: "l0",
      text: "roar",
      labels: [0],
    }]);
    const words = await writeWordnet(`${folder}/out`, { names, train, test });
    const set = await readManyLabels(`${folder}/out`);
    assert.deepEqual([...set.labelTexts ?? []], names);
    assert.equal(set.train.texts?.rows, train.length);
    const { train: { features } } = await readManyLabels(`${folder}/out`, { layout: "one-file" });
    assert.equal(features?.columns, words);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("wordnetSet() gives WordNet-Rel-147K of the package", async () => {
  const { names, train, test } = await wordnetSet(await packageFolder(WORDNET_PACKAGE, "dict/"));
  const counts = new Uint32Array(names.length);
  for (const { labels } of train) for (const label of labels) counts[label]++;
  const slots = test.flatMap(({ labels }) => labels);
  const unseen = slots.filter((label) => counts[label] === 0);
  assert.deepEqual([train.length, test.length, names.length], [105_827, 11_964, 147_478]);
  assert.deepEqual([slots.length, unseen.length], [83_460, 2_018]);
  // Labels that come 0, 1, 2, to 5, 10, 20, 50, 100 times, and more often.
  const ends = [0, 1, 2, 5, 10, 20, 50, 100, Infinity];
  const bins = ends.map(() => 0);
  for (const count of counts) bins[ends.findIndex((end) => count <= end)]++;
  assert.deepEqual(bins, [1_461, 18_877, 49_847, 48_186, 16_274, 7_995, 3_820, 768, 250]);
});

Deno.test("data prepare refuses options of other data", async () => {
  const refused = async (args: string, message: RegExp): Promise<void> => {
    const { code, err } = await say(args.split(" "));
    assert.equal(code, 2);
    assert.match(err, message);
  };
  await refused("data prepare wordnet --rows 5", /"--rows" applies to synthetic, not to wordnet/);
  await refused(
    "data prepare synthetic --label-text",
    /"--label-text" applies to wordnet, not to syn/,
  );
  await refused(
    "data prepare wordnet --cased",
    /"--cased" applies to prose and text, not to wordnet/,
  );
  await refused("data prepare mnist --verbs", /"--verbs" applies to wordnet, not to mnist/);
  await refused(
    "data prepare wordnet --out src",
    /there is ".*" in it; expected a folder that is not/,
  );
});
