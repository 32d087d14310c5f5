/**
 * Pairs of stretches of text, of which the second one follows the first one or does not: what BERT learns next-sentence
 * prediction of (Devlin et al., 2019, and its released `create_pretraining_data.py`). Where the second one does not follow, it
 * is of another document of the same source: of another source it would be told by its words alone.
 *
 * @module
 */
import type { Random } from "../../device/random.ts";
import type { Corpus } from "./corpus.ts";
import { lastNotAbove, type Part, type PartSource } from "./parts.ts";

/** Tokens of a corpus, by their places: those from `begin` on and before `end`. */
export interface Stretch {
  /** The first. */
  readonly begin: number;
  /** Behind the last. */
  readonly end: number;
}

/** Two stretches. */
export interface Pair {
  /** The first. */
  readonly first: Stretch;
  /** The second; it may be empty where a source has one sentence alone. */
  readonly second: Stretch;
  /** Whether it follows. */
  readonly follows: boolean;
}

/** How pairs are made. */
export interface PairOptions {
  /** Most tokens of a pair. */
  readonly most: number;
  /** Share of pairs that are of fewer tokens, as what a model reads later is. */
  readonly short: number;
}

/** How often a document is drawn in the hope that it is another one. */
const TRIES = 10;

/** Sentences by number: those from `first` on and before `end`, of a run. */
interface Sentences {
  readonly first: number;
  readonly end: number;
  readonly run: number;
}

/** Makes the pairs of a part. */
export class Pairs {
  readonly #starts: Uint32Array;
  readonly #part: Part;
  readonly #options: PairOptions;

  /** Of a part of a corpus. */
  constructor({ sentences }: Corpus, part: Part, options: PairOptions) {
    this.#starts = sentences;
    this.#part = part;
    this.#options = options;
  }

  /**
   * The pair that a token of a source is in.
   *
   * @param token Place of the token among those of the source in the part.
   */
  at(source: PartSource, token: number, random: Random): Pair {
    const { most, short } = this.#options;
    const target = random.uniform() < short ? 2 + random.below(most - 1) : most;
    const chosen = this.#around(source, token, target);
    const { first, end } = chosen;
    const cut = end - first > 1 ? first + 1 + random.below(end - first - 1) : end;
    const one = this.#stretch(first, cut);
    const other = cut === end || random.uniform() < 0.5
      ? this.#other(source, chosen, random)
      : undefined;
    if (other !== undefined) {
      const last = this.#full(other, target - (one.end - one.begin));
      return this.#shortened(one, this.#stretch(other.first, last), false, random);
    }
    return this.#shortened(one, this.#stretch(cut, end), true, random);
  }

  /** The sentences from that of a token on, as many as fill a pair; where the run ends, those before it too. */
  #around({ begin, end: behind }: PartSource, token: number, target: number): Sentences {
    const part = this.#part, starts = this.#starts;
    const place = part.tokensBefore[begin] + token;
    const run = lastNotAbove(part.tokensBefore, place, begin, behind);
    const [runFirst, runEnd] = [part.first[run], part.end[run]];
    const own = starts[runFirst] + place - part.tokensBefore[run];
    let first = lastNotAbove(starts, own, runFirst, runEnd);
    let end = this.#full({ first, end: runEnd, run }, target);
    // Two at least, so that one may follow the other.
    if (end - first < 2 && end < runEnd) end++;
    while (first > runFirst && (end - first < 2 || starts[end] - starts[first] < target)) first--;
    return { first, end, run };
  }

  /** Behind the sentence with which there are so many tokens. */
  #full({ first, end }: Sentences, target: number): number {
    let last = first + 1;
    while (last < end && this.#starts[last] - this.#starts[first] < target) last++;
    return last;
  }

  /** Sentences that do not follow: of another document if there is one, and never of those that were chosen. */
  #other(source: PartSource, chosen: Sentences, random: Random): Sentences | undefined {
    const { sentencesBefore, first, end, document } = this.#part;
    const begin = sentencesBefore[source.begin];
    const count = sentencesBefore[source.end] - begin;
    for (let tries = source.documents > 1 ? 0 : TRIES; tries < 2 * TRIES; tries++) {
      const place = begin + random.below(count);
      const run = lastNotAbove(sentencesBefore, place, source.begin, source.end);
      if (tries < TRIES && document[run] === document[chosen.run]) continue;
      const sentence = first[run] + place - sentencesBefore[run];
      if (sentence >= chosen.first && sentence < chosen.end) continue;
      // Those that were chosen may come behind it.
      const last = sentence < chosen.first ? Math.min(end[run], chosen.first) : end[run];
      return { first: sentence, end: last, run };
    }
    return undefined;
  }

  #stretch(first: number, end: number): Stretch {
    return { begin: this.#starts[first], end: this.#starts[end] };
  }

  /** Takes tokens from the longer one, from its beginning or its end, until a pair has no more than it may. */
  #shortened(one: Stretch, two: Stretch, follows: boolean, random: Random): Pair {
    const { most } = this.#options;
    let [first, second] = [this.#near(one, random), this.#near(two, random)];
    let bits = 0, left = 0;
    const isFirst = (): boolean => {
      if (left === 0) [bits, left] = [random.next(), 32];
      return (bits >>> --left & 1) === 1;
    };
    while (first.end - first.begin + second.end - second.begin > most) {
      const isLonger = first.end - first.begin > second.end - second.begin;
      const { begin, end } = isLonger ? first : second;
      const rest = isFirst() ? { begin: begin + 1, end } : { begin, end: end - 1 };
      if (isLonger) first = rest;
      else second = rest;
    }
    return { first, second, follows };
  }

  /** A stretch far longer than a pair is cut at once: anywhere in it. */
  #near({ begin, end }: Stretch, random: Random): Stretch {
    const most = 2 * this.#options.most;
    if (end - begin <= most) return { begin, end };
    const from = begin + random.below(end - begin - most + 1);
    return { begin: from, end: from + most };
  }
}
