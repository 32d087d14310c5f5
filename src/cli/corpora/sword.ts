/**
 * Texts of SWORD modules (CrossWire's format of Bibles and commentaries), compressed ones: of a testament `?zz` holds blocks in
 * zlib, `?zs` says where each lies (12 bytes: offset, size, size of the text), `?zv` in which block, where and how long the
 * entry of each verse is (10 bytes, or 12 where sizes have four bytes). All numbers are little-endian.
 *
 * @module
 */
import { DataFormatError } from "../../data/errors.ts";
import { inflated } from "./inflated.ts";
import { paragraphsIn } from "./markup.ts";

/** A module. */
export interface SwordModule {
  /** Folder of its files. */
  readonly folder: string;
  /** What names of files have behind the testament: `b` where a block is a book, `c` where it is a chapter. */
  readonly blocks: "b" | "c";
  /** Bytes of an entry of the index. */
  readonly entry: 10 | 12;
}

/** Where a chapter begins. */
const CHAPTER = /<chapter\b[^>]*\bsID=/;

/** The chapters of a module, each as its paragraphs. */
export async function* swordChapters(module: SwordModule): AsyncGenerator<string[]> {
  for (const testament of ["ot", "nt"]) {
    const path = `${module.folder}/${testament}.${module.blocks}`;
    let text = "";
    let before = "";
    const { blocks, entries } = await filesOf(path, module);
    for (const { block, at, size } of entries) {
      const key = `${block} ${at} ${size}`;
      // Verses may share an entry.
      if (size === 0 || key === before) continue;
      before = key;
      const verse = verseOf(blocks, { block, at, size }, path);
      const chapter = CHAPTER.exec(verse)?.index;
      if (chapter === undefined) {
        text += `${verse} `;
        continue;
      }
      yield paragraphsIn(text + verse.slice(0, chapter));
      text = `${verse.slice(chapter)} `;
    }
    yield paragraphsIn(text);
  }
}

/** Where an entry lies. */
interface Entry {
  readonly block: number;
  readonly at: number;
  readonly size: number;
}

/** Blocks of a testament; the last one that was asked for is kept. */
interface Blocks {
  /** A block, if there is one. */
  of(number: number): Uint8Array | undefined;
}

async function filesOf(path: string, { entry }: SwordModule) {
  const [where, packed, index] = await Promise.all(
    ["zs", "zz", "zv"].map((ending) => Deno.readFile(path + ending)),
  );
  const view = new DataView(where.buffer);
  let known = -1;
  let content = new Uint8Array(0);
  const blocks: Blocks = {
    of(number) {
      if (12 * (number + 1) > where.length) return undefined;
      if (number === known) return content;
      const [offset, size] = [0, 4].map((at) => view.getUint32(12 * number + at, true));
      content = inflated(packed.subarray(offset, offset + size), `${path}zz`, offset);
      known = number;
      return content;
    },
  };
  if (index.length % entry !== 0) {
    throw new DataFormatError(
      `${path}zv`,
      index.length,
      `the file ends here; expected entries of ${entry} bytes`,
    );
  }
  return { blocks, entries: entriesIn(new DataView(index.buffer), entry) };
}

function* entriesIn(view: DataView, size: number): Generator<Entry> {
  for (let at = 0; at < view.byteLength; at += size) {
    yield {
      block: view.getUint32(at, true),
      at: view.getUint32(at + 4, true),
      size: size === 12 ? view.getUint32(at + 8, true) : view.getUint16(at + 8, true),
    };
  }
}

function verseOf(blocks: Blocks, { block, at, size }: Entry, path: string): string {
  const content = blocks.of(block);
  if (content !== undefined && at + size <= content.length) {
    return new TextDecoder().decode(content.subarray(at, at + size));
  }
  throw new DataFormatError(
    `${path}zv`,
    0,
    `an entry is of ${size} bytes from ${at} on in block ${block}; expected one within a block`,
  );
}
