/**
 * Drawing the next token of its logits.
 *
 * @module
 */
import type { Random } from "../device/random.ts";

/** How tokens are drawn. */
export interface SamplingOptions {
  /** What logits are divided by: below 1 the likely ones become likelier; 0 takes the likeliest. 1 by default. */
  readonly temperature?: number;
  /** How many of the likeliest tokens may be drawn; all of them by default. */
  readonly topK?: number;
  /** Share of the probability that those have which may be drawn, the likeliest first (Holtzman et al. 2020); 1 by default. */
  readonly topP?: number;
}

/**
 * Checks how tokens are to be drawn.
 *
 * @throws {RangeError} if an option is out of its range.
 */
export function requireSampling({ temperature = 1, topK, topP = 1 }: SamplingOptions): void {
  const refuse = (what: string, expected: string): never => {
    throw new RangeError(`Cannot draw tokens: ${what}; expected ${expected}`);
  };
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    refuse(`the temperature is ${temperature}`, "a number of 0 or more");
  }
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) {
    refuse(`they are of the ${topK} likeliest`, "a whole number above 0");
  }
  if (!(topP > 0 && topP <= 1)) refuse(`their share is ${topP}`, "one in (0, 1]");
}

/**
 * Draws a token; the likeliest first and the lowest among equals.
 *
 * @param may Whether a token may be drawn, by number.
 */
export function drawToken(
  logits: ArrayLike<number>,
  may: readonly boolean[],
  { temperature = 1, topK = Infinity, topP = 1 }: SamplingOptions,
  random: Random,
): number {
  const order = Array.from(may, (_, token) => token).filter((token) => may[token])
    .sort((a, b) => logits[b] - logits[a] || a - b);
  const [best] = order;
  if (temperature === 0) return best;
  const likely = order.slice(0, topK);
  const weights = likely.map((token) => Math.exp((logits[token] - logits[best]) / temperature));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  // The fewest whose share is reached, and one at least.
  let count = 0, share = 0;
  while (count < weights.length && (count === 0 || share < topP * all)) share += weights[count++];
  let left = random.uniform() * share;
  for (let i = 0; i < count; i++) {
    left -= weights[i];
    if (left < 0) return likely[i];
  }
  return likely[count - 1];
}
