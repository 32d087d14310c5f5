/**
 * How many positions a model of texts reads at least.
 *
 * @module
 */
import type { Rule } from "./applicable.ts";
import type { Config } from "./config/schema.ts";

/** Fewest tokens of a text that is read in its order: a pair of one piece each, with what is before, between and behind. */
const LEAST = 5;

/**
 * Refuses fewer positions than a text has that is read in its order; features may be as few as one.
 *
 * @param inOrder Whether texts are read in their order.
 */
export function requirePositions(
  { data: { positions = LEAST } }: Pick<Config, "data">,
  rule: Rule,
  inOrder: boolean,
): void {
  const why = `is ${positions}; expected ${LEAST} at least, where texts are read in their order`;
  rule(["data.positions"], !inOrder || positions >= LEAST, why);
}
