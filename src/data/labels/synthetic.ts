/**
 * Made examples with any number of labels, to measure what training costs in time and memory. Labels come as often as words do
 * (Zipf's law), and an example has features of the prototypes of its labels. How well such data are learnt says nothing of any
 * other.
 *
 * @module
 */
import { Random } from "../../device/random.ts";
import { RowBuilder } from "./growing.ts";
import type { LabelledRows } from "./sparse_text.ts";

/** What is made. */
export interface SyntheticOptions {
  /** Number of examples. */
  readonly rows: number;
  /** Number of labels. */
  readonly labels: number;
  /** Number of features; 50,000 by default. */
  readonly features?: number;
  /** Labels of an example, on average: at most 500, 5 by default. An example has one at least. */
  readonly labelsPerRow?: number;
  /** Features of an example that are of its labels, at most; 40 by default. */
  readonly featuresPerRow?: number;
  /** How fast labels become rare: the label of rank r comes in proportion to r^-exponent; 1 by default. */
  readonly exponent?: number;
  /** Seed; 0 by default. */
  readonly seed?: number;
  /** Number of the first example: those from another number on are others of the same law. 0 by default. */
  readonly first?: number;
}

/** Made examples. */
export interface SyntheticRows extends LabelledRows {
  /** What every print of a figure of theirs has to say. */
  readonly synthetic: string;
}

/** Features of the prototype of a label. */
const PROTOTYPE = 20;

/** Labels whose prototypes are kept: those that come most often. */
const KEPT = 1 << 16;

/** Most labels of an example, on average: e^-745 is the least number above 0, and draws count down to e to that power. */
const MOST_PER_ROW = 500;

/** Streams of random numbers. */
const ROWS = 0, PROTOTYPES = 1;

/**
 * Makes examples. The same options make the same examples, and an example depends on the seed and its number alone.
 *
 * @throws {RangeError} if a number is none that there can be.
 * @example
 * ```ts
 * import { syntheticRows } from "@filigree/filigree/files";
 *
 * const { features, labels, synthetic } = syntheticRows({ rows: 100, labels: 1000, features: 500 });
 * console.assert(labels.rows === 100 && labels.columns === 1000 && features.columns === 500);
 * console.assert(synthetic.startsWith("synthetic"));
 * ```
 */
export function syntheticRows(options: SyntheticOptions): SyntheticRows {
  const { rows, labels: count, features: columns = 50_000, labelsPerRow = 5 } = options;
  const { featuresPerRow = 40, exponent = 1, seed = 0, first = 0 } = options;
  const wholes = { rows, labels: count, features: columns, featuresPerRow };
  for (const [name, value] of Object.entries(wholes)) {
    if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) continue;
    throw new RangeError(
      `Cannot make examples: ${name} is ${value}; expected a whole number from 1 to 2^31 - 1`,
    );
  }
  if (!(labelsPerRow >= 1 && labelsPerRow <= MOST_PER_ROW)) {
    throw new RangeError(
      `Cannot make examples: labelsPerRow is ${labelsPerRow}; expected a number from 1 to ${MOST_PER_ROW}`,
    );
  }
  const law = new Zipf(count, exponent);
  const prototypes = new Prototypes(columns, seed);
  const features = new RowBuilder(true), labels = new RowBuilder(false);
  for (let row = 0; row < rows; row++) {
    const random = new Random({ seed, use: "noise", stream: ROWS, element: first + row });
    const many = 1 + poisson(labelsPerRow - 1, random);
    for (let i = 0; i < many; i++) {
      const label = law.draw(random);
      labels.add(label);
      const prototype = prototypes.of(label);
      const some = Math.max(1, Math.floor(featuresPerRow / many));
      const value = 1 / Math.sqrt(many * some);
      for (let j = 0; j < some; j++) features.add(prototype[random.below(PROTOTYPE)], value);
    }
    labels.end();
    features.end();
  }
  return {
    features: features.takeFeatures(columns),
    labels: labels.takeLabels(count),
    synthetic: `synthetic (Zipf ${exponent}, ${count} labels, ${columns} features, seed ${seed})`,
  };
}

/** Ranks by Zipf's law, from 0: by the inverse of the integral of r^-exponent, so that no table of them is held. */
class Zipf {
  readonly #count: number;
  readonly #exponent: number;
  readonly #whole: number;

  constructor(count: number, exponent: number) {
    if (!(Number.isFinite(exponent) && exponent >= 0)) {
      throw new RangeError(
        `Cannot make examples: the exponent is ${exponent}; expected a finite number from 0`,
      );
    }
    this.#count = count;
    this.#exponent = exponent;
    this.#whole = this.#integral(count + 1);
  }

  draw(random: Random): number {
    const part = random.uniform() * this.#whole;
    const rank = this.#exponent === 1
      ? Math.exp(part)
      : (1 + part * (1 - this.#exponent)) ** (1 / (1 - this.#exponent));
    return Math.min(this.#count, Math.max(1, Math.floor(rank))) - 1;
  }

  /** From 1 to a rank. */
  #integral(rank: number): number {
    return this.#exponent === 1
      ? Math.log(rank)
      : (rank ** (1 - this.#exponent) - 1) / (1 - this.#exponent);
  }
}

/** Features that examples of a label have: by the seed and the label alone, so that those of rare labels are made when needed. */
class Prototypes {
  readonly #columns: number;
  readonly #seed: number;
  readonly #kept: Map<number, Uint32Array> = new Map();

  constructor(columns: number, seed: number) {
    this.#columns = columns;
    this.#seed = seed;
  }

  of(label: number): Uint32Array {
    let prototype = this.#kept.get(label);
    if (prototype === undefined) {
      const key = { seed: this.#seed, use: "noise", stream: PROTOTYPES, element: label } as const;
      const random = new Random(key);
      prototype = Uint32Array.from({ length: PROTOTYPE }, () => random.below(this.#columns));
      if (label < KEPT) this.#kept.set(label, prototype);
    }
    return prototype;
  }
}

/** A number by Poisson's law of a small mean (Knuth). */
function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product >= limit; product *= random.uniform()) count++;
  return Math.max(0, count);
}
