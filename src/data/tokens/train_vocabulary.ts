/**
 * Vocabularies of one's own: pieces that are merged of two, the most frequent pair of neighbours first (byte-pair encoding:
 * Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", ACL 2016, algorithm 1), written as
 * WordPiece writes them. This is also what Hugging Face's `WordPieceTrainer` does; WordPiece's own score by likelihood was never
 * released.
 *
 * The result depends on how often each word comes, and on nothing else: of pairs that come equally often the one whose first
 * piece has the lower number is merged, then the one whose second has.
 *
 * @module
 */
import { CONTINUATION, SPECIAL_PIECES, Vocabulary } from "./vocabulary.ts";

/** Options of {@linkcode trainVocabulary}. */
export interface VocabularyOptions {
  /** Pieces, special ones and characters among them; 8,192 by default. There are fewer if the words do not give as many. */
  readonly size?: number;
  /** Characters that may be pieces, the most frequent ones; 1,000 by default. A word with another one is `[UNK]`. */
  readonly characters?: number;
}

/** How often two pieces have to be neighbours to become one. */
const LEAST = 2;

/** More than pieces can be: a pair is one number. */
const MOST_PIECES = 2 ** 24;

/**
 * Trains a vocabulary.
 *
 * @param counts How often each word comes, as {@linkcode bertWords} cuts texts.
 * @throws {RangeError} if an option is no whole number above 0, or the characters alone are more than the pieces may be.
 * @example
 * ```ts
 * import { trainVocabulary } from "@filigree/filigree/tokens";
 *
 * const counts = new Map([["low", 5], ["lower", 2], ["newest", 6], ["widest", 3]]);
 * const { pieces } = trainVocabulary(counts, { size: 30 });
 * console.assert(pieces.includes("##est") && pieces.includes("low"));
 * ```
 */
export function trainVocabulary(
  counts: ReadonlyMap<string, number>,
  { size = 8192, characters = 1000 }: VocabularyOptions = {},
): Vocabulary {
  for (const [name, value] of Object.entries({ size, characters })) {
    if (Number.isSafeInteger(value) && value > 0 && value <= MOST_PIECES) continue;
    throw new RangeError(
      `Cannot train a vocabulary: ${name} is ${value}; expected a whole number from 1 to ${MOST_PIECES}`,
    );
  }
  const alphabet = alphabetOf(counts, characters);
  const pieces = [...Object.values(SPECIAL_PIECES), ...alphabet.pieces];
  if (pieces.length > size) {
    throw new RangeError(
      `Cannot train a vocabulary of ${size} pieces: ${pieces.length} are special ones and characters; expected more, or fewer characters`,
    );
  }
  const numbers = new Map(pieces.map((piece, number) => [piece, number]));
  const pairs = new PairCounts(wordsOf(counts, alphabet.characters, numbers));
  while (pieces.length < size) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const piece = pieces[pair.first] + pieces[pair.second].slice(CONTINUATION.length);
    // Two pairs can be one piece: a + ##bc, ab + ##c.
    const number = numbers.get(piece) ?? pieces.push(piece) - 1;
    numbers.set(piece, number);
    pairs.merge(pair, number);
  }
  return new Vocabulary(pieces);
}

/** The characters of words, and the pieces of one character. */
function alphabetOf(counts: ReadonlyMap<string, number>, most: number) {
  const frequency = new Map<string, number>();
  const inside = new Set<string>();
  for (const [word, count] of counts) {
    for (const [i, character] of [...word].entries()) {
      frequency.set(character, (frequency.get(character) ?? 0) + count);
      if (i > 0) inside.add(character);
    }
  }
  const characters = [...frequency]
    .sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1))
    .slice(0, most).map(([character]) => character).sort();
  const further = characters.filter((character) => inside.has(character));
  return {
    characters: new Set(characters),
    pieces: [...characters, ...further.map((character) => CONTINUATION + character)],
  };
}

/** A word as pieces. */
interface Word {
  /** Their numbers. */
  pieces: number[];
  /** How often it comes. */
  readonly count: number;
}

function wordsOf(
  counts: ReadonlyMap<string, number>,
  characters: ReadonlySet<string>,
  numbers: ReadonlyMap<string, number>,
): Word[] {
  const words: Word[] = [];
  for (const [word, count] of counts) {
    const all = [...word];
    if (all.length < 2 || !all.every((character) => characters.has(character))) continue;
    const pieces = all.map((character, i) =>
      numbers.get(i === 0 ? character : CONTINUATION + character) ?? 0
    );
    words.push({ pieces, count });
  }
  return words;
}

/** Two pieces beside each other. */
interface Pair {
  readonly first: number;
  readonly second: number;
}

/** How often each two pieces are neighbours; a merge counts again in the words alone that have the pair. */
class PairCounts {
  readonly #words: readonly Word[];
  readonly #counts = new Map<number, number>();
  /** Words that had a pair when it was counted. */
  readonly #where = new Map<number, Set<number>>();
  readonly #heap: Heap;

  constructor(words: readonly Word[]) {
    this.#words = words;
    for (let word = 0; word < words.length; word++) this.#count(word, 1);
    this.#heap = new Heap();
    for (const [pair, count] of this.#counts) this.#heap.push(pair, count);
  }

  /** The most frequent pair, if one comes often enough. */
  mostFrequent(): Pair | undefined {
    while (true) {
      const top = this.#heap.pop();
      if (top === undefined || top.count < LEAST) return undefined;
      // What was pushed before the last change counts no longer: the change pushed it again, unless it became less frequent.
      const count = this.#counts.get(top.pair) ?? 0;
      if (count === top.count) {
        return { first: Math.floor(top.pair / MOST_PIECES), second: top.pair % MOST_PIECES };
      }
      if (count < top.count && count >= LEAST) this.#heap.push(top.pair, count);
    }
  }

  /** Makes one piece of two wherever they are neighbours. */
  merge({ first, second }: Pair, piece: number): void {
    const pair = first * MOST_PIECES + second;
    const risen = new Set<number>();
    for (const number of this.#where.get(pair) ?? []) {
      const word = this.#words[number];
      this.#count(number, -1);
      word.pieces = merged(word.pieces, first, second, piece);
      this.#count(number, 1, risen);
    }
    this.#where.delete(pair);
    for (const changed of risen) {
      const count = this.#counts.get(changed) ?? 0;
      if (count >= LEAST) this.#heap.push(changed, count);
    }
  }

  /** Adds the pairs of a word, or takes them away. */
  #count(number: number, sign: 1 | -1, risen?: Set<number>): void {
    const { pieces, count } = this.#words[number];
    for (let i = 1; i < pieces.length; i++) {
      const pair = pieces[i - 1] * MOST_PIECES + pieces[i];
      const sum = (this.#counts.get(pair) ?? 0) + sign * count;
      if (sum === 0) this.#counts.delete(pair);
      else this.#counts.set(pair, sum);
      if (sign < 0) continue;
      risen?.add(pair);
      const where = this.#where.get(pair);
      if (where === undefined) this.#where.set(pair, new Set([number]));
      else where.add(number);
    }
  }
}

function merged(pieces: readonly number[], first: number, second: number, piece: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const isPair = pieces[i] === first && pieces[i + 1] === second;
    result.push(isPair ? piece : pieces[i]);
    if (isPair) i++;
  }
  return result;
}

/** A binary heap of pairs: the most frequent first, of equally frequent ones that of the lowest number. */
class Heap {
  readonly #pairs: number[] = [];
  readonly #counts: number[] = [];

  push(pair: number, count: number): void {
    let at = this.#pairs.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(pair, count, above)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, pair, count);
  }

  pop(): { readonly pair: number; readonly count: number } | undefined {
    const [pair] = this.#pairs, [count] = this.#counts;
    const lastPair = this.#pairs.pop(), lastCount = this.#counts.pop();
    if (lastPair === undefined || lastCount === undefined) return undefined;
    const length = this.#pairs.length;
    if (length > 0) {
      let at = 0;
      for (let below = 1; below < length; below = 2 * at + 1) {
        const [left, right] = [below, below + 1];
        const first =
          right < length && this.#isBefore(this.#pairs[right], this.#counts[right], left)
            ? right
            : left;
        if (this.#isBefore(lastPair, lastCount, first)) break;
        this.#move(first, at);
        at = first;
      }
      this.#put(at, lastPair, lastCount);
    }
    return { pair, count };
  }

  #isBefore(pair: number, count: number, place: number): boolean {
    const other = this.#counts[place];
    return count > other || count === other && pair < this.#pairs[place];
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#pairs[from], this.#counts[from]);
  }

  #put(at: number, pair: number, count: number): void {
    this.#pairs[at] = pair;
    this.#counts[at] = count;
  }
}
