/**
 * Expressions in float64, with what float32 may make of them: the error of each operation is carried along.
 *
 * @module
 */
import type { Expression, Variable } from "../../src/ops/expression.ts";
import { definitions } from "../generate/mod.ts";
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";

/** A number in float64, and how far from it a float32 one may lie. */
export interface Approximate {
  /** The number. */
  readonly value: number;
  /** How far away another one may lie. */
  readonly bound: number;
}

/** The operations by their numbers, less 1. */
export const OPERATIONS = await definitions();

/** A float32 number in memory: below {@linkcode MIN_NORMAL} it may be taken for 0. */
export function stored(value: number): Approximate {
  return { value, bound: Math.abs(value) < MIN_NORMAL ? Math.abs(value) : 0 };
}

/** The operation of a number. */
export function valueOf(operation: number, x: Approximate): Approximate {
  if (operation === 0) return x;
  const last = lasts.get(operation);
  if (last !== undefined && Object.is(last.x.value, x.value) && last.x.bound === x.bound) {
    return last.y;
  }
  const y = evaluate(OPERATIONS[operation - 1].value, { x });
  lasts.set(operation, { x, y });
  return y;
}

/** The last number of each operation: of a product with few slots, most outputs of a row are its bias. */
const lasts = new Map<number, { readonly x: Approximate; readonly y: Approximate }>();

/** The gradient before the operation of a number. */
export function gradientOf(operation: number, dy: Approximate, operand: Approximate): Approximate {
  if (operation === 0) return dy;
  return evaluate(OPERATIONS[operation - 1].gradient, { dy, x: operand, y: operand });
}

/** An expression of variables. */
export function evaluate(expression: Expression, variables: Variables): Approximate {
  const { steps, results } = stepsOf(expression);
  for (let i = 0; i < steps.length; i++) results[i] = steps[i](results, variables);
  return results[steps.length - 1];
}

/** What variables are. */
type Variables = Partial<Record<Variable, Approximate>>;

/** A part of an expression, of the results of those before it. */
type Step = (results: readonly Approximate[], variables: Variables) => Approximate;

/** The parts of an expression, each of them once, behind what it is made of; and room for what they are. */
interface Steps {
  readonly steps: readonly Step[];
  readonly results: Approximate[];
}

/** Those of expressions that were evaluated: kernels have millions of numbers, and few expressions. */
const known = new Map<Expression, Steps>();

function stepsOf(expression: Expression): Steps {
  const found = known.get(expression);
  if (found !== undefined) return found;
  const steps: Step[] = [];
  const places = new Map<Expression, number>();
  const placeOf = (part: Expression): number => {
    const place = places.get(part);
    if (place !== undefined) return place;
    const step = stepOf(part, placeOf);
    places.set(part, steps.length);
    return steps.push(step) - 1;
  };
  placeOf(expression);
  const made = { steps, results: [] };
  known.set(expression, made);
  return made;
}

function stepOf(part: Expression, placeOf: (part: Expression) => number): Step {
  if (typeof part === "number") {
    const constant = { value: part, bound: Math.abs(Math.fround(part) - part) };
    return () => constant;
  }
  if (typeof part === "string") {
    return (_, variables) => {
      const found = variables[part];
      if (found === undefined) throw new ReferenceError(`Cannot evaluate: there is no ${part}`);
      return found;
    };
  }
  switch (part.operation) {
    case "exp": {
      const of = placeOf(part.of);
      return (results) => exponential(results[of]);
    }
    case "select": {
      const [condition, yes, no] = [part.condition, part.yes, part.no].map(placeOf);
      return (results) => selection(results[condition], results[yes], results[no]);
    }
    default: {
      const { operation } = part;
      const [left, right] = [part.left, part.right].map(placeOf);
      return (results) => binary(operation, results[left], results[right]);
    }
  }
}

function binary(operation: string, a: Approximate, b: Approximate): Approximate {
  const sizeA = Math.abs(a.value), sizeB = Math.abs(b.value);
  switch (operation) {
    case "add":
      return rounded(a.value + b.value, a.bound + b.bound);
    case "subtract":
      return rounded(a.value - b.value, a.bound + b.bound);
    case "multiply":
      return rounded(a.value * b.value, sizeA * b.bound + sizeB * a.bound + a.bound * b.bound);
    case "divide": {
      const value = a.value / b.value;
      // What may be divided by 0 may be anything.
      const least = Math.max(0, sizeB - b.bound);
      const error = (a.bound + Math.abs(value) * b.bound) / least;
      return rounded(value, error, DIVISION);
    }
    case "max":
      return greater(a, b);
    default: {
      const { value, bound } = greater(negated(a), negated(b));
      return { value: -value, bound };
    }
  }
}

/** A result of one operation whose operands alone put it `error` off. */
function rounded(value: number, error: number, relative: number = ULP): Approximate {
  const bound = error + relative * (Math.abs(value) + error) + MIN_NORMAL;
  return { value, bound: Number.isNaN(bound) ? Infinity : bound };
}

function negated({ value, bound }: Approximate): Approximate {
  return { value: -value, bound };
}

function greater(a: Approximate, b: Approximate): Approximate {
  if (a.value - a.bound >= b.value + b.bound) return a;
  if (b.value - b.bound >= a.value + a.bound) return b;
  const value = Math.max(a.value, b.value);
  const least = Math.max(a.value - a.bound, b.value - b.bound);
  const most = Math.max(a.value + a.bound, b.value + b.bound);
  return { value, bound: Math.max(value - least, most - value) };
}

/** WGSL lets exp(x) err by 3 + 2 |x| units; far below 1 it may be taken for 0, or for the smallest normal number. */
function exponential({ value, bound }: Approximate): Approximate {
  const result = Math.exp(value);
  // No power is above 0.
  const error = Math.exp(Math.min(0, value + bound)) - result;
  const units = 3 + 2 * Math.min(Math.abs(value) + bound, 100);
  return { value: result, bound: error + units * ULP * (result + error) + 2 * MIN_NORMAL };
}

function selection(condition: Approximate, yes: Approximate, no: Approximate): Approximate {
  if (condition.value - condition.bound > 0) return yes;
  if (condition.value + condition.bound <= 0) return no;
  // The device may take the other one.
  const { value } = condition.value > 0 ? yes : no;
  return { value, bound: Math.abs(yes.value - no.value) + Math.max(yes.bound, no.bound) };
}
