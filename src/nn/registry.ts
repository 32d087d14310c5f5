/**
 * The definitions of all layers by their kinds.
 *
 * @module
 */
import type { LayerDefinition } from "./definition.ts";
import * as layers from "./layers.ts";

/**
 * A kind of layers.
 *
 * @param own Definitions of a program's own, which count first.
 * @returns Undefined if there is none of that name.
 */
export function definitionOf(
  kind: string,
  own: readonly LayerDefinition[] = [],
): LayerDefinition | undefined {
  return [...own, ...DEFINITIONS].find((definition) => definition.kind === kind);
}

const DEFINITIONS: readonly LayerDefinition[] = Object.values(layers).flatMap((each) =>
  typeof each === "object" ? [each] : []
);
