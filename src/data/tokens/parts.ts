/**
 * The parts of a corpus: which sentences are to train with and which to test with. A part is runs of neighbouring sentences of
 * a document; a block that is set aside for testing cuts a document in two.
 *
 * @module
 */
import type { Corpus, HeldOut } from "./corpus.ts";

/** Some of the sentences of a corpus. */
export interface Part {
  /** First sentence of each run. */
  readonly first: Uint32Array;
  /** Sentence behind each run. */
  readonly end: Uint32Array;
  /** Document of each run. */
  readonly document: Uint32Array;
  /** Tokens of the part before each run, and at last all of them. */
  readonly tokensBefore: Float64Array;
  /** Sentences of the part before each run, and at last all of them. */
  readonly sentencesBefore: Uint32Array;
  /** The runs of each source of which something is in the part. */
  readonly sources: readonly PartSource[];
}

/** What a part has of a source. */
export interface PartSource {
  /** Its first run. */
  readonly begin: number;
  /** The run behind its last one. */
  readonly end: number;
  /** Different documents in these. */
  readonly documents: number;
}

/** The part of a corpus to train with, or the one to test with. */
export function partOf(corpus: Corpus, part: "train" | "test"): Part {
  const runs = [...runsIn(corpus, part === "test")];
  const tokensOf = ({ first, end }: Run) => corpus.sentences[end] - corpus.sentences[first];
  const sums = (of: (run: Run) => number): number[] => {
    let sum = 0;
    return [...runs.map((run) => (sum += of(run)) - of(run)), sum];
  };
  return {
    first: Uint32Array.from(runs, ({ first }) => first),
    end: Uint32Array.from(runs, ({ end }) => end),
    document: Uint32Array.from(runs, ({ document }) => document),
    tokensBefore: Float64Array.from(sums(tokensOf)),
    sentencesBefore: Uint32Array.from(sums(({ first, end }) => end - first)),
    sources: sourcesIn(corpus, runs),
  };
}

/** Whether a sentence is for testing. */
export function isHeldOut(sentence: number, { block, every, place }: HeldOut): boolean {
  return Math.floor(sentence / block) % every === place;
}

/** Place of the last of rising numbers, from `begin` on and before `end`, that is not above a value. */
export function lastNotAbove(
  numbers: ArrayLike<number>,
  value: number,
  begin: number,
  end: number,
): number {
  let [low, high] = [begin, end];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** Neighbouring sentences of a document. */
interface Run {
  readonly first: number;
  readonly end: number;
  readonly document: number;
}

function* runsIn({ documents, manifest: { heldOut } }: Corpus, test: boolean): Generator<Run> {
  const { block } = heldOut;
  for (let document = 0; document + 1 < documents.length; document++) {
    const last = documents[document + 1];
    for (let first = documents[document], end = first; first < last; first = end) {
      const held = isHeldOut(first, heldOut);
      while (end < last && isHeldOut(end, heldOut) === held) {
        end = Math.min(last, block * (Math.floor(end / block) + 1));
      }
      if (held === test) yield { first, end, document };
    }
  }
}

function sourcesIn({ manifest }: Corpus, runs: readonly Run[]): PartSource[] {
  const sources: PartSource[] = [];
  let begin = 0, document = 0;
  for (const { documents } of manifest.sources) {
    document += documents;
    let end = begin;
    const different = new Set<number>();
    for (; end < runs.length && runs[end].document < document; end++) {
      different.add(runs[end].document);
    }
    if (end > begin) sources.push({ begin, end, documents: different.size });
    begin = end;
  }
  return sources;
}
