/**
 * Reads a corpus to the last token: compares its files with what is said of them, and counts.
 *
 * @module
 */
import { sha256 } from "../digest.ts";
import { DataFormatError } from "../errors.ts";
import { join } from "../files.ts";
import { digestOf } from "../fingerprint.ts";
import { type Corpus, DIGESTED } from "./corpus.ts";
import { isHeldOut } from "./parts.ts";

/** What is in a corpus. */
export interface CorpusCounts {
  /** Tokens to train with. */
  readonly train: number;
  /** Tokens to test with. */
  readonly test: number;
  /** Different pieces that come. */
  readonly pieces: number;
  /** Words that are none of the vocabulary. */
  readonly unknown: number;
  /** How often the most frequent token comes. */
  readonly mostFrequent: number;
}

/**
 * Verifies a corpus.
 *
 * @throws {DataFormatError} if a file is another one than was written, or a token is not below the vocabulary.
 * @example
 * ```ts
 * import { openCorpus, Tokenizer, verifyCorpus, Vocabulary, writeCorpus } from "@filigree/filigree/tokens";
 *
 * const folder = `${await Deno.makeTempDir()}/counting`;
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "."];
 * const documents = () => [Array.from({ length: 40 }, () => "One, two.")];
 * await writeCorpus(folder, {
 *   name: "counting",
 *   sources: [{ name: "made", documents }],
 *   tokenizer: new Tokenizer(new Vocabulary(pieces)),
 * });
 * const { train, test, pieces: different, unknown } = await verifyCorpus(folder, await openCorpus(folder));
 * console.assert(train === 152 && test === 8 && different === 4 && unknown === 40);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function verifyCorpus(
  folder: string | URL,
  { manifest, tokenizer, sentences, open }: Corpus,
): Promise<CorpusCounts> {
  for (const [name, expected] of Object.entries(manifest.files)) {
    const size = name.endsWith(".bin") ? name === "tokens.bin" ? manifest.bytes : 4 : undefined;
    await requireDigest(join(folder, name), expected, size);
  }
  const often = new Uint32Array(manifest.vocabulary);
  const parts = { train: 0, test: 0 };
  using reader = open();
  for (let sentence = 0; sentence < manifest.sentences; sentence++) {
    const tokens = new Uint32Array(sentences[sentence + 1] - sentences[sentence]);
    reader.read(sentences[sentence], tokens);
    for (const token of tokens) often[token]++;
    parts[isHeldOut(sentence, manifest.heldOut) ? "test" : "train"] += tokens.length;
  }
  return {
    ...parts,
    pieces: often.reduce((count, times) => count + (times > 0 ? 1 : 0), 0),
    unknown: often[tokenizer.vocabulary.special.unknown],
    mostFrequent: often.reduce((most, times) => Math.max(most, times)),
  };
}

/** @param size Bytes of a number; a text is digested as a whole. */
async function requireDigest(
  path: string | URL,
  expected: string,
  size: number | undefined,
): Promise<void> {
  const digest = size === undefined
    ? await digestOf(await Deno.readTextFile(path))
    : await digestOfNumbers(path, size * DIGESTED);
  if (digest === expected) return;
  throw new DataFormatError(
    String(path),
    0,
    `its digest is ${digest}; expected ${expected}, that of what was written`,
  );
}

async function digestOfNumbers(path: string | URL, bytes: number): Promise<string> {
  const content = await Deno.readFile(path);
  const digests: string[] = [];
  for (let at = 0; at < content.length; at += bytes) {
    digests.push(await sha256(content.subarray(at, at + bytes)));
  }
  return await digestOf(digests.join());
}
