/**
 * Layers one after the other.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
import { keyed, makeModule, type Module } from "./module.ts";

/** Layers by the names that they shall have. */
export type NamedLayers = Readonly<Record<string, Module>>;

/**
 * Applies layers one after the other. They are called by their names, else by what they are, with a number where that comes
 * again; or as the record says in which they are given.
 *
 * @throws {TypeError} if one of them is no module.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.linear(4, 8), nn.relu(), nn.linear(8, 2));
 * console.assert(model.parameters.length === 4 && model.weights[1].label === "linear.2.weight");
 * const named = nn.sequential({ hidden: nn.linear(4, 8), relu: nn.relu(), head: nn.linear(8, 2) });
 * console.assert(named.weights[1].label === "head.weight");
 * ```
 */
export function sequential<In>(first: Module<In>, ...others: readonly Module[]): Module<In>;
/** The same, with the names that the record has. */
export function sequential(layers: NamedLayers): Module;
/** The same of a list, which may be empty: then it gives what it gets. */
export function sequential(...layers: readonly Module[]): Module;
export function sequential(
  first: NamedLayers | Module<never> = {},
  ...others: readonly Module[]
): Module<never> {
  if (!isNamed(first)) return chainFrom(first, others);
  if (others.length === 0) return chain(first, Object.values(first));
  throw new TypeError(
    "Cannot compose layers: layer 0 is a record; expected one record of all layers, or layers alone",
  );
}

function isNamed(given: NamedLayers | Module<never>): given is NamedLayers {
  return typeof given === "object" && given !== null;
}

function chainFrom(first: Module<never>, others: readonly Module[]): Module<never> {
  const layers = [first, ...others];
  return makeModule(
    (x: never, context) => {
      let y = first(x, context);
      for (const layer of others) y = layer(y, context);
      return y;
    },
    { ...recordOf(sequentialLayer, {}), children: keyed(layers) },
  );
}

function chain(children: NamedLayers, layers: readonly Module[]): Module {
  return makeModule((x: Tensor, context) => {
    let y = x;
    for (const layer of layers) y = layer(y, context);
    return y;
  }, { ...recordOf(sequentialLayer, {}), children });
}

/** The sequence of layers as checkpoints know it. */
export const sequentialLayer: LayerDefinition = defineLayer({
  kind: "sequential",
  settings: {},
  make: ({ children }) => chain(children, Object.values(children)),
  exported: "sequence",
});
