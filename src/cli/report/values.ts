/**
 * Reading what files say whose content nobody has checked: other versions, or people, may have written them.
 *
 * @module
 */

/** An object of any content. */
export type Values = Readonly<Record<string, unknown>>;

/** A value as an object; an empty one where it is none. */
export function valuesIn(value: unknown): Values {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** The elements of a list; none of anything else. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A number that is finite. */
export function numberIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A text. */
export function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The entries of an object that are finite numbers. */
export function numbersIn(value: unknown): [name: string, number: number][] {
  return Object.entries(valuesIn(value)).flatMap(([name, each]): [string, number][] => {
    const number = numberIn(each);
    return number === undefined ? [] : [[name, number]];
  });
}
