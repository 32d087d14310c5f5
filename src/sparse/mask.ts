/**
 * The mask of a dense weight that is trained towards N:M: what a method says of it for a step, and where it lives on the device.
 *
 * @module
 */
import { LONGEST_SEGMENT, nmSelect } from "../ops/kernels/nm_select.ts";
import { MASK, MASK_WORDS } from "../ops/kernels/constants.ts";
import type { Device } from "../program/device.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor, Trace } from "../program/trace.ts";
import { fieldOf, type PatternSpec } from "./spec.ts";

/** What the forward reads of a weight at a step. */
export interface MaskState {
  /** Members of each segment that are in the mask. */
  readonly n: number;
  /** Members of each segment, at most 512. */
  readonly m: number;
  /** What weights outside of the mask are multiplied by, from 0, the default, to 1. */
  readonly beta?: number;
  /** Sum of the magnitudes of a segment above which all of it is read; Infinity by default: none is. */
  readonly limit?: number;
  /** Share of the weights outside of the mask that is added to their gradient; 0 by default. */
  readonly decay?: number;
  /** Whether the mask is what is not 0, in the place of n of m; false by default. */
  readonly nonzero?: boolean;
}

/** What a mask is made of. */
export interface MaskOptions {
  /** The weight. */
  readonly values: Resource;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** What the mask is at first. */
  readonly state: MaskState;
  /** Whether segments lie along the outputs of an input; by default along the inputs of an output. */
  readonly outputs?: boolean;
}

/** What a mask was, as a checkpoint has it. */
export interface MaskPast {
  /** The mask that the forward read last. */
  readonly bits: Uint32Array;
  /** How often the bits of each word have changed. */
  readonly flips: Uint32Array;
}

/** The resources of a mask that a checkpoint has, by name. */
export const MASK_PAST: readonly (keyof MaskPast)[] = ["bits", "flips"];

/** The mask of a weight. Its state is that of the step that was trained last. */
export class WeightMask {
  /** The words of {@linkcode MASK}. */
  readonly control: Resource;
  /** `u32[rows, ceil(inputs / 32)]`: the mask that the forward read last. */
  readonly bits: Resource;
  /** As long: how often the bits of each word have changed since the weight was placed. */
  readonly flips: Resource;
  readonly #options: MaskOptions;
  #words: Uint32Array;
  /** What bits and flips begin with. */
  #past: MaskPast | undefined;

  /** Describes a mask; takes no memory. */
  constructor(options: MaskOptions) {
    const { values, rows, inputs, state } = options;
    this.#options = options;
    this.#words = maskWords(state);
    const words = rows * Math.ceil(inputs / 32);
    const made = (name: string, length: number, initial?: () => Uint32Array): Resource =>
      new Resource({
        ...{ label: `${values.label}.${name}`, type: "u32", length, category: "indices" },
        owner: values,
        ...(initial === undefined ? {} : { initial }),
      });
    this.control = made("control", MASK_WORDS, () => this.#words);
    const past = (name: keyof MaskPast) => () => this.#past?.[name] ?? new Uint32Array(words);
    this.bits = made("bits", words, past("bits"));
    this.flips = made("flips", words, past("flips"));
  }

  /** What the mask is, as words. */
  get words(): Uint32Array {
    return this.#words;
  }

  /**
   * Says what the mask is from now on.
   *
   * @param state A state, or its words.
   */
  set(device: Device, state: MaskState | Uint32Array): void {
    const words = state instanceof Uint32Array ? state : maskWords(state);
    if (words.every((word, i) => word === this.#words[i])) return;
    this.#words = words;
    if (device.has(this.control)) device.write(this.control, words);
  }

  /** Goes on with bits and flips that were saved. */
  resume(device: Device, past: MaskPast): void {
    this.#past = past;
    for (const name of MASK_PAST) {
      if (device.has(this[name])) device.write(this[name], past[name]);
    }
  }

  /** Records the weight under its mask and gives it: `[rows, inputs]`. */
  read(trace: Trace): Tensor {
    const { values, rows, inputs, outputs = false } = this.#options;
    const masked = trace.transient([rows * inputs], "permuted");
    const operands = [values, this.control, this.bits, this.flips];
    trace.emit(nmSelect, [...operands.map((each) => trace.resource(each)), masked], {
      ...{ rows, inputs, along: Number(outputs), segment: LONGEST_SEGMENT },
    });
    return masked;
  }
}

/** Words of a state. */
export function maskWords(state: MaskState): Uint32Array {
  const { n, m, beta = 0, limit = Infinity, decay = 0, nonzero = false } = state;
  const whole = Number.isInteger(n) && Number.isInteger(m);
  if (!(whole && n >= 1 && n <= m && m <= LONGEST_SEGMENT)) {
    throw new RangeError(
      `Cannot mask ${n} of ${m} weights: expected integers 1 <= n <= m <= ${LONGEST_SEGMENT}`,
    );
  }
  const words = new Uint32Array(MASK_WORDS);
  words[MASK.n] = n;
  words[MASK.m] = m;
  words[MASK.mode] = Number(nonzero);
  const floats = new Float32Array(words.buffer);
  floats[MASK.beta] = beta;
  floats[MASK.limit] = limit;
  floats[MASK.decay] = decay;
  return words;
}

/** Whether segments of a specification of N:M lie along the outputs. */
export function isAlongOutputs(spec: PatternSpec): boolean {
  return spec.kind === "nmOutputs";
}

/** n and m of a specification of N:M, along inputs or outputs; undefined of another one. */
export function ratioOf(spec: PatternSpec): Pick<MaskState, "n" | "m"> | undefined {
  if (spec.kind !== "nm" && !isAlongOutputs(spec)) return undefined;
  return { n: Number(fieldOf(spec, "n")), m: Number(fieldOf(spec, "m")) };
}

/** What words say. */
export function maskState(words: Uint32Array): MaskState {
  const floats = new Float32Array(words.slice().buffer);
  return {
    ...{ n: words[MASK.n], m: words[MASK.m], nonzero: words[MASK.mode] === 1 },
    ...{ beta: floats[MASK.beta], limit: floats[MASK.limit], decay: floats[MASK.decay] },
  };
}
