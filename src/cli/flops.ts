/**
 * What training a transformer costs in floating-point operations: by connections, as publications count them, and as the device
 * carries them out.
 *
 * @module
 */
import { meanRead } from "../methods/masking.ts";
import type { Method } from "../methods/method.ts";
import { flopsOfSequence, type TransformerWork } from "../models/flops.ts";
import type { ChosenPattern } from "../models/sparse_layers.ts";
import { ratioOf } from "../sparse/mask.ts";
import { storageOf } from "../sparse/storage/mod.ts";

/** Floating-point operations of a training; of sequences those of words, or the patches of a picture. */
export interface TrainingFlops {
  /**
   * Of one sequence, by the formula of the field, counted by connections: those that exist in the end. What masks leave out is
   * not counted.
   */
  readonly flopsPerSequence: number;
  /** The same as the device carries it out: products of a layer under a mask are dense. */
  readonly deviceFlopsPerSequence: number;
  /**
   * Of the whole training, counted by connections: those that the forward reads at each step, so that a dense phase counts as
   * dense, and so do weights outside of a mask for as long as they are read.
   */
  readonly trainingFlops: number;
  /** The same as the device carries it out. */
  readonly trainingDeviceFlops: number;
}

/** How long a training is. */
export interface TrainingLength {
  /** Examples of an epoch. */
  readonly examples: number;
  /** Passes over them. */
  readonly epochs: number;
  /** Updates in all of them. */
  readonly steps: number;
}

/** What a training of a transformer costs. */
export function trainingFlopsOf(
  work: TransformerWork,
  method: Method | undefined,
  { examples, epochs, steps }: TrainingLength,
): TrainingFlops {
  const { gradient, masks } = storageOf(method?.storage ?? "compressed");
  const onDevice = ({ density }: ChosenPattern): number => {
    if (masks === true) return 1;
    // Of three products the gradient of the weight.
    return gradient === "dense" ? (2 * density + 1) / 3 : density;
  };
  const meanOf = ({ density, pattern }: ChosenPattern): number => {
    const ratio = ratioOf(pattern);
    if (masks !== true || method === undefined || ratio === undefined) return density;
    return meanRead(method, ratio, steps);
  };
  const deviceFlopsPerSequence = flopsOfSequence(work, onDevice);
  return {
    flopsPerSequence: flopsOfSequence(work),
    deviceFlopsPerSequence,
    trainingFlops: flopsOfSequence(work, meanOf) * examples * epochs,
    trainingDeviceFlops: deviceFlopsPerSequence * examples * epochs,
  };
}
