/**
 * The tokens of a text one after the other, as often as anybody goes round: what windows are cut out of.
 *
 * @module
 */
import type { Corpus } from "./corpus.ts";
import { lastNotAbove, type Part } from "./parts.ts";

/** Reads tokens of a stream. */
export interface StreamReader extends Disposable {
  /** Reads the tokens from one on; behind the last one comes the first. */
  read(first: number, target: Uint32Array): void;
}

/** Tokens one after the other. */
export interface TokenStream {
  /** How many there are. */
  readonly length: number;
  /** Begins to read. */
  open(): StreamReader;
}

/**
 * The tokens of a part of a corpus: its runs of neighbouring sentences in their order, and behind each a `[SEP]`, so that nothing
 * is told of one document by another as if it went on.
 */
export function streamOfPart(corpus: Corpus, part: Part): TokenStream {
  const { first, end, tokensBefore } = part;
  const runs = first.length;
  // Each run has a separator more.
  const begins = Float64Array.from(tokensBefore, (tokens, run) => tokens + run);
  const { separator } = corpus.tokenizer.vocabulary.special;
  return {
    length: begins[runs],
    open() {
      const reader = corpus.open();
      const read = (from: number, target: Uint32Array): void => {
        let at = from % begins[runs];
        let run = lastNotAbove(begins, at, 0, runs);
        for (let done = 0; done < target.length;) {
          const begin = corpus.sentences[first[run]] + at - begins[run];
          const left = corpus.sentences[end[run]] - begin;
          const some = Math.min(left, target.length - done);
          reader.read(begin, target.subarray(done, done + some));
          done += some;
          if (some < left || done === target.length) return;
          target[done++] = separator;
          run = (run + 1) % runs;
          at = begins[run];
        }
      };
      return { read, [Symbol.dispose]: () => reader[Symbol.dispose]() };
    },
  };
}

/** Tokens that are in memory. */
export function streamOfArray(tokens: Uint32Array): TokenStream {
  return {
    length: tokens.length,
    open: () => ({
      read(first, target) {
        for (let done = 0; done < target.length;) {
          const some = tokens.subarray((first + done) % tokens.length);
          target.set(some.subarray(0, target.length - done), done);
          done += some.length;
        }
      },
      [Symbol.dispose]: () => {},
    }),
  };
}
