/**
 * Checks of patterns: every rule of the storage, named with the list that breaks it.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";
import { countParts, faultOf } from "./cells.ts";
import { constraintOf, mayRepeat } from "./lookup.ts";
import { geometryOf } from "./geometry.ts";
import type { Pattern } from "./pattern.ts";

/**
 * Checks everything that a pattern must be: lengths, contiguous lists, sorted entries in range, distinct ones unless they are
 * drawn with replacement, zero padding, budget, and the constraint, such as equal fan-in of the live lists.
 *
 * @param name What the pattern belongs to; appears in the error.
 * @throws {TypeError} if the arrays or lists have the wrong shape, or the constraint is broken.
 * @throws {RangeError} if an entry is out of range, out of order, or exists twice where entries are distinct.
 * @example
 * ```ts
 * import { fromDense, validatePattern } from "@filigree/filigree";
 *
 * const { pattern } = fromDense(Float32Array.of(1, 0, 0, 1), 2, 2);
 * validatePattern(pattern);
 * pattern.index[0] = 2; // there are inputs 0 and 1
 * try {
 *   validatePattern(pattern);
 * } catch (error) {
 *   console.assert(error instanceof RangeError);
 * }
 * ```
 */
export function validatePattern(pattern: Pattern, name = "pattern"): void {
  const { spec, rows, inputs, lists, budget, capacity, span, index } = pattern;
  const worst = geometryOf(spec, rows, inputs, budget).capacity;
  if (capacity !== worst) fail(name, `capacity is ${capacity}; expected ${worst}`);
  if (span.length !== 2 * lists) {
    fail(name, `span has ${span.length} elements; expected ${2 * lists}`);
  }
  if (index.length !== capacity) {
    fail(name, `index has ${index.length} elements; expected ${capacity}`);
  }
  const end = validateSpans(pattern, name);
  if (end > capacity) fail(name, `the lists take ${end} slots; expected at most ${capacity}`);
  const repeats = mayRepeat(spec);
  for (let list = 0; list < lists; list++) validateList(pattern, list, repeats, name);
  requireZero(pattern, end, capacity, "tail", name);
  const fault = faultOf(pattern, countParts(pattern), "inputs");
  if (fault !== undefined) fail(name, fault);
  validateColumns(pattern, name);
}

/** Checks the segments of columns, where the pattern divides these. */
function validateColumns({ spec, rows, entries, lists, span, index }: Pattern, name: string): void {
  const columns = constraintOf(spec).columns?.(rows);
  if (columns === undefined) return;
  const { segment, each, last } = columns;
  const perColumn = Math.ceil(rows / segment);
  const counts = new Uint32Array(entries * perColumn);
  for (let row = 0; row < lists; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      counts[index[slot] * perColumn + Math.floor(row / segment)]++;
    }
  }
  for (const [at, count] of counts.entries()) {
    const part = at % perColumn;
    const expected = part === perColumn - 1 ? last : each;
    if (count === expected) continue;
    const where = `segment ${part} of column ${Math.floor(at / perColumn)}`;
    fail(name, `${where} has ${count} outputs; expected ${expected}`);
  }
}

/** Checks where lists begin and end; gives the slots that they take. */
function validateSpans({ lists, span, tile }: Pattern, name: string): number {
  let next = 0;
  for (let list = 0; list < lists; list++) {
    const begin = span[2 * list], end = span[2 * list + 1];
    if (begin !== next) {
      fail(name, `the list of row ${list} begins at slot ${begin}; expected ${next}`);
    }
    if (end < begin) {
      fail(name, `the list of row ${list} ends at slot ${end}, before its begin ${begin}`);
    }
    next = roundUp(end, tile);
  }
  return next;
}

function validateList(pattern: Pattern, list: number, repeats: boolean, name: string): void {
  const { span, index, entries, tile } = pattern;
  for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
    if (index[slot] >= entries) {
      throw new RangeError(
        `Cannot use ${name}: row ${list} has input ${
          index[slot]
        }; expected inputs below ${entries}`,
      );
    }
    if (slot === span[2 * list] || index[slot] > index[slot - 1]) continue;
    const equal = index[slot] === index[slot - 1];
    if (equal && repeats) continue;
    throw new RangeError(
      `Cannot use ${name}: row ${list} has input ${index[slot]} ` +
        (equal ? "twice" : `after ${index[slot - 1]}`) +
        `; expected ${repeats ? "" : "distinct "}inputs in ascending order` +
        (equal ? ", or a pattern with replacement" : ""),
    );
  }
  const end = span[2 * list + 1];
  requireZero(pattern, end, roundUp(end, tile), `padding of row ${list}`, name);
}

function requireZero(
  { index }: Pattern,
  begin: number,
  end: number,
  where: string,
  name: string,
): void {
  for (let slot = begin; slot < end; slot++) {
    if (index[slot] !== 0) {
      fail(name, `slot ${slot} in the ${where} has input ${index[slot]}; expected 0`);
    }
  }
}

function fail(name: string, state: string): never {
  throw new TypeError(`Cannot use ${name}: ${state}`);
}
