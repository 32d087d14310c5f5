/**
 * Made texts, and corpora of them: what the tests of tokens share.
 *
 * @module
 */
import { Random } from "../src/device/random.ts";
import {
  countWords,
  type TextSource,
  Tokenizer,
  trainVocabulary,
  writeCorpus,
} from "../src/data/tokens/mod.ts";

const WORDS =
  "the a of and river stone light water house winter morning walked slowly unbelievable returned under over old quiet mountains nevertheless"
    .split(" ");

/** Documents of made sentences. Each begins with its number, so that it is told apart. */
export function madeSource(
  name: string,
  { documents, sentences, seed = 1 }: { documents: number; sentences: number; seed?: number },
): TextSource {
  const random = new Random({ seed, use: "noise" });
  const made = Array.from(
    { length: documents },
    (_, document) =>
      Array.from({ length: sentences }, (_, sentence) => {
        const words = Array.from(
          { length: 3 + random.below(12) },
          () => WORDS[random.below(WORDS.length)],
        );
        return `${name} ${document} ${sentence} ${words.join(" ")}.`;
      }),
  );
  return { name, licence: "made", documents: () => made };
}

/** Calls `body` with the folder of a corpus of made texts. */
export async function withCorpus(
  body: (folder: string, tokenizer: Tokenizer) => Promise<void>,
  sources: readonly TextSource[] = [
    madeSource("first", { documents: 12, sentences: 40 }),
    madeSource("second", { documents: 3, sentences: 70, seed: 2 }),
  ],
  size = 200,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    const tokenizer = new Tokenizer(trainVocabulary(await countWords(sources), { size }));
    const folder = `${parent}/corpus`;
    await writeCorpus(folder, { name: "made", sources, tokenizer });
    await body(folder, tokenizer);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}
