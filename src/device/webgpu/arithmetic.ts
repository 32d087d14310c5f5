/**
 * The arithmetic inside `${...}` of a repeat block: whole numbers, indices, + - * / % and brackets.
 *
 * @module
 */

/** Values of the indices of the blocks around a line. */
export type Indices = ReadonlyMap<string, number>;

/**
 * The value of an expression over integers; `/` drops the remainder.
 *
 * @throws {SyntaxError} if the text is no expression, names no index, or divides by zero.
 * @example
 * ```ts
 * import { evaluate } from "./arithmetic.ts";
 *
 * console.assert(evaluate("4 * (i + 1) % 7", new Map([["i", 2]])) === 5);
 * ```
 */
export function evaluate(text: string, indices: Indices): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|\S/g) ?? [];
  let at = 0;

  function sum(): number {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") {
      value = tokens[at++] === "+" ? value + product() : value - product();
    }
    return value;
  }

  function product(): number {
    let value = factor();
    while (tokens[at] === "*" || tokens[at] === "/" || tokens[at] === "%") {
      const operator = tokens[at++];
      const right = factor();
      if (operator === "*") {
        value *= right;
      } else if (right === 0) {
        throw new SyntaxError(`"${text}" divides by zero`);
      } else {
        value = operator === "/" ? Math.trunc(value / right) : value % right;
      }
    }
    return value;
  }

  function factor(): number {
    const token = tokens[at++];
    if (token === undefined) throw new SyntaxError(`"${text}" ends too soon; expected a number`);
    if (/^\d/.test(token)) return Number(token);
    if (token === "-") return -factor();
    if (token === "(") {
      const value = sum();
      if (tokens[at++] !== ")") throw new SyntaxError(`"${text}" leaves a bracket open`);
      return value;
    }
    if (!/^\w/.test(token)) {
      throw new SyntaxError(`"${text}" has "${token}" where a number is expected`);
    }
    const value = indices.get(token);
    if (value === undefined) {
      const known = indices.size === 0 ? "none" : [...indices.keys()].join(", ");
      throw new SyntaxError(`there is no index "${token}" here; the blocks around have ${known}`);
    }
    return value;
  }

  const value = sum();
  if (at < tokens.length) {
    throw new SyntaxError(`"${text}" goes on with "${tokens[at]}" where it should end`);
  }
  return value;
}
