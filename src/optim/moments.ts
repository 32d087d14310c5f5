/**
 * What an optimizer keeps of each parameter: an object of its own, made for the parameters of one training, that trainer,
 * checkpoint and rewiring share.
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import type { PathOf } from "./groups.ts";

/** The moments of parameters. Made by {@linkcode Optimizer.begin}. */
export interface Moments {
  /** The moments of a parameter: each as long as it, and moved with its connections. */
  of(parameter: Resource): readonly Resource[];
  /** The group of a parameter: 0 is that of the optimizer's own options, then its groups from 1. */
  groupOf(parameter: Resource): number;
}

/** What {@linkcode momentsOf} needs to know. */
export interface MomentsParts {
  /** The group of each parameter, from 0; the others have the optimizer's own options. */
  readonly groups: ReadonlyMap<Resource, number>;
  /** Names of what is kept per value: by the optimizer's own options, then by each group. */
  readonly names: readonly (readonly string[])[];
  /** Paths of parameters, for labels. */
  readonly pathOf: PathOf;
}

/** Moments that are 0 at first. Those of a parameter are made when they are first asked for. */
export function momentsOf({ groups, names, pathOf }: MomentsParts): Moments {
  const made = new Map<Resource, readonly Resource[]>();
  const groupOf = (parameter: Resource): number => (groups.get(parameter.whole) ?? -1) + 1;
  return {
    groupOf,
    of(parameter) {
      const { place, length } = parameter;
      if (place !== undefined) {
        return this.of(place.whole).map((moment) => moment.part(place.begin, length));
      }
      let moments = made.get(parameter);
      if (moments === undefined) {
        moments = names[groupOf(parameter)].map((name) =>
          new Resource({
            ...{ label: `${pathOf(parameter)}.${name}`, type: "f32", length },
            category: "moments",
          })
        );
        made.set(parameter, moments);
      }
      return moments;
    },
  };
}
