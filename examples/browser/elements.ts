/**
 * Elements of the page by their names.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * The element of a name.
 *
 * @throws {ReferenceError} if the page has none of that kind.
 */
export function element<E extends Element>(name: string, kind: new () => E): E {
  const found = document.getElementById(name);
  if (found instanceof kind) return found;
  throw new ReferenceError(`Cannot show "${name}": the page has no such ${kind.name}`);
}

/** Writes a text into an element. */
export function write(name: string, text: string): void {
  element(name, HTMLElement).textContent = text;
}

/** A colour of the page by the name of its property, as it is at the moment. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
