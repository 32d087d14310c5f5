/**
 * Names that people see.
 *
 * @module
 */

/** What the way to a weight ends with. */
const WEIGHT = ".weight";

/** The way to a layer by that to its weight: `layer0` of `layer0.weight`. */
export function layerOf(path: string): string {
  return path.endsWith(WEIGHT) ? path.slice(0, -WEIGHT.length) : path;
}
