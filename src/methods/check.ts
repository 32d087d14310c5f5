/**
 * Whether a method is one: what methods of one's own say is checked before and whenever it is used, because a number that is
 * none would rewire never, or wrongly, and nobody would know.
 *
 * @module
 */
import type { Geometry } from "../sparse/geometry.ts";
import { isDense, mayRepeat, patternName } from "../sparse/lookup.ts";
import type { PatternSpec, SparseSpec } from "../sparse/spec.ts";
import { validatePattern } from "../sparse/validate.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import type { SparseWeight } from "../sparse/weight.ts";
import type { LayerState, Method, PatternRefusal, RewireResult } from "./method.ts";

/**
 * Refuses a method that cannot be one.
 *
 * @throws {RangeError} if `every` is neither a whole number above 0 nor Infinity, `growth` is no way to grow, or the share or the threshold at the
 * beginning is none.
 */
export function checkMethod(method: Method): void {
  const { name, every, growth } = method;
  if (!((Number.isSafeInteger(every) || every === Infinity) && every > 0)) {
    fail(
      name,
      `every is ${every}; expected a whole number of steps above 0, or Infinity for never`,
    );
  }
  if (!["none", "random", "gradient"].includes(growth)) {
    fail(name, `growth is ${JSON.stringify(growth)}; expected "none", "random" or "gradient"`);
  }
  fractionOf(method, 0, Number.MAX_SAFE_INTEGER);
  thresholdOf(method, 0, Number.MAX_SAFE_INTEGER);
}

/**
 * The share of the units that a method replaces at a step.
 *
 * @throws {RangeError} if what it says is no share.
 */
export function fractionOf(method: Method, step: number, totalSteps: number): number {
  const fraction = method.fraction(step, totalSteps);
  if (typeof fraction === "number" && fraction >= 0 && fraction <= 1) return fraction;
  return fail(
    method.name,
    `fraction(${step}, ${totalSteps}) is ${fraction}; expected a share from 0 to 1`,
  );
}

/**
 * The score below which a method drops units at a step, where it has such a threshold.
 *
 * @throws {RangeError} if what it says is no number of at least 0.
 */
export function thresholdOf(method: Method, step: number, totalSteps: number): number | undefined {
  const threshold = method.threshold?.(step, totalSteps);
  if (threshold === undefined || (typeof threshold === "number" && threshold >= 0)) {
    return threshold;
  }
  return fail(
    method.name,
    `threshold(${step}, ${totalSteps}) is ${threshold}; expected a number of at least 0`,
  );
}

/**
 * The growth candidates that a method wants at first for a layer.
 *
 * @throws {RangeError} if what it says is no whole number above 0.
 */
export function candidatesOf(method: Method, geometry: Geometry, fraction: number): number {
  const count = method.candidates(geometry, fraction);
  if (Number.isSafeInteger(count) && count > 0) return count;
  return fail(method.name, `candidates is ${count}; expected a whole number above 0`);
}

/**
 * Refuses what a method makes of a layer unless it fits in the place of the layer.
 *
 * @throws {RangeError} if the pattern is none of the layer's, or values or moments have other lengths.
 * @throws {TypeError} if the lists of the pattern are not sorted, distinct and in range.
 */
export function checkResult(
  { name }: Method,
  label: string,
  { pattern: before, values, moments }: LayerState,
  result: RewireResult,
): void {
  const { pattern } = result;
  const kept = ["rows", "inputs", "budget", "capacity"] as const;
  const other = kept.find((key) => pattern[key] !== before[key]);
  if (other !== undefined) {
    fail(
      name,
      `it gives "${label}" another ${other}: ${pattern[other]}; expected ${before[other]}`,
    );
  }
  const lengths = [result.values, ...result.moments].map(({ length }) => length);
  if (
    lengths.length !== moments.length + 1 || lengths.some((length) => length !== values.length)
  ) {
    fail(
      name,
      `it gives "${label}" values and moments of lengths [${lengths}]; ` +
        `expected ${moments.length + 1} of ${values.length}`,
    );
  }
  validatePattern(pattern, label);
}

/**
 * Refuses a weight that a method cannot train.
 *
 * @throws {RangeError} if its storage is another one than the method's, or has its forward read what a method chooses, and the
 * method changes patterns without choosing.
 */
export function requireStorage(
  { name, storage, every, choose }: Method,
  weight: Pick<SparseWeight, "storage">,
  label: string,
): void {
  const fits = storage === undefined || weight.storage === storage;
  const forgets = choose === undefined && every !== Infinity;
  if (fits && !(forgets && storageOf(weight.storage).chooses === true)) return;
  throw new RangeError(
    `Cannot train "${label}" by ${name}: its storage is "${weight.storage}"; expected ${
      storage === undefined ? "another one, or a method that chooses what is read" : `"${storage}"`
    }`,
  );
}

/** What methods refuse that do not say that they take it. */
const REPEATED: PatternRefusal = {
  of: mayRepeat,
  why: "whose rows may have an input twice",
  takes: "rows of distinct inputs",
};

/** Why a method cannot change a pattern; undefined if it can, or if there is nothing to change. */
export function refusalOf(
  { refuses, repeats }: Pick<Method, "refuses" | "repeats">,
  spec: PatternSpec,
): PatternRefusal | undefined {
  if (isDense(spec)) return undefined;
  const all = [...repeats === true ? [] : [REPEATED], ...refuses === undefined ? [] : [refuses]];
  return all.find((each) => each.of(spec));
}

/**
 * Refuses a pattern that a method cannot change.
 *
 * @throws {RangeError} if it is one.
 */
export function requirePattern(
  method: Pick<Method, "name" | "refuses" | "repeats">,
  spec: SparseSpec,
  label: string,
): void {
  const refusal = refusalOf(method, spec);
  if (refusal === undefined) return;
  throw new RangeError(
    `Cannot train "${label}" by ${method.name}: its pattern is ${patternName(spec)}, ` +
      `${refusal.why}; expected ${refusal.takes}, or another method`,
  );
}

function fail(name: string, what: string): never {
  throw new RangeError(`Cannot rewire by the method "${name}": ${what}`);
}
