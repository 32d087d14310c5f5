/**
 * Every connection: what a layer has that is not sparse.
 *
 * @module
 */
import { registerPattern } from "../constraint.ts";
import type { PatternSpec } from "../spec.ts";

/** Every connection exists; stored and multiplied as a dense matrix. */
export interface DenseSpec extends PatternSpec {
  /** Which pattern it is. */
  readonly kind: "dense";
}

/**
 * Every connection exists.
 *
 * @example
 * ```ts
 * import { dense, nn } from "@filigree/filigree";
 *
 * const [{ sparse }] = nn.linear(4, 2, { pattern: dense() }).weights;
 * console.assert(sparse === undefined);
 * ```
 */
export function dense(): DenseSpec {
  return { kind: "dense" };
}

registerPattern<DenseSpec>({
  kind: "dense",
  names: ["dense"],
  parse: (name) => name === "dense" ? dense() : undefined,
  nameOf: () => "dense",
  read: dense,
  fixedDensity: () => 1,
});
