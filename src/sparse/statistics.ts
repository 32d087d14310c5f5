/**
 * What can be said of a pattern: counts, spread of the fan-out, a hash.
 *
 * @module
 */
import type { Pattern } from "./pattern.ts";

/** Counts of a pattern. */
export interface PatternStatistics {
  /** Active connections. */
  readonly connections: number;
  /** Active share of all connections. */
  readonly density: number;
  /** Rows with at least one connection. */
  readonly liveRows: number;
  /** Connections of each live row; 0 if there is none. */
  readonly fanIn: number;
  /** Connections per input. */
  readonly fanOut: { readonly min: number; readonly mean: number; readonly max: number };
}

/** Counts the connections of a pattern. */
export function patternStatistics(pattern: Pattern): PatternStatistics {
  const { rows, inputs, span, index } = pattern;
  const fanOut = new Uint32Array(inputs);
  let connections = 0, liveRows = 0, fanIn = 0;
  for (let row = 0; row < rows; row++) {
    const begin = span[2 * row], end = span[2 * row + 1];
    if (end === begin) continue;
    liveRows++;
    fanIn = end - begin;
    connections += fanIn;
    for (let slot = begin; slot < end; slot++) fanOut[index[slot]]++;
  }
  let min = inputs === 0 ? 0 : fanOut[0], max = min;
  for (const count of fanOut) {
    min = Math.min(min, count);
    max = Math.max(max, count);
  }
  return {
    connections,
    density: connections / (rows * inputs),
    liveRows,
    fanIn,
    fanOut: { min, mean: connections / inputs, max },
  };
}

/**
 * A 64-bit hash of the connections as 16 hexadecimal digits: equal for equal patterns of the same
 * shape, whatever their capacity. For logs and tests, not for security.
 */
export function patternHash(pattern: Pattern): string {
  const { rows, inputs, span, index } = pattern;
  // Two chains of MurmurHash3's body with different seeds and multipliers.
  let high = mix(0x9747b28c, rows, 0xcc9e2d51), low = mix(0x3c6ef372, inputs, 0x85ebca6b);
  for (let row = 0; row < rows; row++) {
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
