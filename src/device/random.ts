/**
 * Counter-based randomness: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1,
 * 2, 3", SC 2011). A number depends on its key alone (seed, use, stream, step, element), never on
 * what was drawn before, so the order of work and the number of threads cannot change a result.
 * Mirrored bit for bit by `wasm/src/random.rs`.
 *
 * @module
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** What random numbers are for; keeps the sequences of one seed and stream apart. */
export const RANDOM_USE = {
  /** Where the first connections lie. */
  pattern: 0,
  /** First values of parameters. */
  values: 1,
  /** Where connections grow. */
  growth: 2,
  /** Order of examples. */
  order: 3,
  /** Augmentation and other noise. */
  noise: 4,
  /** What is dropped in training: see `src/ops/kernels/dropping.ts`. */
  dropout: 5,
  /** Which examples a branch is left out for: see `src/ops/drop_path.ts`. */
  path: 6,
} as const;

/** A name in {@linkcode RANDOM_USE}. */
export type RandomUse = keyof typeof RANDOM_USE;

/** What a sequence of random numbers depends on. */
export interface RandomKey {
  /** Seed of the run: an integer from 0 to `Number.MAX_SAFE_INTEGER`. */
  readonly seed: number;
  /** What the numbers are for. */
  readonly use: RandomUse;
  /** Number of the owner (layer, parameter, worker): a u32. Default 0. */
  readonly stream?: number;
  /** Step of the training: a u32. Default 0. */
  readonly step?: number;
  /** Element within the owner (row, example): a u32. Default 0. */
  readonly element?: number;
}

/**
 * One block of Philox4x32-10: four u32 out of a counter of four and a key of two.
 *
 * @example
 * ```ts
 * import { philox4x32 } from "./random.ts";
 *
 * console.assert(philox4x32([0, 0, 0, 0], [0, 0])[0] === 0x6627e8d5);
 * ```
 */
export function philox4x32(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let a = counter[0], b = counter[1], c = counter[2], d = counter[3];
  let key0 = key[0], key1 = key[1];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, a), low0 = Math.imul(MULTIPLIER_0, a);
    const high1 = multiplyHigh(MULTIPLIER_1, c), low1 = Math.imul(MULTIPLIER_1, c);
    a = (high1 ^ b ^ key0) >>> 0;
    b = low1 >>> 0;
    c = (high0 ^ d ^ key1) >>> 0;
    d = low0 >>> 0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
  return out;
}

/**
 * The sequence of random numbers of a key.
 *
 * @example
 * ```ts
 * import { Random } from "./random.ts";
 *
 * const key = { seed: 1, use: "order", step: 3 } as const;
 * console.assert(new Random(key).next() === new Random(key).next());
 * ```
 */
export class Random {
  readonly #counter: Uint32Array;
  readonly #key: Uint32Array;
  readonly #block: Uint32Array = new Uint32Array(4);
  #position = 4;
  #spare = NaN;

  /**
   * Starts the sequence of `key`.
   *
   * @throws {RangeError} if a part of the key is not an integer in its range.
   */
  constructor(key: RandomKey) {
    const { seed, use, stream = 0, step = 0, element = 0 } = key;
    const [low, high] = seedWords(seed);
    requireWord("stream", stream);
    requireWord("step", step);
    requireWord("element", element);
    this.#counter = Uint32Array.of(0, element, step, stream);
    // The seed fills 53 of the key's 64 bits; the use takes the rest.
    this.#key = Uint32Array.of(low, high + RANDOM_USE[use] * 2 ** 21);
  }

  /** A u32. */
  next(): number {
    if (this.#position === 4) {
      philox4x32(this.#counter, this.#key, this.#block);
      this.#counter[0]++;
      this.#position = 0;
    }
    return this.#block[this.#position++];
  }

  /** An integer from 0 to `bound - 1`, all equally likely. `bound` is a u32 of at least 1. */
  below(bound: number): number {
    // Lemire, "Fast random integer generation in an interval", 2019.
    let word = this.next();
    let low = Math.imul(word, bound) >>> 0;
    if (low < bound) {
      const reject = (2 ** 32 - bound) % bound;
      while (low < reject) {
        word = this.next();
        low = Math.imul(word, bound) >>> 0;
      }
    }
    return multiplyHigh(word, bound);
  }

  /** A number in [0, 1), a multiple of 2^-24 and so exact in f32. */
  uniform(): number {
    return (this.next() >>> 8) * 2 ** -24;
  }

  /** A normal number of mean 0 and standard deviation 1 (Box and Muller). */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log((this.next() + 1) * 2 ** -32));
    const angle = 2 * Math.PI * this.next() * 2 ** -32;
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** `count` normal numbers of mean 0. */
  normals(count: number, deviation: number): Float32Array {
    return Float32Array.from({ length: count }, () => deviation * this.normal());
  }
}

/**
 * `count` distinct integers below `bound` in ascending order, every such set equally likely
 * (Floyd's algorithm). Mirrored by `wasm/src/rewire/draw.rs`.
 */
export function drawDistinct(random: Random, bound: number, count: number): Uint32Array {
  if (bound > Math.max(MARKED, 64 * count)) return drawFew(random, bound, count);
  const out = new Uint32Array(count);
  const marks = new Uint32Array(Math.ceil(bound / 32));
  for (let last = bound - count; last < bound; last++) {
    const pick = random.below(last + 1);
    const drawn = (marks[pick >>> 5] >>> (pick & 31) & 1) === 1 ? last : pick;
    marks[drawn >>> 5] |= 1 << (drawn & 31);
  }
  for (let word = 0, at = 0; at < count; word++) {
    for (let bits = marks[word]; bits !== 0; bits &= bits - 1) {
      out[at++] = 32 * word + 31 - Math.clz32(bits & -bits);
    }
  }
  return out;
}

/** Numbers of which a set is a bit each, however few are drawn of them: more than that by far, and a set is a set of numbers. */
const MARKED = 2 ** 16;

function drawFew(random: Random, bound: number, count: number): Uint32Array {
  const drawn = new Set<number>();
  for (let last = bound - count; last < bound; last++) {
    const pick = random.below(last + 1);
    drawn.add(drawn.has(pick) ? last : pick);
  }
  return Uint32Array.from(drawn).sort();
}

/**
 * As many integers below `bound` as `out` holds, into it, in ascending order: each any of them, whatever the others are.
 * Mirrored by `wasm/src/rewire/draw.rs`.
 */
export function drawAny(random: Random, bound: number, out: Uint32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = random.below(bound);
  out.sort();
}

/** A random order of 0 to `count - 1` (Fisher and Yates). */
export function permutation(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The upper 32 bits of the product of two u32. */
function multiplyHigh(x: number, y: number): number {
  // Whole numbers of 32 bits throughout: the engine keeps them in registers.
  const xLow = x & 0xffff, xHigh = x >>> 16, yLow = y & 0xffff, yHigh = y >>> 16;
  const middle = (Math.imul(xHigh, yLow) + (Math.imul(xLow, yLow) >>> 16)) >>> 0;
  const cross = (Math.imul(xLow, yHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(xHigh, yHigh) + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

/**
 * The low and the high word of a seed.
 *
 * @throws {RangeError} if it is not an integer in its range.
 */
export function seedWords(seed: number): readonly [low: number, high: number] {
  if (Number.isSafeInteger(seed) && seed >= 0) return [seed >>> 0, Math.floor(seed / 2 ** 32)];
  throw new RangeError(
    `Cannot draw random numbers: seed is ${seed}; expected an integer from 0 to 2^53 - 1`,
  );
}

function requireWord(name: string, value: number): void {
  if (value === value >>> 0) return;
  throw new RangeError(
    `Cannot draw random numbers: ${name} is ${value}; expected an integer from 0 to 2^32 - 1`,
  );
}
