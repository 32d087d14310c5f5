/**
 * The files of a corpus.
 *
 * @module
 */
import { DataFormatError } from "../../src/data/errors.ts";
import { openPretrainingCorpus } from "../../src/data/tokens/mod.ts";
import { madeSource, withCorpus } from "../tokens_corpora.ts";
import type { Target } from "./target.ts";

/** The files of a corpus; the last one is read as the others are. */
const NAMES = ["corpus.json", "tokenizer.json", "tokens.bin", "sentences.bin", "documents.bin"];

/** A small corpus, of which one file after the other is damaged. */
export async function corpusTarget(): Promise<Target> {
  const folder = await Deno.makeTempDir();
  const files: Uint8Array[] = [];
  await withCorpus(
    async (made) => {
      for (const name of NAMES) {
        const bytes = await Deno.readFile(`${made}/${name}`);
        await Deno.writeFile(`${folder}/${name}`, bytes);
        files.push(bytes);
      }
    },
    [madeSource("first", { documents: 4, sentences: 20 })],
    80,
  );
  return {
    name: "corpus",
    files,
    errors: [DataFormatError],
    async read(bytes, file) {
      await Deno.writeFile(`${folder}/${NAMES[file]}`, bytes);
      try {
        const { train, test } = await openPretrainingCorpus(folder, { positions: 16 });
        for (const source of [train, test]) {
          let examples = 0;
          const options = { batchSize: 32, seed: 0, shuffle: false };
          for await (const batch of source.epoch(0, options)) examples += batch.examples;
          if (examples === 0 || examples !== source.examples) {
            throw new Error(`Cannot read: there are ${examples} examples of ${source.examples}`);
          }
        }
      } finally {
        await Deno.writeFile(`${folder}/${NAMES[file]}`, files[file]);
      }
    },
  };
}
