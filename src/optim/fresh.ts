/**
 * Fresh connections: what the moments of a connection begin with that grew during the run, and under Adam by how many updates
 * they are corrected.
 *
 * Under `reset`, as published, moments are 0 and the bias correction is that of the run: with a constant gradient the first
 * update of a new connection is 3.2 times as large as one at the beginning of the run, the twelfth 6.6 times (betas 0.9 and
 * 0.999), which SMET (ICML 2026) blames for spikes of the loss. `local` counts the updates of each unit from its birth, so that
 * a new connection is trained as those were at the beginning of the run. `seeded` begins with the mean second moment of the
 * surviving connections of its row, under the correction of the run, so that a new connection starts slowly. `inherited` begins
 * with the moments of the connection that was dropped in its place (`Grown` of `src/sparse/rewired_layer.ts` says which one that
 * is), as where a rewiring changes inputs and the optimizer is told nothing: Spartex and HASTE. Momentum of SGD is reset or
 * inherited.
 *
 * Ages are updates of a unit of a compressed weight, two bytes a unit. On the device they are those of the last rewiring,
 * beside its step: a step writes nothing. They are exact up to 65,534, and corrections are those of the run beyond.
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import { areaOf } from "../sparse/geometry.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import { sparseWeightOf } from "../sparse/weight.ts";

/** What a grown connection begins with: see `src/optim/fresh.ts`. */
export type Fresh = "reset" | "local" | "seeded" | "inherited";

/** How the moments of grown connections of a parameter are made, where they are not only 0. */
export type FreshMoments =
  /** Corrections count from the birth of each unit. */
  | { readonly kind: "local"; readonly births: Births }
  /** A moment begins with the mean of its row. */
  | { readonly kind: "seeded"; readonly moment: number }
  /** Moments begin with those of the connections that were dropped. */
  | { readonly kind: "inherited" };

/** The ages of the units of a weight. */
export interface Births {
  /** u32: the step at which they were written, then two ages of slots a word. */
  readonly resource: Resource;
  /** Values of a slot. */
  readonly area: number;
}

/** The largest age that is kept: older units have it too. */
export const OLDEST = 65535;

/**
 * The ages of the units of a parameter, 0 at first.
 *
 * @returns `undefined` unless it is a weight whose values move with its connections: nothing of others ever grows.
 */
export function birthsOf(parameter: Resource, path: string): Births | undefined {
  const units = movedUnits(parameter);
  if (units === undefined) return undefined;
  const length = 1 + Math.ceil(units.capacity / 2);
  const resource = new Resource({
    label: `${path}.births`,
    type: "u32",
    length,
    category: "moments",
  });
  return { resource, area: units.area };
}

/** Whether connections of a parameter can grow whose moments begin anew. */
export function grows(parameter: Resource): boolean {
  return movedUnits(parameter) !== undefined;
}

/** Slots and values of a slot of a weight whose values move with its connections; `undefined` of any other parameter. */
export function movedUnits(parameter: Resource): { capacity: number; area: number } | undefined {
  const weight = sparseWeightOf(parameter);
  if (weight === undefined || !storageOf(weight.storage).moves) return undefined;
  return { capacity: weight.geometry.capacity, area: areaOf(weight.unit) };
}

/** Age at which a correction that falls short of 1 by 2^-25 or less is 1 in f32. */
const UNSEEN = -25 * Math.LN2;

/** `1 - beta1^n` and `1 - beta2^n` of the n-th update of a unit, in pairs from the first one on. */
export class Corrections {
  /** Pairs: of older units the corrections are those of the run. */
  readonly ages: number;
  /** Where they lie: f32, two for each age. */
  readonly resource: Resource;

  /** Makes the table of two betas. */
  constructor(beta1: number, beta2: number) {
    const slowest = Math.max(beta1, beta2);
    const seen = slowest === 0 ? 1 : Math.ceil(UNSEEN / Math.log(slowest));
    this.ages = Math.min(OLDEST, Math.max(1, seen));
    this.resource = new Resource({
      label: "corrections",
      type: "f32",
      length: 2 * this.ages,
      category: "program",
      initial: () =>
        Float32Array.from(
          { length: 2 * this.ages },
          (_, i) => 1 - (i % 2 === 0 ? beta1 : beta2) ** (Math.floor(i / 2) + 1),
        ),
    });
  }
}
