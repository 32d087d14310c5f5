/**
 * Pointwise operations, and the expressions over numbers that they are made of. Their WGSL and Rust are generated (`deno task generate`);
 * in float64 they mean what they say.
 *
 * @module
 */

/** What an expression may name: the operand of an operation, its result, the gradient of its result. */
export type Variable = "x" | "y" | "dy";

/** What is done to two expressions. */
export type BinaryName = "add" | "subtract" | "multiply" | "divide" | "max" | "min";

/** An operation on two expressions. */
export interface Binary {
  /** Which one. */
  readonly operation: BinaryName;
  /** The left operand. */
  readonly left: Expression;
  /** The right one. */
  readonly right: Expression;
}

/** e to the power of what is not above 0. */
export interface Exponential {
  /** Discriminates the union. */
  readonly operation: "exp";
  /** The power. */
  readonly of: Expression;
}

/** One of two expressions. */
export interface Selection {
  /** Discriminates the union. */
  readonly operation: "select";
  /** What is compared with 0. */
  readonly condition: Expression;
  /** The value where the condition is above 0. */
  readonly yes: Expression;
  /** The value where it is not. */
  readonly no: Expression;
}

/** A number, a variable, or an operation on expressions. One that appears twice is computed once. */
export type Expression = number | Variable | Binary | Exponential | Selection;

/** A pointwise operation with its derivative. Files of `src/ops/pointwise` export theirs, and a function that applies it. */
export interface Pointwise {
  /** Its name, unlike all others: in snake_case. */
  readonly name: string;
  /** The result, of `x`. */
  readonly value: Expression;
  /**
   * The gradient of `x`: of `dy`, and of `y` if that is enough, else of `x`. What it names is kept for it, or in its place the
   * derivative itself: see {@linkcode keepsSlope}.
   */
  readonly gradient: Expression;
}

/** The operand of an operation. */
export const x = "x";

/** The result of an operation. */
export const y = "y";

/** The gradient of the result. */
export const dy = "dy";

/** `left + right`. */
export function add(left: Expression, right: Expression): Expression {
  return { operation: "add", left, right };
}

/** `left - right`. */
export function subtract(left: Expression, right: Expression): Expression {
  return { operation: "subtract", left, right };
}

/** The product of factors, from the left to the right. */
export function multiply(first: Expression, ...others: readonly Expression[]): Expression {
  return others.reduce((left, right) => ({ operation: "multiply", left, right }), first);
}

/** `left / right`. */
export function divide(left: Expression, right: Expression): Expression {
  return { operation: "divide", left, right };
}

/** The greater one. */
export function max(left: Expression, right: Expression): Expression {
  return { operation: "max", left, right };
}

/** The lesser one. */
export function min(left: Expression, right: Expression): Expression {
  return { operation: "min", left, right };
}

/** The magnitude. */
export function abs(of: Expression): Expression {
  return max(of, subtract(0, of));
}

/** e to the power of an expression that is not above 0; on devices at least 2^-126, or 0. */
export function exp(of: Expression): Expression {
  return { operation: "exp", of };
}

/** `yes` where the condition is above 0, else `no`. */
export function select(condition: Expression, yes: Expression, no: Expression): Expression {
  return { operation: "select", condition, yes, no };
}

/**
 * `c[0] + c[1] u + c[2] u^2 + ...`, by Horner's rule.
 *
 * @param coefficients Two or more.
 */
export function polynomial(u: Expression, coefficients: readonly number[]): Expression {
  return coefficients.slice(0, -1).reduceRight<Expression>(
    (rest, coefficient) => add(coefficient, multiply(rest, u)),
    coefficients[coefficients.length - 1],
  );
}

/** The expressions that one is made of, in order. */
export function partsOf(expression: Expression): readonly Expression[] {
  if (typeof expression !== "object") return [];
  switch (expression.operation) {
    case "exp":
      return [expression.of];
    case "select":
      return [expression.condition, expression.yes, expression.no];
    default:
      return [expression.left, expression.right];
  }
}

/** The variables in an expression. */
export function variablesOf(expression: Expression): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  const seen = new Set<Expression>();
  const visit = (part: Expression): void => {
    if (seen.has(part)) return;
    seen.add(part);
    if (typeof part === "string") found.add(part);
    partsOf(part).forEach(visit);
  };
  visit(expression);
  return found;
}

/** What the derivative is computed of: the operand or the result. */
export function gradientReads({ name, gradient }: Pointwise): "x" | "y" {
  const variables = variablesOf(gradient);
  if (variables.has("x") !== variables.has("y")) return variables.has("x") ? "x" : "y";
  throw new TypeError(
    `Cannot differentiate "${name}": its gradient names [${[
      ...variables,
    ]}]; expected dy and either x or y`,
  );
}

/**
 * Whether the derivative of an operation is kept as a number for each element, in the place of its operand: where computing it
 * again would take an exponential or a division.
 */
export function keepsSlope(operation: Pointwise): boolean {
  const seen = new Set<Expression>();
  const isCostly = (part: Expression): boolean => {
    if (typeof part !== "object" || seen.has(part)) return false;
    seen.add(part);
    return part.operation === "exp" || part.operation === "divide" ||
      partsOf(part).some(isCostly);
  };
  return gradientReads(operation) === "x" && isCostly(operation.gradient);
}

/** The result of an operation for a number, in float64. */
export function valueAt({ value }: Pointwise, at: number): number {
  const known = new Map<Expression, number>([[x, at]]);
  const of = (part: Expression): number => {
    if (typeof part === "number") return part;
    let result = known.get(part);
    if (result === undefined) known.set(part, result = resultOf(part, of));
    return result;
  };
  return of(value);
}

function resultOf(part: Expression, of: (part: Expression) => number): number {
  if (typeof part !== "object") throw new TypeError(`Cannot compute a value of ${part}`);
  if (part.operation === "exp") return Math.exp(of(part.of));
  if (part.operation === "select") return of(of(part.condition) > 0 ? part.yes : part.no);
  const [left, right] = [of(part.left), of(part.right)];
  switch (part.operation) {
    case "add":
      return left + right;
    case "subtract":
      return left - right;
    case "multiply":
      return left * right;
    case "divide":
      return left / right;
    case "max":
      return Math.max(left, right);
    case "min":
      return Math.min(left, right);
  }
}
