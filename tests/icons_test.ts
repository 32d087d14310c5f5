/**
 * Icons: what a name says, which become examples, how they are drawn and read.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  choose,
  drawIcons,
  ICON_SIZE,
  type IconSet,
  isTested,
  readSets,
  subjectOf,
  writeIcons,
} from "../src/cli/corpora/icons.ts";
import { definition } from "../src/cli/data_sets/icons.ts";
import { drawerOfIcons } from "../src/cli/deps.ts";
import { isSource } from "../src/data/source.ts";

/** A square of some pixels in the corner of 16. */
const square = (size: number) => ({
  body: `<path fill="currentColor" d="M0 0h${size}v${size}H0z"/>`,
});

const SETS: ReadonlyMap<string, IconSet> = new Map([
  ["one", { icons: { "key-outline": square(8), key: square(8), tree: square(4) } }],
  ["one-sharp", { icons: { "key-24": square(12), "tree_filled": square(6), "24": square(2) } }],
  ["two", { width: 32, height: 16, icons: { "Key": square(16), "car-bold": square(3) } }],
  ["three", { icons: { key: { ...square(5), hidden: true }, tree: square(16) } }],
]);

Deno.test("subjectOf() leaves out words of style and sizes", () => {
  const subjects = ["arrow-left-bold", "Cloud_Upload-24px", "24-outline", "map-16x16", "key2"]
    .map(subjectOf);
  assert.deepEqual(subjects, ["arrow-left", "cloud-upload", "", "map", "key2"]);
});

Deno.test("choose() takes what several families draw, whatever their sets", () => {
  const chosen = choose(SETS, 2);
  assert.deepEqual(chosen.map(({ name, family }) => `${family} ${name}`), [
    ...["one key", "one key", "one tree", "one key", "one tree", "two key", "three tree"],
  ]);
  assert.match(chosen[5].svg, /viewBox="0 0 32 16" width="32" height="32"/);
  assert.deepEqual(choose(SETS, 3), []);
});

Deno.test("drawIcons() holds whole families back, and keeps a picture of a class once", async () => {
  const chosen = choose(SETS, 2);
  const { classNames, train, test } = drawIcons(chosen, await drawerOfIcons());
  assert.deepEqual(classNames, ["key", "tree"]);
  // One of the two keys that are alike is left out.
  assert.equal(train.labels.length + test.labels.length, 6);
  const families = ["one", "one", "one", "one", "two", "three"];
  const labels = [0, 1, 0, 1, 0, 1];
  for (const [part, tested] of [[train, false], [test, true]] as const) {
    const expected = labels.filter((_, i) => isTested(families[i]) === tested);
    assert.deepEqual([...part.labels], expected);
    assert.equal(part.features.length, expected.length * ICON_SIZE ** 2);
  }
  // The first one fills a quarter of the picture.
  const { features } = isTested("one") ? test : train;
  const [inside, outside] = [features[ICON_SIZE * 4 + 4], features[ICON_SIZE * 20 + 20]];
  assert.deepEqual([inside, outside], [255, 0]);
});

Deno.test("isTested() takes about a fifth of the families", () => {
  const families = Array.from({ length: 1000 }, (_, i) => `family ${i}`).filter(isTested);
  assert.ok(families.length > 150 && families.length < 250, `${families.length} of 1000`);
});

Deno.test("readSets() leaves out logos and what is not free, --data icons reads what is written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const set = (category: string, spdx = "MIT") => ({ category, license: { spdx } });
    const infos = {
      one: set("Material"),
      emoji: set("Emoji"),
      paid: set("Material", "CC-BY-NC-4.0"),
      two: { license: {} },
    };
    await Deno.writeTextFile(`${folder}/collections.json`, JSON.stringify(infos));
    await Deno.mkdir(`${folder}/json`);
    for (const name of ["one", "two"]) {
      await Deno.writeTextFile(`${folder}/json/${name}.json`, JSON.stringify(SETS.get(name)));
    }
    const sets = await readSets(new URL(`file://${folder}/`));
    assert.deepEqual([...sets], [["one", SETS.get("one")], ["two", SETS.get("two")]]);
    const part = (labels: number[]) => ({
      features: new Uint8Array(labels.length * ICON_SIZE ** 2).fill(7),
      labels: Uint16Array.from(labels),
    });
    const names = Array.from({ length: 300 }, (_, i) => `class ${i}`);
    const icons = { classNames: names, train: part([299, 0, 5]), test: part([1]) };
    await writeIcons(`${folder}/icons`, icons);
    await assert.rejects(
      writeIcons(`${folder}/icons`, icons),
      /there is "classes.json" in it; expected a folder that is new/,
    );
    const { train, test } = await definition.read?.(`${folder}/icons`) ?? {};
    assert.ok(train !== undefined && !isSource(train) && "labels" in train);
    assert.ok(test !== undefined && !isSource(test) && "labels" in test);
    assert.deepEqual([train.classNames?.[299], train.classes], ["class 299", 300]);
    assert.deepEqual([[...train.labels], [...test.labels]], [[299, 0, 5], [1]]);
    assert.deepEqual(train.image, { channels: 1, height: ICON_SIZE, width: ICON_SIZE });
    assert.equal(test.classes, 300);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
