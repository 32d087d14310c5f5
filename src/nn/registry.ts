/**
 * The definitions of all layers.
 *
 * @module
 */
import type { LayerDefinition } from "./definition.ts";
import * as layers from "./layers.ts";

/** What makes a layer of one tensor of its kind. */
export const LAYERS: readonly LayerDefinition[] = Object.values(layers).flatMap((each) =>
  typeof each === "object" ? [each] : []
);
