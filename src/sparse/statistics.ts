/**
 * What can be said of a pattern: counts, spread of fan-in and fan-out, a hash.
 *
 * @module
 */
import { heightOf, widthOf } from "./geometry.ts";
import { connectionsOfRows, type Pattern } from "./pattern.ts";

/** Counts of a pattern; connections and rows are those inside the matrix. */
export interface PatternStatistics {
  /** Active connections. */
  readonly connections: number;
  /** Active share of all connections. */
  readonly density: number;
  /** Connections to an input that the row has already: 0 but of patterns that are drawn with replacement. */
  readonly repeats: number;
  /** Rows with at least one connection. */
  readonly liveRows: number;
  /** Connections per live row; 0 if there is none. */
  readonly fanIn: Spread;
  /** Connections per input. */
  readonly fanOut: Spread;
}

/** How a count spreads. */
export interface Spread {
  /** Least. */
  readonly min: number;
  /** Mean. */
  readonly mean: number;
  /** Most. */
  readonly max: number;
}

/**
 * Counts the connections of a pattern.
 *
 * @example
 * ```ts
 * import { fromDense, patternStatistics } from "@filigree/filigree";
 *
 * const { pattern } = fromDense(Float32Array.of(1, 0, 2, 0, 0, 3, 0, 4), 2, 4);
 * const { density, fanIn, fanOut } = patternStatistics(pattern);
 * console.assert(density === 0.5 && fanIn.max === 2 && fanOut.mean === 1);
 * ```
 */
export function patternStatistics(pattern: Pattern): PatternStatistics {
  const { rows, inputs } = pattern;
  const degrees = degreesOf(pattern);
  const fanIn = degrees.fanIn.filter((count) => count > 0);
  const connections = fanIn.reduce((sum, count) => sum + count, 0);
  return {
    connections,
    density: connections / (rows * inputs),
    repeats: countRepeats(pattern),
    liveRows: fanIn.length,
    fanIn: spread(fanIn),
    fanOut: spread(degrees.fanOut),
  };
}

/** Means of the connections of neighbouring rows, and of neighbouring inputs. */
export interface ConnectionBins {
  /** Connections of a row, its mean in each bin of rows. */
  readonly fanIn: readonly number[];
  /** Connections of an input, its mean in each bin of inputs. */
  readonly fanOut: readonly number[];
}

/**
 * How the connections of a pattern lie over its rows and over its inputs: bin `i` of `n` is the mean of those from
 * `floor(i count / n)` to before `floor((i + 1) count / n)`.
 *
 * @param most Bins at most; as many as there are rows, or inputs, where these are fewer.
 */
export function connectionBins(pattern: Pattern, most: number): ConnectionBins {
  const { fanIn, fanOut } = degreesOf(pattern);
  return { fanIn: binsOf(fanIn, most), fanOut: binsOf(fanOut, most) };
}

function binsOf(counts: Uint32Array, most: number): number[] {
  const bins = Math.min(most, counts.length);
  return Array.from({ length: bins }, (_, i) => {
    const [from, to] = [i, i + 1].map((end) => Math.floor(end * counts.length / bins));
    return spread(counts.subarray(from, to)).mean;
  });
}

function countRepeats(pattern: Pattern): number {
  const { lists, unit, span, index } = pattern;
  let repeats = 0;
  for (let list = 0; list < lists; list++) {
    let equal = 0;
    for (let slot = span[2 * list] + 1; slot < span[2 * list + 1]; slot++) {
      equal += Number(index[slot] === index[slot - 1]);
    }
    repeats += equal * unit.width * heightOf(pattern, list);
  }
  return repeats;
}

/** Connections of every row, and of every input. */
function degreesOf(
  pattern: Pattern,
): { readonly fanIn: Uint32Array; readonly fanOut: Uint32Array } {
  const { inputs, lists, unit, span, index } = pattern;
  const fanOut = new Uint32Array(inputs);
  for (let list = 0; list < lists; list++) {
    const high = heightOf(pattern, list);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      const first = index[slot] * unit.width;
      const wide = widthOf(pattern, index[slot]);
      for (let input = first; input < first + wide; input++) fanOut[input] += high;
    }
  }
  return { fanIn: connectionsOfRows(pattern), fanOut };
}

function spread(counts: ArrayLike<number>): Spread {
  let min = Infinity, max = 0, sum = 0;
  for (let i = 0; i < counts.length; i++) {
    min = Math.min(min, counts[i]);
    max = Math.max(max, counts[i]);
    sum += counts[i];
  }
  return counts.length === 0
    ? { min: 0, mean: 0, max: 0 }
    : { min, mean: sum / counts.length, max };
}

/**
 * A 64-bit hash of the connections as 16 hexadecimal digits: equal for equal lists of the same
 * shape, whatever their capacity and the size of their units. For logs and tests, not for security.
 *
 * @example
 * ```ts
 * import { fromDense, patternHash } from "@filigree/filigree";
 *
 * const [one, same] = [1, 2].map((x) => fromDense(Float32Array.of(x, 0, 0, x), 2, 2).pattern);
 * console.assert(patternHash(one) === patternHash(same)); // values do not count
 * ```
 */
export function patternHash(pattern: Pattern): string {
  const { lists, entries, span, index } = pattern;
  // Two chains of MurmurHash3's body with different seeds and multipliers.
  let high = mix(0x9747b28c, lists, 0xcc9e2d51), low = mix(0x3c6ef372, entries, 0x85ebca6b);
  for (let row = 0; row < lists; row++) {
    const begin = span[2 * row], end = span[2 * row + 1];
    high = mix(high, end - begin, 0xcc9e2d51);
    low = mix(low, end - begin, 0x85ebca6b);
    for (let slot = begin; slot < end; slot++) {
      high = mix(high, index[slot], 0xcc9e2d51);
      low = mix(low, index[slot], 0x85ebca6b);
    }
  }
  return [high, low].map((word) => finish(word).toString(16).padStart(8, "0")).join("");
}

function mix(hash: number, word: number, multiplier: number): number {
  const scrambled = Math.imul(word, multiplier);
  const turned = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  const mixed = hash ^ turned;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
