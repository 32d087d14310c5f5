/**
 * What an optimizer keeps of each parameter: an object of its own, made for the parameters of one training, that trainer,
 * checkpoint and rewiring share.
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import { birthsOf, type FreshMoments, grows } from "./fresh.ts";
import type { PathOf } from "./groups.ts";

/** The moments of parameters. Made by {@linkcode Optimizer.begin}. */
export interface Moments {
  /** The moments of a parameter: each as long as it, and moved with its connections. */
  of(parameter: Resource): readonly Resource[];
  /** The group of a parameter: 0 is that of the optimizer's own options, then its groups from 1. */
  groupOf(parameter: Resource): number;
  /** What the moments of grown connections of a parameter begin with; 0 if `undefined`. */
  fresh(parameter: Resource): FreshMoments | undefined;
  /** Everything that is kept of a parameter: its moments, and the ages of its units where there are any. */
  kept(parameter: Resource): readonly Resource[];
}

/** What the moments of grown connections begin with by a rule; 0, under the correction of the run, if `undefined`. */
export type FreshOfRule =
  | { readonly kind: "local" }
  | { readonly kind: "seeded"; readonly moment: number }
  | { readonly kind: "inherited" }
  | undefined;

/** What {@linkcode momentsOf} needs to know. */
export interface MomentsParts {
  /** The group of each parameter, from 0; the others have the optimizer's own options. */
  readonly groups: ReadonlyMap<Resource, number>;
  /** Names of what is kept per value: by the optimizer's own options, then by each group. */
  readonly names: readonly (readonly string[])[];
  /** What the moments of grown connections begin with, in the same order. */
  readonly fresh: readonly FreshOfRule[];
  /** Paths of parameters, for labels. */
  readonly pathOf: PathOf;
}

/** Moments that are 0 at first. Those of a parameter are made when they are first asked for. */
export function momentsOf({ groups, names, fresh, pathOf }: MomentsParts): Moments {
  const made = new Map<Resource, readonly Resource[]>();
  const madeFresh = new Map<Resource, FreshMoments | undefined>();
  const groupOf = (parameter: Resource): number => (groups.get(parameter.whole) ?? -1) + 1;
  const freshOf = (parameter: Resource): FreshMoments | undefined => {
    const rule = fresh[groupOf(parameter)];
    if (rule?.kind !== "local") return grows(parameter) ? rule : undefined;
    const births = birthsOf(parameter, pathOf(parameter));
    return births && { ...rule, births };
  };
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
    fresh({ whole }) {
      if (!madeFresh.has(whole)) madeFresh.set(whole, freshOf(whole));
      return madeFresh.get(whole);
    },
    kept(parameter) {
      const own = this.fresh(parameter);
      const moments = this.of(parameter);
      return own?.kind === "local" ? [...moments, own.births.resource] : moments;
    },
  };
}
