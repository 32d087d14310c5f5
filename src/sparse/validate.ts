/**
 * Checks of patterns: every rule of the storage, named with the row that breaks it.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../device/kernel.ts";
import { fanInCapacity, fanInOf, type Pattern } from "./pattern.ts";

/**
 * Checks everything that a pattern must be: lengths, contiguous lists, sorted distinct inputs in
 * range, zero padding, equal fan-in of the live rows, budget.
 *
 * @param name What the pattern belongs to; appears in the error.
 * @throws {TypeError} if the arrays or lists have the wrong shape.
 * @throws {RangeError} if an input is out of range, out of order, or exists twice.
 */
export function validatePattern(pattern: Pattern, name = "pattern"): void {
  const { rows, inputs, budget, capacity, span, index } = pattern;
  const worst = fanInCapacity(rows, inputs, budget);
  if (capacity !== worst) fail(name, `capacity is ${capacity}; expected ${worst}`);
  if (span.length !== 2 * rows) {
    fail(name, `span has ${span.length} elements; expected ${2 * rows}`);
  }
  if (index.length !== capacity) {
    fail(name, `index has ${index.length} elements; expected ${capacity}`);
  }
  const end = validateSpans(pattern, name);
  const live = countLive(span);
  const k = fanInOf(budget, live, inputs);
  for (let row = 0; row < rows; row++) {
    const fanIn = span[2 * row + 1] - span[2 * row];
    if (fanIn !== 0 && fanIn !== k) {
      const expected = `expected 0 or ${k} (${budget} connections for ${live} live rows)`;
      fail(name, `row ${row} has ${fanIn} inputs; ${expected}`);
    }
    validateRow(pattern, row, name);
  }
  requireZero(pattern, end, capacity, "tail", name);
}

/** Checks where lists begin and end; gives the slots that they take. */
function validateSpans({ rows, span }: Pattern, name: string): number {
  let next = 0;
  for (let row = 0; row < rows; row++) {
    const begin = span[2 * row], end = span[2 * row + 1];
    if (begin !== next) {
      fail(name, `the list of row ${row} begins at slot ${begin}; expected ${next}`);
    }
    if (end < begin) {
      fail(name, `the list of row ${row} ends at slot ${end}, before its begin ${begin}`);
    }
    next = roundUp(end, LIST_TILE);
  }
  return next;
}

function validateRow(pattern: Pattern, row: number, name: string): void {
  const { span, index, inputs } = pattern;
  for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
    if (index[slot] >= inputs) {
      throw new RangeError(
        `Cannot use ${name}: row ${row} has input ${index[slot]}; expected inputs below ${inputs}`,
      );
    }
    if (slot > span[2 * row] && index[slot] <= index[slot - 1]) {
      const what = index[slot] === index[slot - 1] ? "twice" : `after ${index[slot - 1]}`;
      throw new RangeError(
        `Cannot use ${name}: row ${row} has input ${index[slot]} ${what}; ` +
          `expected distinct inputs in ascending order`,
      );
    }
  }
  const end = span[2 * row + 1];
  requireZero(pattern, end, roundUp(end, LIST_TILE), `padding of row ${row}`, name);
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

function countLive(span: Uint32Array): number {
  let live = 0;
  for (let i = 0; i < span.length; i += 2) live += Number(span[i + 1] > span[i]);
  return live;
}

function fail(name: string, state: string): never {
  throw new TypeError(`Cannot use ${name}: ${state}`);
}
