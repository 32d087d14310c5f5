/**
 * The arrays of a checkpoint that belong to the mask of a weight: what it is, and what it was when it was read last, so that a
 * run that goes on counts the bits that change as one that never stopped.
 *
 * @module
 */
import type { Device } from "../program/device.ts";
import type { ResourceData } from "../program/resource.ts";
import { MASK_PAST, type WeightMask } from "../sparse/mask.ts";
import { CONTROL } from "./description.ts";

/** The arrays of a mask by the parts of its weight that they are. */
export async function maskArrays(
  device: Device,
  mask: WeightMask | undefined,
): Promise<[part: string, words: ResourceData][]> {
  if (mask === undefined) return [];
  const arrays: [string, ResourceData][] = [[CONTROL, mask.words]];
  for (const part of MASK_PAST) {
    if (device.has(mask[part])) arrays.push([part, await device.read(mask[part])]);
  }
  return arrays;
}

/** How arrays of a weight are taken out of a checkpoint. */
export interface MaskReader {
  /** Takes one that has to be there. */
  take(part: string, length: number): ResourceData;
  /** Whether there is one, which is known from then on. */
  has(part: string): boolean;
}

/** What puts what a checkpoint has of a mask in the place of what the mask is; undefined where there is no mask. */
export type TakenMask = ((device: Device) => void) | undefined;

/**
 * Takes what a checkpoint has of a mask.
 *
 * @param past Whether what it was is taken too.
 */
export function takeMask(
  mask: WeightMask | undefined,
  reader: MaskReader,
  past: boolean,
): TakenMask {
  if (mask === undefined) return undefined;
  const words = (part: string, length: number): Uint32Array =>
    Uint32Array.from(reader.take(part, length));
  const control = words(CONTROL, mask.words.length);
  // Checkpoints of before have none.
  const known = MASK_PAST.map((part) => reader.has(part)).every((each) => each);
  const [bits, flips] = known && past
    ? MASK_PAST.map((part) => words(part, mask[part].length))
    : [];
  return (device) => {
    mask.set(device, control);
    if (bits !== undefined && flips !== undefined) mask.resume(device, { bits, flips });
  };
}
