/**
 * What a storage of a weight is: where its values live, and how what the forward reads is made of them. A pattern says which
 * connections exist; a storage does not care which pattern that is.
 *
 * @module
 */
import type { Tensor, Trace } from "../../program/trace.ts";
import type { DrawValues } from "../drawing.ts";
import type { Geometry } from "../geometry.ts";
import type { Pattern } from "../pattern.ts";

/** Where the values of a weight live. */
export interface WeightStorage {
  /** Its name, as options and checkpoints have it. */
  readonly name: string;
  /** The gradient that the values want: of the active units, or of the whole matrix. */
  readonly gradient: "active" | "dense";
  /** Whether values and moments move with the connections at a rewiring; if not, connections come and go over them. */
  readonly moves: boolean;
  /** Whether the forward reads some of the active units only, which the weight keeps. */
  readonly chooses?: boolean;
  /** Whether the forward reads all of the matrix under a mask that is made on the device. */
  readonly masks?: boolean;
  /** How the values of the slots are read, where they are not what is stored. */
  readonly view?: View;
  /** Shape of what training changes. */
  shape(geometry: Geometry): readonly number[];
  /** What training begins with. */
  first(pattern: Pattern, draw: DrawValues): Float32Array;
  /** `[capacity, width, height]`, the values of the slots, out of an array that is as long as what is stored. */
  slots(pattern: Pattern, stored: Float32Array): Float32Array;
}

/** Values of slots that are read from elsewhere: what the forward multiplies by is made anew for every program that reads it. */
export interface View {
  /**
   * Where each value of a slot lies in what is stored, 0xffffffff where there is none.
   *
   * @param chosen A bit for each slot that is read, where a storage chooses; all by default.
   */
  places(pattern: Pattern, chosen?: Uint32Array): Uint32Array;
  /** Records what reads them and gives the values of the slots. */
  read(trace: Trace, stored: Tensor, places: Tensor): Tensor;
}
