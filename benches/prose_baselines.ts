/**
 * `deno run -A benches/prose_baselines.ts FOLDER... [--positions 128]`: what counting alone tells of the held-out part of a corpus: the numbers that
 * a model has to pass. The share of tokens that are the most frequent one, the most frequent behind the left neighbour, before the
 * right one, and between both (where both never stood together, by the right one, then the left one); the cross-entropy of
 * frequencies; how many of the tokens that a model is to tell, by what it sees beside them, of which whole words are masked;
 * and how many pairs a threshold of the overlap of their words tells apart. Prints a line of JSON for each folder.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Batch } from "../src/data/source.ts";
import { isHeldOut } from "../src/data/tokens/parts.ts";
import {
  type Corpus,
  openCorpus,
  openPretrainingCorpus,
  type PretrainingName,
} from "../src/data/tokens/mod.ts";

/** Examples of which a threshold is found. */
const EXAMPLES = 8192;

/** Added to every count of a frequency. */
const ADDED = 0.5;

const { values: flags, positionals: folders } = parseArgs({
  options: { positions: { type: "string", default: "128" } },
  allowPositionals: true,
});
for (const folder of folders) {
  const corpus = await openCorpus(folder);
  const [train, test] = [tokensOf(corpus, false), tokensOf(corpus, true)];
  const counted = countedIn(train, corpus.manifest.vocabulary);
  const neighbours = byNeighbours(train, test, counted);
  const masked = await maskedOf(folder, counted);
  const pairs = await overlapOf(folder, train.length, counted);
  console.log(
    JSON.stringify({
      folder,
      train: train.length,
      test: test.length,
      ...neighbours,
      masked,
      pairs,
    }),
  );
}

/** The tokens of a part, one sentence behind the other. */
function tokensOf({ manifest, sentences, open }: Corpus, test: boolean): Uint32Array {
  using reader = open();
  const tokens = new Uint32Array(manifest.tokens);
  let count = 0;
  for (let sentence = 0; sentence < manifest.sentences; sentence++) {
    if (isHeldOut(sentence, manifest.heldOut) !== test) continue;
    const length = sentences[sentence + 1] - sentences[sentence];
    reader.read(sentences[sentence], tokens.subarray(count, count + length));
    count += length;
  }
  return tokens.subarray(0, count);
}

/** What counting the tokens of a part says: how often each comes, and which comes most often, beside none, one or two others. */
interface Counted {
  readonly often: Float64Array;
  readonly most: number;
  left(token: number): number | undefined;
  right(token: number): number | undefined;
  /** By both neighbours; where those never stood together by the right one, then the left one, then none. */
  between(left: number | undefined, right: number | undefined): number;
}

function countedIn(train: Uint32Array, vocabulary: number): Counted {
  const often = new Float64Array(vocabulary);
  for (const token of train) often[token]++;
  const [left, right, both] = [
    (tokens: Uint32Array, at: number) => tokens[at - 1],
    (tokens: Uint32Array, at: number) => tokens[at + 1],
    (tokens: Uint32Array, at: number) => tokens[at - 1] * vocabulary + tokens[at + 1],
  ].map((context) => mostFrequentIn(train, context, vocabulary));
  const most = often.reduce((best, count, token) => count > often[best] ? token : best, 0);
  const told = (known: Map<number, number>, context: number | undefined) =>
    context === undefined ? undefined : known.get(context);
  return {
    ...{ often, most },
    left: (token) => left.get(token),
    right: (token) => right.get(token),
    between(before, behind) {
      const beside = before === undefined || behind === undefined
        ? undefined
        : before * vocabulary + behind;
      return told(both, beside) ?? told(right, behind) ?? told(left, before) ?? most;
    },
  };
}

/** Shares of tokens, in per cent, that what stands beside them tells. */
function byNeighbours(
  train: Uint32Array,
  test: Uint32Array,
  { often, most, left, right, between }: Counted,
) {
  const share = (told: (before: number, behind: number) => number | undefined): number => {
    let right = 0;
    for (let at = 1; at + 1 < test.length; at++) {
      if (told(test[at - 1], test[at + 1]) === test[at]) right++;
    }
    return percent(right / (test.length - 2));
  };
  const all = train.length + ADDED * often.length;
  const sum = test.reduce((sum, token) => sum - Math.log((often[token] + ADDED) / all), 0);
  return {
    mostFrequent: share(() => most),
    left: share(left),
    right: share((_, behind) => right(behind)),
    both: share(between),
    crossEntropy: Number((sum / test.length).toFixed(3)),
  };
}

/** Per cent of the tokens that a model is to tell of the held-out part, by the tokens beside them that it sees. */
async function maskedOf(folder: string, { between }: Counted) {
  const { test, vocabulary } = await openPretrainingCorpus(folder, {
    positions: Number(flags.positions),
  });
  const { begin, separator, mask } = vocabulary.special;
  const unseen = new Set([begin, separator, mask]);
  let told = 0, asked = 0;
  for await (const batch of test.epoch(0, { batchSize: 32, seed: 0, shuffle: false })) {
    for (let column = 0; column < batch.examples; column++) {
      const { text, places, words } = exampleOf(batch, column);
      const seen = (at: number) => unseen.has(text[at]) ? undefined : text[at];
      for (const [i, place] of places.entries()) {
        asked++;
        if (between(seen(place - 1), seen(place + 1)) === words[i]) told++;
      }
    }
  }
  return { tokens: asked, both: percent(told / asked) };
}

/** What a model sees of an example, up to its last token, and what it is to tell. */
function exampleOf({ arrays }: Batch<PretrainingName>, column: number) {
  const of = (array: ArrayLike<number>) =>
    Array.from({ length: array.length / 32 }, (_, i) => array[32 * i + column]);
  const length = of(arrays.mask).reduce((sum, one) => sum + one, 0);
  const count = of(arrays.weights).reduce((sum, one) => sum + one, 0);
  return {
    text: of(arrays.tokens).slice(0, length),
    segments: of(arrays.segments).slice(0, length),
    places: of(arrays.places).slice(0, count),
    words: of(arrays.words).slice(0, count),
  };
}

/** The most frequent token in each context; of equally frequent ones the lowest. */
function mostFrequentIn(
  tokens: Uint32Array,
  context: (tokens: Uint32Array, at: number) => number,
  vocabulary: number,
): Map<number, number> {
  const keys = new Float64Array(tokens.length - 2);
  for (let at = 1; at + 1 < tokens.length; at++) {
    keys[at - 1] = context(tokens, at) * vocabulary + tokens[at];
  }
  keys.sort();
  const best = new Map<number, number>(), counts = new Map<number, number>();
  for (let begin = 0, end = 0; begin < keys.length; begin = end) {
    while (end < keys.length && keys[end] === keys[begin]) end++;
    const where = Math.floor(keys[begin] / vocabulary);
    if (end - begin <= (counts.get(where) ?? 0)) continue;
    counts.set(where, end - begin);
    best.set(where, keys[begin] - where * vocabulary);
  }
  return best;
}

/** Per cent of the pairs to test with that a threshold tells, which is found on pairs to train with. */
async function overlapOf(folder: string, tokens: number, { often }: Counted) {
  const { train: learnt, test } = await openPretrainingCorpus(folder);
  const scoresOf = async (source: typeof test) => {
    const scores: { score: number; follows: boolean }[] = [];
    for await (const batch of source.epoch(0, { batchSize: 32, seed: 0, shuffle: true })) {
      for (let column = 0; column < batch.examples; column++) {
        const score = overlapIn(
          batch,
          column,
          (token) => Math.log(tokens / (often[token] + 1)),
        );
        scores.push({ score, follows: batch.arrays.next[column] === 0 });
      }
      if (scores.length >= EXAMPLES) break;
    }
    return scores;
  };
  const known = (await scoresOf(learnt)).sort((a, b) => a.score - b.score);
  // Below the threshold none follows: with each pair that goes below it one more is right, or one less.
  let right = known.filter(({ follows }) => follows).length, best = right, threshold = -Infinity;
  for (const { score, follows } of known) {
    right += follows ? -1 : 1;
    if (right > best) [best, threshold] = [right, score];
  }
  const asked = await scoresOf(test);
  const told = asked.filter(({ score, follows }) => score > threshold === follows).length;
  return { examples: asked.length, overlap: percent(told / asked.length) };
}

/** The weight of the different tokens of the second stretch that the first one has too, over that of all of them. */
function overlapIn(
  batch: Batch<PretrainingName>,
  column: number,
  weight: (token: number) => number,
): number {
  const { text, segments, places, words } = exampleOf(batch, column);
  for (const [i, place] of places.entries()) text[place] = words[i];
  const first = new Set(text.filter((_, i) => i > 0 && segments[i] === 0));
  const second = new Set(text.filter((_, i) => i < text.length - 1 && segments[i] === 1));
  let common = 0, all = 0;
  for (const token of second) {
    all += weight(token);
    if (first.has(token)) common += weight(token);
  }
  return common / all;
}

function percent(share: number): number {
  return Number((100 * share).toFixed(2));
}
