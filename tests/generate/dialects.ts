/**
 * Expressions as statements of WGSL and of Rust.
 *
 * @module
 */
import { type Binary, type Expression, partsOf, type Selection } from "../../src/ops/expression.ts";

/** How a language writes operations on what was computed before. */
export interface Dialect {
  /** A constant. */
  number(value: number): string;
  /** An operation on two values. */
  binary(operation: Binary["operation"], left: string, right: string): string;
  /** `sum + left * right` in one, where the language has it. */
  multiplyAdd?(sum: string, left: string, right: string): string;
  /** e to the power of a value. */
  exp(of: string): string;
  /** `yes` where `condition > 0`, else `no`, which may be the constant 0. */
  select(condition: string, yes: string, no: string | 0): string;
  /** A statement that names a value. */
  name(name: string, value: string): string;
}

const SIGNS = { add: "+", subtract: "-", multiply: "*", divide: "/" } as const;

/** WGSL on numbers or on vectors. */
export function wgslOf(type: "vec4f" | "f32"): Dialect {
  const number = (value: number) => type === "f32" ? literal(value) : `vec4f(${literal(value)})`;
  return {
    number,
    binary: (operation, left, right) =>
      operation === "max" || operation === "min"
        ? `${operation}(${left}, ${right})`
        : `${left} ${SIGNS[operation]} ${right}`,
    exp: (of) => `exp(${of})`,
    select: (condition, yes, no) =>
      `select(${no === 0 ? number(0) : no}, ${yes}, ${condition} > ${number(0)})`,
    name: (name, value) => `let ${name} = ${value};`,
  };
}

/** Rust on vectors of four, in methods of a type that holds the constants: their texts are added to `constants`. */
export function rustWith(constants: string[]): Dialect {
  const place = (text: string): number => {
    if (!constants.includes(text)) constants.push(text);
    return constants.indexOf(text);
  };
  return {
    number: (value) => value === 0 ? "F32x4::zero()" : `self.numbers[${place(literal(value))}]`,
    binary: (operation, left, right) =>
      operation === "max" || operation === "min"
        ? `${left}.${operation}(${right})`
        : `${left} ${SIGNS[operation]} ${right}`,
    multiplyAdd: (sum, left, right) => `${sum}.madd(${left}, ${right})`,
    exp: (of) => `self.exp.of(${of})`,
    select: (condition, yes, no) =>
      no === 0 ? `${yes}.gate(${condition})` : `${yes}.select(${no}, ${condition})`,
    name: (name, value) => `let ${name} = ${value};`,
  };
}

/** Statements that compute an expression; the last line is its value. */
export function statements(expression: Expression, dialect: Dialect): readonly string[] {
  const uses = usesOf(expression);
  const lines: string[] = [];
  const names = new Map<Expression, string>();
  const valueOf = (part: Expression): string => {
    if (typeof part === "number") return dialect.number(part);
    if (typeof part === "string") return part;
    let name = names.get(part);
    if (name === undefined) {
      const value = written(part);
      name = `v${names.size}`;
      names.set(part, name);
      lines.push(dialect.name(name, value));
    }
    return name;
  };
  const written = (part: Exclude<Expression, number | string>): string => {
    switch (part.operation) {
      case "exp":
        return dialect.exp(valueOf(part.of));
      case "select":
        return selection(part);
      default:
        return sumOfProduct(part) ??
          dialect.binary(part.operation, valueOf(part.left), valueOf(part.right));
    }
  };
  const selection = ({ condition, yes, no }: Selection): string =>
    dialect.select(valueOf(condition), valueOf(yes), no === 0 ? 0 : valueOf(no));
  const sumOfProduct = ({ operation, left, right }: Binary): string | undefined => {
    if (operation !== "add" || dialect.multiplyAdd === undefined) return undefined;
    for (const [sum, product] of [[left, right], [right, left]]) {
      if (typeof product !== "object" || product.operation !== "multiply") continue;
      if (uses.get(product) !== 1) continue;
      return dialect.multiplyAdd(valueOf(sum), valueOf(product.left), valueOf(product.right));
    }
    return undefined;
  };
  const result = typeof expression === "object" ? written(expression) : valueOf(expression);
  return [...lines, result];
}

/** How many operations an expression has; what appears twice counts once. */
export function countNodes(expression: Expression): number {
  return [...usesOf(expression).keys()].filter((part) => typeof part === "object").length;
}

/** How often each part of an expression is used. */
function usesOf(expression: Expression): Map<Expression, number> {
  const uses = new Map<Expression, number>();
  const visit = (part: Expression): void => {
    const before = uses.get(part) ?? 0;
    uses.set(part, before + 1);
    if (before === 0) partsOf(part).forEach(visit);
  };
  visit(expression);
  return uses;
}

/** The shortest text of a float32, with a point. */
function literal(value: number): string {
  for (let digits = 1; digits < 10; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) !== Math.fround(value)) continue;
    return /[.e]/.test(text) ? text : `${text}.0`;
  }
  return String(Math.fround(value));
}
