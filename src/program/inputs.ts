/**
 * The border of a program: every number that a run is given is looked at once, on the host, before anything reaches the
 * device. So a wrong one is the same error on every backend, and changes nothing.
 *
 * @module
 */
import { COLUMN_TILE } from "../device/kernel.ts";
import { HeldOutput, type Holds } from "./holds.ts";
import { changedInputs } from "./memory.ts";
import type { TracedProgram } from "./program.ts";
import type { Clock, InputLimit, Shape, Tensor, Trace } from "./trace.ts";

/** Shape and type of a program's input. */
export interface InputSpec {
  /** `[features, examples]`. */
  readonly shape: Shape;
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** Whether its only column is not padded; made by `vector`. Then those of all inputs are not. */
  readonly single?: boolean;
  /** What the function is given in its place; the input itself by default. */
  readonly reading?: InputReading;
}

/** What is made of an input before a function has it, such as numbers of bytes. */
export interface InputReading {
  /** Readings of the same key are the same. */
  readonly key: string;
  /** Records what is made of it. */
  of(input: Tensor): Tensor;
}

/** An array per input, or an output that is held. */
export type RunInputs = readonly (Float32Array | Uint32Array | HeldOutput)[];

/** What {@linkcode checkRun} needs to know of a program. */
export interface CheckedProgram {
  /** The trace. */
  readonly trace: Trace;
  /** Elements of its inputs, padding included. */
  readonly inputElements: readonly number[];
  /** Whether f32 inputs are known to be finite. */
  readonly trustInputs: boolean;
}

/** Examples of a batch without padding: the columns of the first input. */
export function fullBatch({ inputs }: Trace): number {
  return inputs[0]?.shape.at(-1) ?? 1;
}

/**
 * Refuses what a program cannot run with.
 *
 * @throws {TypeError} if inputs are missing, too many or of another type.
 * @throws {RangeError} if an input has another length than expected, a number in it is not finite or beyond what its readers
 * take, there are more examples than columns, or the clock is none.
 */
export function checkRun(
  { trace, inputElements, trustInputs }: CheckedProgram,
  given: RunInputs,
  clock: Clock,
  examples: number,
): void {
  checkClock(clock, examples);
  const columns = fullBatch(trace);
  if (!(isWhole(examples) && examples >= 1 && examples <= columns)) {
    fail(`it is given ${examples} examples; expected a whole number from 1 to ${columns}`);
  }
  if (given.length > inputElements.length) {
    throw new TypeError(
      `Cannot run the program: it is given ${given.length} inputs; expected ${inputElements.length}`,
    );
  }
  for (const [i, { shape, type }] of trace.inputs.entries()) {
    const input = given[i];
    if (input instanceof HeldOutput) continue;
    if (input?.length !== inputElements[i]) {
      fail(
        `input ${i} has ${input?.length ?? 0} elements; expected ${
          inputElements[i]
        } (shape [${shape}], ` +
          `columns padded to a multiple of ${trace.columnTile})`,
      );
    }
    if ((type === "u32") !== (input instanceof Uint32Array)) {
      throw new TypeError(
        `Cannot run the program: input ${i} is a ${input.constructor.name}; expected ${
          type === "u32" ? "a Uint32Array" : "a Float32Array"
        }`,
      );
    }
    if (type === "f32" && !trustInputs) checkFinite(i, input, shape);
  }
  for (const limit of trace.limits) {
    const input = given[limit.input];
    if (!(input instanceof HeldOutput)) checkLimit(limit, input, trace, examples);
  }
}

/**
 * Refuses held outputs that a program cannot be given in the place of inputs.
 *
 * @throws {TypeError} if one is of another device, shape or type, or its numbers would have to be looked at or changed.
 * @throws {ReferenceError} if one was let go.
 */
export function checkHeld(
  program: TracedProgram,
  given: ReadonlyMap<number, HeldOutput>,
  holds: Holds,
): void {
  const { trace: { inputs, limits } } = program;
  const changed = changedInputs(program);
  for (const [i, held] of given) {
    const what = `Cannot run the program: input ${i} is a held output`;
    const { shape, type, elements } = inputs[i];
    if (!held.isOf(holds)) {
      throw new TypeError(`${what} of another device; expected one of its own`);
    }
    if (!held.isHeld) {
      throw new ReferenceError(`${what} that was let go; expected one that is held`);
    }
    if (held.type !== type || held.elements !== elements || held.shape.at(-1) !== shape.at(-1)) {
      throw new TypeError(
        `${what}, ${held.type} of shape [${held.shape}]; expected ${type} of shape [${shape}]`,
      );
    }
    const limit = limits.find(({ input }) => input === i);
    if (limit !== undefined) {
      throw new TypeError(
        `${what}, whose numbers nobody has looked at; expected an array of ${limit.expected}`,
      );
    }
    if (changed.has(i)) {
      throw new TypeError(`${what}, and the program changes that input; expected an array`);
    }
  }
}

function checkFinite(i: number, input: Float32Array | Uint32Array, shape: Shape): void {
  if (Number.isFinite(sumOf(input))) return;
  const at = input.findIndex((value) => !Number.isFinite(value));
  fail(
    `input ${i} is ${input[at]} at ${placeOf(at, input.length, shape)}; expected finite numbers`,
  );
}

/** A sum that is finite if all numbers are: f32 cannot overflow f64. In four parts, which do not wait for each other. */
function sumOf(values: Float32Array | Uint32Array): number {
  let a = 0, b = 0, c = 0, d = 0;
  const whole = values.length - values.length % 4;
  for (let i = 0; i < whole; i += 4) {
    a += values[i];
    b += values[i + 1];
    c += values[i + 2];
    d += values[i + 3];
  }
  for (let i = whole; i < values.length; i++) a += values[i];
  return a + b + (c + d);
}

/** Which element of an input it is, in words. */
function placeOf(at: number, length: number, shape: Shape): string {
  if (shape.length < 2) return `element ${at}`;
  const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const columns = length / rows;
  const example = at % columns;
  const padding = example < (shape.at(-1) ?? 1) ? "" : ", which is padding";
  return `row ${Math.floor(at / columns)} of example ${example}${padding}`;
}

function checkLimit(
  { input, begin, end, least, most, expected }: InputLimit,
  values: Float32Array | Uint32Array,
  { inputs }: Trace,
  examples: number,
): void {
  const { rows, columns, paddedExamples, type } = inputs[input];
  // A row is a run of examples for each position.
  const positions = columns / paddedExamples;
  for (let run = begin * positions; run < end * positions; run++) {
    const row = Math.floor(run / positions);
    for (let column = 0; column < examples; column++) {
      const value = values[run * paddedExamples + column];
      if (value >= least && value <= most) continue;
      // -1 in a Uint32Array.
      const signed = type === "u32" && value > 0x7fffffff;
      const written = signed ? `${value} (${value | 0} as a signed number)` : value;
      const place = `${rows > 1 ? `row ${row} of ` : ""}example ${column} of input ${input}`;
      fail(`${place} is ${written}; expected ${expected}`);
    }
  }
}

function checkClock({ step, totalSteps, part }: Clock, examples: number): void {
  for (const [name, value] of Object.entries({ step, totalSteps })) {
    if (isWhole(value)) continue;
    fail(`${name} of its clock is ${value}; expected a whole number from 0 to ${MOST}`);
  }
  if (part === undefined) return;
  const { before, total } = part;
  if (isWhole(before) && isWhole(total) && before + examples <= total) return;
  fail(
    `its ${examples} examples come after ${before} of an update of ${total}; ` +
      "expected whole numbers, the last one no smaller than the sum of the others",
  );
}

/** Largest number of the step block. */
const MOST = 0xffffffff;

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MOST;
}

function fail(what: string): never {
  throw new RangeError(`Cannot run the program: ${what}`);
}

/**
 * What the columns of a program are padded to.
 *
 * @throws {TypeError} if it has inputs of a single example and others.
 */
export function columnTileOf(specs: readonly InputSpec[]): number {
  if (!specs.some(({ single }) => single === true)) return COLUMN_TILE;
  const other = specs.find(({ shape }) => shape[shape.length - 1] !== 1);
  if (other === undefined) return 1;
  throw new TypeError(
    `Cannot trace a program of a single example with an input of shape [${other.shape}]: ` +
      "expected one example in every input",
  );
}
