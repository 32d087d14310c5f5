/**
 * Masked language modelling: which tokens of an example are to be told, and what stands in their places. Whole words are
 * chosen, since a piece of a word is told by its others. Of the tokens of chosen words 80 in 100 become `[MASK]`, 10 another
 * piece of text, 10 stay (Devlin et al., 2019, section 3.1, and the released `create_pretraining_data.py`).
 *
 * @module
 */
import type { Random } from "../../device/random.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** How tokens are masked. */
export interface MaskOptions {
  /** Share of the tokens that are to be told. */
  readonly share: number;
  /** Most of them in an example. */
  readonly most: number;
  /** Whether pieces of a word are chosen together. */
  readonly wholeWords: boolean;
}

/** Shares of the tokens to be told that become `[MASK]`, and that become anything else. */
const MASKED = 0.8, CHANGED = 0.9;

/** Masks examples. */
export class Masking {
  /** Places of the tokens that are to be told, rising. */
  readonly places: Uint32Array;
  readonly #options: MaskOptions;
  readonly #continuations: Uint8Array;
  readonly #ofText: Uint32Array;
  readonly #mask: number;
  /** Where words begin, in an order that is drawn. */
  readonly #words: Uint32Array;

  /** Of examples of up to so many tokens. */
  constructor(vocabulary: Vocabulary, positions: number, options: MaskOptions) {
    this.#options = options;
    this.#continuations = options.wholeWords
      ? vocabulary.continuations()
      : new Uint8Array(vocabulary.size);
    this.#ofText = vocabulary.ofText();
    this.#mask = vocabulary.special.mask;
    this.#words = new Uint32Array(positions);
    this.places = new Uint32Array(options.most);
  }

  /**
   * Chooses places of an example.
   *
   * @param stretches Where its text stands: from a place on and before another.
   * @param length Its tokens, special ones too.
   * @returns How many {@linkcode Masking.places} there are.
   */
  choose(
    tokens: Uint32Array,
    stretches: readonly (readonly [begin: number, end: number])[],
    length: number,
    random: Random,
  ): number {
    const { share, most } = this.#options;
    const wanted = Math.min(most, Math.max(1, Math.round(share * length)));
    let words = 0;
    for (const [begin, end] of stretches) {
      for (let place = begin; place < end; place++) {
        if (place === begin || !this.#goesOn(tokens[place])) this.#words[words++] = place;
      }
    }
    const behind = (place: number): number => {
      const [, end] = stretches.find(([begin, end]) => place >= begin && place < end) ?? [0, place];
      let last = place + 1;
      while (last < end && this.#goesOn(tokens[last])) last++;
      return last;
    };
    let chosen = 0;
    for (let drawn = 0; drawn < words && chosen < wanted; drawn++) {
      const other = drawn + random.below(words - drawn);
      const place = this.#words[other];
      this.#words[other] = this.#words[drawn];
      const end = behind(place);
      // A word is masked as a whole or not at all.
      if (chosen + end - place > wanted) continue;
      for (let at = place; at < end; at++) this.places[chosen++] = at;
    }
    this.places.subarray(0, chosen).sort();
    return chosen;
  }

  /** What stands in the place of a token that is to be told. */
  replacement(token: number, random: Random): number {
    const chance = random.uniform();
    if (chance < MASKED) return this.#mask;
    return chance < CHANGED ? this.#ofText[random.below(this.#ofText.length)] : token;
  }

  #goesOn(token: number): boolean {
    return this.#continuations[token] === 1;
  }
}
